// Answers that are meant to end the process, to hold it up or to fill its memory.
import { memoryUsage } from 'node:process';
import test from 'ava';
import { findXmlFault } from '../../../../src/bridge/supervisord-api/xml-rpc/check-xml.ts';
import { encodePlainCall, scanPlainAnswer } from '../../../../src/bridge/supervisord-api/xml-rpc/fast-codec.ts';
import { encodeAnyCall } from '../../../../src/bridge/supervisord-api/xml-rpc/general-codec.ts';
import { readProcesses } from '../../../../src/bridge/supervisord-api/xml-rpc/read-processes.ts';
import { decodeAnswer } from '../../../../src/bridge/supervisord-api/xml-rpc/rpc.ts';
import { LinkFailure } from '../../../../src/bridge/link/link-failure.ts';
import { inSlices } from '../../../../src/bridge/link/slices.ts';
import { overLinear } from '../../../helpers/growth.ts';
import { measureTurns } from '../../../helpers/longest-turn.ts';

const answer = (value: string) =>
  `<?xml version="1.0"?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`;
const list = (items: string) => answer(`<array><data>${items}</data></array>`);

/** Each way in which an answer of a supervisord is read. */
async function readEveryWay(xml: string): Promise<readonly string[]> {
  const told: string[] = [];
  for (const read of [readProcesses, decodeAnswer]) {
    try {
      await read(xml, 'host:9001');
    } catch (error) {
      if (!(error instanceof LinkFailure)) throw error;
      told.push(error.message);
    }
  }
  await inSlices(scanPlainAnswer(xml));
  return told;
}

const BAD_REFERENCES = [
  '&#x110000;',
  '&#xd800;',
  '&#xDFFF;',
  '&#0;',
  '&#99999999;',
  '&#x;',
  '&#',
  '&#x1f600',
  '&#xd83d;&#xde00;',
];

test('a reference to a character that does not exist is told as an error of that supervisord', async (t) => {
  for (const reference of BAD_REFERENCES) {
    for (const xml of [
      answer(`<string>a${reference}b</string>`),
      answer(reference),
      `${reference}${answer('<int>1</int>')}`,
    ]) {
      await t.throwsAsync(decodeAnswer(xml, 'host:9001'), {
        instanceOf: LinkFailure,
        message: /host:9001.*does not exist/u,
      });
      t.is((await readEveryWay(xml)).length, 2, xml);
      t.is(await inSlices(scanPlainAnswer(xml)), undefined, xml);
    }
  }
});

test('a reference to a character beyond the first plane is that character', async (t) => {
  t.is(await inSlices(scanPlainAnswer(answer('<string>&#x1f600;&amp;&#65;</string>'))), '😀&A');
  t.is(await decodeAnswer(answer('&#x1f600;&amp;&#65;'), 'x'), '😀&A');
});

const MALFORMED: readonly (readonly [title: string, xml: string, why: RegExp])[] = [
  ['unclosed', answer('<string>a'), /closed in their turn/u],
  ['crossed', answer('<array><data></array></data>'), /closed in their turn/u],
  ['deep', answer('<array><data><value>'.repeat(100)), /in one another/u],
  ['many', list('<value><nil/></value>'.repeat(150_000)), /more than 200000 elements/u],
  ['with a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${answer('&a;')}`, /does not speak XML-RPC|none of XML-RPC/u],
  ['with attributes', answer('<string a="1">b</string>'), /none of XML-RPC/u],
  ['of base64, whose reader warns on the terminal', answer('<base64>YQ==</base64>'), /none of XML-RPC/u],
  ['an endless comment', answer('<string>a<!-- b</string>'), /cut off/u],
  ['an endless section', answer('<string><![CDATA[ b</string>'), /cut off/u],
  ['long and slow to read', list('<value>a</value>'.repeat(300_000)), /slow to read/u],
];

for (const [title, xml, why] of MALFORMED) {
  test(`an answer that is ${title} is told as an error of that supervisord`, async (t) => {
    await t.throwsAsync(decodeAnswer(xml, 'host:9001'), { instanceOf: LinkFailure, message: why });
    t.true((await readEveryWay(xml)).length > 0);
  });
}

const QUADRATIC: readonly (readonly [title: string, length: number, make: (length: number) => string])[] = [
  ['60 KB of white space', 60_000, (length) => ' '.repeat(length)],
  [
    'white space around everything',
    400_000,
    (length) => answer(`${'\n'.repeat(length)}<int>1</int>${' '.repeat(length)}`),
  ],
  ['1 MB of <struct></struct>', 1_000_000, (length) => list('<struct></struct>'.repeat(length / 17))],
  [
    '1 MB of empty structs in values',
    1_000_000,
    (length) => list('<value><struct></struct></value>'.repeat(length / 32)),
  ],
  ['names without end', 500_000, (length) => list(`<value><struct>${'<member><name>'.repeat(length / 14)}`)],
  ['numbers without end', 500_000, (length) => list(`<value><int>${'1'.repeat(length)}`)],
  ['ampersands', 500_000, (length) => answer(`<string>${'&'.repeat(length)}</string>`)],
  ['references', 500_000, (length) => answer(`${'&#65;'.repeat(length / 5)}<!-- -->`)],
  ['comments that never end', 500_000, (length) => answer('<!--'.repeat(length / 4))],
  ['open brackets', 500_000, (length) => answer('<'.repeat(length))],
];

for (const [title, length, make] of QUADRATIC) {
  test.serial(`an answer of ${title} costs no more than it is long`, async (t) => {
    t.is(await overLinear(length, (size) => readEveryWay(make(size))), null);
  });
}

const member = (name: string, value: string) => `<member><name>${name}</name><value>${value}</value></member>`;
const process = (index: number, more = '') =>
  `<value><struct>${member('name', `<string>p${index}</string>`)}${member('group', '<string>g</string>')}${[
    'state',
    'pid',
    'start',
    'stop',
    'now',
  ]
    .map((name) => member(name, '<int>20</int>'))
    .join('')}${more}</struct></value>`;

test.serial('an answer of 16 MB is read in turns of which none holds up others', async (t) => {
  const long = list(
    Array.from({ length: 9_900 }, (_, i) =>
      process(i, member('description', `<string>${'x'.repeat(1_300)}</string>`)),
    ).join(''),
  );
  const slow = list('<value>a</value>'.repeat(60_000));
  const idle = await measureTurns(() => inSlices(waits()));
  const references = answer(`<string>${'&amp;'.repeat(3_300_000)}</string>`);
  const log = list(`<value><string>${'&lt;b&#x1f600;'.repeat(1_200_000)}</string></value><value><int>1</int></value>`);
  const space = ' '.repeat(15_000_000);
  const spaceWithin = answer(`${'\n'.repeat(8_000_000)}<int>1</int>`);
  for (const [what, xml] of Object.entries({ long, slow, references, log, space, spaceWithin })) {
    const { longestMs } = await measureTurns(() => readEveryWay(xml));
    t.true(
      longestMs < idle.longestMs + 50,
      `${what}: ${longestMs.toFixed(1)} ms, idle ${idle.longestMs.toFixed(1)} ms`,
    );
  }
});

test.serial(
  '60 MB through the general codec are refused in turns that hold up nobody, and take no memory beside them',
  async (t) => {
    const idle = await measureTurns(() => inSlices(waits()));
    const rows = {
      values: '<value>a</value>',
      structs: '<value><struct><member><name>a</name><value>b</value></member></struct></value>',
      nothing: '<value><nil/></value>',
      comments: '<!-- -->',
      text: 'x',
    };
    for (const [what, unit] of Object.entries(rows)) {
      const xml = list(unit.repeat(Math.ceil(60_000_000 / unit.length)));
      // One string of its own, before it is measured: what is repeated is a rope until it is read.
      Buffer.from(xml);
      const before = memoryUsage().rss;
      const { longestMs } = await measureTurns(() =>
        t.throwsAsync(decodeAnswer(xml, 'host:9001'), { instanceOf: LinkFailure }),
      );
      const held = (memoryUsage().rss - before) / 2 ** 20;
      t.log(`${what}: longest turn ${longestMs.toFixed(1)} ms, ${held.toFixed(0)} MB more`);
      t.true(
        longestMs < idle.longestMs + 50,
        `${what}: ${longestMs.toFixed(1)} ms, idle ${idle.longestMs.toFixed(1)} ms`,
      );
      t.true(held < 150, `${what}: ${held.toFixed(0)} MB`);
    }
  },
);

function* waits(): Generator<undefined, null, undefined> {
  const end = performance.now() + 300;
  while (performance.now() < end) yield;
  return null;
}

test('a supervisord that tells of more processes than any has is refused', async (t) => {
  const xml = list(Array.from({ length: 10_001 }, (_, i) => process(i)).join(''));
  await t.throwsAsync(readProcesses(xml, 'host:9001'), { instanceOf: LinkFailure });
  const longName = list(process(1).replace('p1', 'p'.repeat(2_000)));
  await t.throwsAsync(readProcesses(longName, 'host:9001'), { message: /nobody understands/u });
});

test('what XML cannot carry is never handed to the serialiser, and everything else is', (t) => {
  for (const text of ['a\u0001b', '\uffff', '\ufffe', '\ud800', 'a\udc00', '\u0000']) {
    for (const params of [[text], [[text]], [{ a: text }], [{ [text]: 1 }]]) {
      t.is(encodePlainCall('m', params), null);
      t.is(encodeAnyCall('m', params), null, JSON.stringify(params));
    }
  }
  for (const text of ['a\tb\r\n', '\u0085\u009b', '😀', '\ufffd']) t.not(encodeAnyCall('m', [text]), null);
});

test('the check says nothing against what supervisord and its kin write', async (t) => {
  for (const xml of [
    answer('<string>a\u0001&lt;&unknown;</string>'),
    answer('<nil/>'),
    answer('a<!-- & -->b<![CDATA[<&#0;]]>'),
  ]) {
    t.is(await inSlices(findXmlFault(xml)), null, xml);
  }
});
