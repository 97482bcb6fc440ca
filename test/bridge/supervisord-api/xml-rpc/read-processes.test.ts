import { inSlices } from '../../../../src/bridge/link/slices.ts';
import test from 'ava';
import type { LinkErrorCode, ProcessReading } from '../../../../src/core/model.ts';
import { LinkFailure } from '../../../../src/bridge/link/link-failure.ts';
import { readProcesses, scanStructs } from '../../../../src/bridge/supervisord-api/xml-rpc/read-processes.ts';
import { RpcFault, decodeAnswer } from '../../../../src/bridge/supervisord-api/xml-rpc/rpc.ts';

type Member = readonly [name: string, value: string];

function answer(structs: readonly (readonly Member[])[]): string {
  const values = structs.map(
    (members) =>
      `<value><struct>\n${members.map(([name, value]) => `<member>\n<name>${name}</name>\n<value>${value}</value>\n</member>\n`).join('')}</struct></value>`,
  );
  return (
    "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n" +
    `<value><array><data>\n${values.join('\n')}\n</data></array></value>\n</param>\n</params>\n</methodResponse>\n`
  );
}

const text = (value: string) =>
  `<string>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`;
const int = (value: number) => `<int>${value}</int>`;

const WEB: readonly Member[] = [
  ['name', text('web')],
  ['group', text('shop')],
  ['start', int(1_795_245_896)],
  ['stop', int(0)],
  ['now', int(1_795_245_900)],
  ['state', int(20)],
  ['statename', text('RUNNING')],
  ['spawnerr', text('')],
  ['exitstatus', int(0)],
  ['logfile', text('/var/log/web.log')],
  ['stdout_logfile', text('/var/log/web.log')],
  ['stderr_logfile', text('')],
  ['pid', int(9436)],
  ['description', text('pid 9436, uptime 0:00:04')],
];

const WEB_READING: ProcessReading = {
  group: 'shop',
  name: 'web',
  state: 'RUNNING',
  pid: 9436,
  startedAt: 1_795_245_896,
  stoppedAt: null,
  exitStatus: null,
  spawnError: '',
  description: 'pid 9436, uptime 0:00:04',
  stdoutLog: '/var/log/web.log',
  stderrLog: '',
};

function withMembers(members: readonly Member[]): readonly Member[] {
  return [...new Map([...WEB, ...members])];
}

const rows: readonly {
  readonly title: string;
  readonly members: readonly Member[];
  readonly is: Partial<ProcessReading>;
}[] = [
  { title: 'a running process', members: [], is: {} },
  {
    title: 'an exit status, once it has exited',
    members: [
      ['state', int(100)],
      ['exitstatus', int(3)],
      ['pid', int(0)],
      ['stop', int(1_795_245_899)],
    ],
    is: { state: 'EXITED', exitStatus: 3, pid: null, stoppedAt: 1_795_245_899 },
  },
  {
    title: 'no exit status of a process that was stopped, whatever the field says',
    members: [
      ['state', int(0)],
      ['exitstatus', int(-1)],
      ['pid', int(0)],
    ],
    is: { state: 'STOPPED', exitStatus: null, pid: null },
  },
  {
    title: 'a process that never started',
    members: [
      ['start', int(0)],
      ['state', int(0)],
      ['pid', int(0)],
    ],
    is: { startedAt: null, state: 'STOPPED', pid: null },
  },
  { title: 'a state that no version had so far', members: [['state', int(77)]], is: { state: 'UNKNOWN' } },
  { title: 'entities and non-ASCII', members: [['name', text('a&b<c>"\'é漢😀')]], is: { name: 'a&b<c>"\'é漢😀' } },
  { title: 'numeric entities', members: [['name', '<string>a&#65;&#x1F600;</string>']], is: { name: 'aA😀' } },
  { title: 'an entity that is none', members: [['name', '<string>a&amp;lt;</string>']], is: { name: 'a&lt;' } },
  { title: 'CDATA', members: [['name', '<string><![CDATA[a<b>]]></string>']], is: { name: 'a<b>' } },
  { title: 'text without a type', members: [['name', 'plain']], is: { name: 'plain' } },
  { title: 'an empty element', members: [['spawnerr', '<string/>']], is: { spawnError: '' } },
  {
    title: 'integers of other kinds',
    members: [
      ['pid', '<i4>7</i4>'],
      ['now', '<i8>1795245900</i8>'],
    ],
    is: { pid: 7 },
  },
  {
    title: 'a very long description',
    members: [['description', text('x'.repeat(300_000))]],
    is: { description: 'x'.repeat(300_000) },
  },
  { title: 'line breaks and tabs', members: [['spawnerr', text(' a\n\tb ')]], is: { spawnError: ' a\n\tb ' } },
];

for (const { title, members, is } of rows) {
  test(`reads ${title}`, async (t) => {
    const { readings, hostNow } = await readProcesses(answer([withMembers(members)]), 'host:9001');
    t.deepEqual(readings, [{ ...WEB_READING, ...is }]);
    t.is(hostNow, 1_795_245_900);
  });
}

test('fields that older versions and other implementations leave out are empty', async (t) => {
  const optional = [
    'spawnerr',
    'exitstatus',
    'logfile',
    'stdout_logfile',
    'stderr_logfile',
    'description',
    'statename',
  ];
  const members = WEB.filter(([name]) => !optional.includes(name));
  const { readings } = await readProcesses(answer([members]), 'host:9001');
  t.deepEqual(readings, [{ ...WEB_READING, stdoutLog: '', description: '' }]);
});

test('one process, as getProcessInfo answers, and no process at all', async (t) => {
  const one = answer([WEB]).replace('<array><data>\n<value>', '').replace('</value>\n</data></array>', '');
  t.deepEqual((await readProcesses(one, 'host:9001')).readings, [WEB_READING]);
  t.deepEqual(await readProcesses(answer([]), 'host:9001'), { readings: [], hostNow: null });
});

const FAULT =
  "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n<value><int>10</int></value>\n" +
  '</member>\n<member>\n<name>faultString</name>\n<value><string>BAD_NAME: x</string></value>\n</member>\n</struct></value>\n</fault>\n</methodResponse>\n';

test('a fault is a fault', async (t) => {
  const error = await t.throwsAsync(readProcesses(FAULT, 'host:9001'), { instanceOf: RpcFault });
  t.is(error.faultCode, 10);
  t.is(error.message, 'BAD_NAME: x');
});

const garbage: readonly { readonly title: string; readonly xml: string; readonly code: LinkErrorCode }[] = [
  { title: 'a web page', xml: '<!DOCTYPE html><html><body>It works!</body></html>', code: 'not-supervisor' },
  { title: 'nothing', xml: '', code: 'not-supervisor' },
  { title: 'an answer cut off', xml: answer([WEB, WEB]).slice(0, 900), code: 'protocol' },
  { title: 'an answer cut off after the last process', xml: answer([WEB]).slice(0, -30), code: 'protocol' },
  { title: 'another value', xml: answer([]).replace(/<array>.*<\/array>/s, '<boolean>1</boolean>'), code: 'protocol' },
  { title: 'a process without a name', xml: answer([WEB.slice(1)]), code: 'protocol' },
  { title: 'a number that is none', xml: answer([withMembers([['pid', '<int>many</int>']])]), code: 'protocol' },
  { title: 'a text for a state', xml: answer([withMembers([['state', text('up')]])]), code: 'protocol' },
];

for (const { title, xml, code } of garbage) {
  test(`${title} is no answer`, async (t) => {
    const error = await t.throwsAsync(readProcesses(xml, 'host:9001'), { instanceOf: LinkFailure });
    t.is(error.code, code);
    t.regex(error.message, /host:9001/);
  });
}

/** The same numbers in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('whatever the fields hold, the fast reader says what the general parser says', async (t) => {
  const random = createRandom(7);
  const pick = (items: readonly string[]) => items[Math.floor(random() * items.length)] ?? '';
  const pieces = [
    'a',
    'web',
    ' ',
    '<',
    '>',
    '&',
    '"',
    "'",
    '&amp;',
    'é',
    '漢',
    '😀',
    '\n',
    '\t',
    '/',
    ':',
    ']]>',
    '%',
    '\\',
    '',
  ];
  const randomText = () => Array.from({ length: Math.floor(random() * 12) }, () => pick(pieces)).join('');
  let fast = 0;
  for (let round = 0; round < 200; round += 1) {
    const structs = Array.from({ length: Math.floor(random() * 4) }, () =>
      WEB.map(([name, value]): Member => {
        if (value.startsWith('<int>')) return [name, int(Math.floor(random() * 2 ** 31) - 2 ** 10)];
        return [name, pick([text(randomText()), text(randomText()), '<string></string>'])];
      }),
    );
    const xml = answer(structs);
    const scanned = await inSlices(scanStructs(xml));
    if (scanned === null) continue;
    fast += 1;
    t.deepEqual<unknown, unknown>(scanned, await decodeAnswer(xml, 'host:9001'));
  }
  t.true(fast > 120, `only ${fast} documents were read fast`);
});
