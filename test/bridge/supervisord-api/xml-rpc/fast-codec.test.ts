// The general codec is the oracle, in both directions.
import { Readable } from 'node:stream';
import test from 'ava';
import Deserializer from 'xmlrpc/lib/deserializer.js';
import { serializeMethodCall, serializeMethodResponse } from 'xmlrpc/lib/serializer.js';
import { encodePlainCall, scanPlainAnswer } from '../../../../src/bridge/supervisord-api/xml-rpc/fast-codec.ts';
import { decodeAnswer } from '../../../../src/bridge/supervisord-api/xml-rpc/rpc.ts';

function decodeCall(xml: string): Promise<readonly [method: string, params: readonly unknown[]]> {
  return new Promise((resolve, reject) => {
    new Deserializer().deserializeMethodCall(Readable.from([xml]), (error, method, params) => {
      if (error) reject(new Error('no call', { cause: error }));
      else resolve([method, params]);
    });
  });
}

const TEXTS = ['', 'web:web_00', 'a&b<c>]]>"\'', ' é漢\n\tb ', '&amp;&#65;', 'x'.repeat(5_000), '<value>', 'a>b'];

test('a plain call says what the general codec would say', async (t) => {
  const calls = [[], ...TEXTS.map((text) => [text]), ['web:web', 0, -1_024], [2 ** 31 - 1, -(2 ** 31 - 1)], TEXTS];
  for (const params of calls) {
    const xml = encodePlainCall('supervisor.getProcessInfo', params);
    t.deepEqual(await decodeCall(xml ?? ''), ['supervisor.getProcessInfo', params]);
    t.deepEqual(await decodeCall(serializeMethodCall('supervisor.getProcessInfo', params)), [
      'supervisor.getProcessInfo',
      params,
    ]);
  }
});

test('what has no plain form is left to the general codec', (t) => {
  for (const param of [1.5, 2 ** 31, true, null, {}, ['a'], 'a\u0000b', 'a\rb', '😀', '\ud800', '\uffff']) {
    t.is(encodePlainCall('m', ['web', param]), null, JSON.stringify(param));
  }
});

/** As Python's xmlrpc.client and as supervisord write it. */
const pythonic = (value: string) =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n${value}</param>\n</params>\n</methodResponse>\n`;

test('a plain answer is what the general codec makes of it', async (t) => {
  const values = [...TEXTS, 0, -7, 1_795_245_896, true, false, [], ['tail\n', 5, false], TEXTS, [true, 'a', 1]];
  for (const value of values) {
    const xml = serializeMethodResponse(value);
    t.deepEqual<unknown, unknown>(await decodeAnswer(xml, 'x'), value);
    // It writes some texts as CDATA, and what is empty as one tag.
    if (!/CDATA|\/>/u.test(xml)) t.deepEqual<unknown, unknown>(scan(xml), value);
  }
  for (const [xml, value] of [
    ['<value><string>a&amp;lt;&#x41;</string></value>\n', 'a&lt;A'],
    ['<value><boolean>1</boolean></value>\n', true],
    [
      '<value><array><data>\n<value><string>x\n</string></value>\n<value><int>2</int></value>\n</data></array></value>\n',
      ['x\n', 2],
    ],
    ['<value><array><data>\n</data></array></value>\n', []],
  ] as const) {
    t.deepEqual<unknown, unknown>(scan(pythonic(xml)), value);
    t.deepEqual<unknown, unknown>(await decodeAnswer(pythonic(xml), 'x'), value);
  }
});

test('a long text is decoded in parts of which none cuts a reference', async (t) => {
  for (let shift = 0; shift < 16; shift += 1) {
    const text = `${'x'.repeat(shift)}${'&😀<'.repeat(30_000)}&`;
    const xml = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('😀', '&#x0001f600;');
    const found = scan(pythonic(`<value><string>${xml}</string></value>`));
    t.true(found === text, `shifted by ${shift}`);
  }
});

test('every other answer is left to the general codec', (t) => {
  const rows = [
    '',
    'no xml',
    VALID.slice(0, -20),
    VALID.replace('methodResponse', 'methodCall'),
    `${VALID}more`,
    pythonic('<value>untyped</value>'),
    pythonic('<value><string/></value>'),
    pythonic('<value><string><![CDATA[a]]></string></value>'),
    pythonic('<value><string>a<!-- b --></string></value>'),
    pythonic('<value><double>1.5</double></value>'),
    pythonic('<value><boolean>true</boolean></value>'),
    pythonic('<value><int>1</i4></value>'),
    pythonic('<value><int>one</int></value>'),
    pythonic('<value><struct></struct></value>'),
    pythonic('<value><array><data><value><array><data></data></array></value></data></array></value>'),
    pythonic('<value><array><data><value><int>1</int></value></array></value>'),
    '<?xml version="1.0"?><methodResponse><fault><value><int>1</int></value></fault></methodResponse>',
  ];
  for (const xml of rows) t.is(scan(xml), undefined, xml);
});

/** In one go. */
function scan(xml: string): unknown {
  const work = scanPlainAnswer(xml);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

const VALID = pythonic('<value><int>1</int></value>');
