import test from 'ava';
import { FILE, only, parse, told, worldOf } from '../../helpers/core/config-text.ts';

const URLS: readonly (readonly [string, string, unknown])[] = [
  [
    'url = ws://bastion:22000/lid001',
    'ws://bastion:22000/lid001',
    { kind: 'multivisor', secure: false, host: 'bastion', port: 22_000, path: '', supervisor: 'lid001' },
  ],
  ['url = ws://bastion:22000', 'ws://bastion:22000/web', { supervisor: 'web', path: '' }],
  ['url = ws://bastion:22000/', 'ws://bastion:22000/web', { supervisor: 'web', path: '' }],
  ['url = ws://:22000', 'ws://web:22000/web', { host: 'web', supervisor: 'web' }],
  ['url = WSS://h/lid001', 'wss://h:443/lid001', { secure: true, port: 443, path: '' }],
  ['url = wss://h/base/sub/lid001', 'wss://h:443/base/sub/lid001', { path: '/base/sub', supervisor: 'lid001' }],
  ['url = wss://h/base/', 'wss://h:443/base/web', { path: '/base', supervisor: 'web' }],
  ['url = ws://[::1]:22000/hall%201%2F%C3%A4', 'ws://[::1]:22000/hall%201%2F%C3%A4', { supervisor: 'hall 1/ä' }],
];

test('a ws url names a multivisor server, and the supervisor there', (t) => {
  for (const [line, url, address] of URLS) {
    const supervisor = only(line);
    t.is(supervisor?.url, url, line);
    t.like(supervisor?.address, Object(address), line);
  }
  t.deepEqual(only('url = ws://u:p%40%3a@a:22000/x')?.credentials, { username: 'u', password: 'p@:' });
});

test('its name may be in step with a range', (t) => {
  const { config } = parse('[supervisor:web-{01..02}]\nurl = ws://bastion:22000/web-{01..02}\n');
  t.deepEqual(
    config?.supervisors.map(({ name, url }) => `${name} ${url}`),
    ['web-01 ws://bastion:22000/web-01', 'web-02 ws://bastion:22000/web-02'],
  );
});

test('a multivisor server takes a login or a token, each in a file of its own or not', (t) => {
  const { config, diagnostics } = parse(
    '[supervisor:a]\nurl = ws://h:22000\nusername = u\npassword = p\n' +
      '[supervisor:b]\nurl = ws://h:22000\ntoken = mv1_b\n' +
      '[supervisor:c]\nurl = ws://h:22000\ntoken_file = c.token\n' +
      '[supervisor:w{1..2}]\nurl = ws://h:22000/web-{01..02}\ntoken_file = w{1..2}.token\n',
    worldOf({ '/etc/c.token': 'mv1_c\n', '/etc/w1.token': 'mv1_1', '/etc/w2.token': 'mv1_2' }),
  );
  t.deepEqual(diagnostics, []);
  t.deepEqual(
    config?.supervisors.map(({ name, url, credentials, token }) => [name, url, credentials?.username, token]),
    [
      ['a', 'ws://h:22000/a', 'u', undefined],
      ['b', 'ws://h:22000/b', undefined, 'mv1_b'],
      ['c', 'ws://h:22000/c', undefined, 'mv1_c'],
      ['w1', 'ws://h:22000/web-01', undefined, 'mv1_1'],
      ['w2', 'ws://h:22000/web-02', undefined, 'mv1_2'],
    ],
  );
});

const MISTAKES: readonly (readonly [string, string])[] = [
  [
    '[supervisor:a]\nurl = ws://h/x',
    `warning ${FILE}:2 a: no port: 80 is assumed, but multivisor serve usually listens on 22000; write it after the host`,
  ],
  [
    '[supervisor:a]\nurl = ws://h:22000/w{1..2}',
    `error ${FILE}:2 a: a range in the url needs one in the name: [supervisor:web-{01..40}]`,
  ],
  [
    '[supervisor:a]\nurl = ws://h:22000/x?token=y',
    `error ${FILE}:2 a: the path holds ?, # or \\, which are written %3F, %23 and %5C in a name`,
  ],
  [
    '[supervisor:a]\nurl = ws://h:22000/x:y',
    `error ${FILE}:2 a: the last part of the path is the name of a supervisor, which holds no ":" and no control character`,
  ],
  [
    '[supervisor:a]\nurl = ws://h:22000/100%',
    `error ${FILE}:2 a: the name of the supervisor in the url is not percent-encoded; write % as %25`,
  ],
  [
    '[supervisor:a]\nurl = ws://h<x:22000/y',
    `error ${FILE}:2 a: the host or the path holds a character that no ws:// or wss:// url has`,
  ],
  [
    '[supervisor:a]\nurl = http://h:9001\ntoken = mv1_x',
    `error ${FILE}:3 a: a token is for a multivisor server (ws://HOST:22000/NAME); a supervisord takes "username" and "password"`,
  ],
  [
    '[supervisor:a]\nurl = ws://h:22000\nusername = u\npassword = p\ntoken = mv1_x',
    `error ${FILE}:5 a: there are both a token and a login; keep one of them`,
  ],
  [
    '[supervisor:a]\nurl = ws://h:22000\ntoken = mv1_x\ntoken_file = t',
    `error ${FILE}:4 there are both "token" and "token_file"; keep one of them`,
  ],
  [
    '[supervisor:a]\nurl = ws://h:22000\ntoken_file = t',
    `error ${FILE}:3 cannot read the token from /etc/t: no such file`,
  ],
  [
    '[supervisor:a]\nurl = ws://h:22000\ntoken =',
    `error ${FILE}:3 "token" holds no token; make one with: multivisor token new`,
  ],
  [
    '[supervisor:a]\ntokn_file = t',
    `warning ${FILE}:2 key "tokn_file" of [supervisor:a] is not known; did you mean "token_file"?`,
  ],
];

test('every mistake in it says where it is and what to do', (t) => {
  for (const [text, expected] of MISTAKES) {
    t.deepEqual(told(`${text}\n`), [expected], text);
    t.is(parse(`${text}\n`).config === null, expected.startsWith('error'), text);
  }
});

const SECRET = 'hunter2';

test('no message and no url holds a password or a token', (t) => {
  const texts = [
    `url = ws://u:${SECRET}@h:22000/x?y`,
    `url = ws://u:${SECRET}/x@h:22000`,
    `url = ws://h:22000/x\ntoken = ${SECRET} y`,
    `url = http://h:9001\ntoken = ${SECRET}`,
    `url = ws://h:22000\ntoken = ${SECRET}\nusername = u\npassword = ${SECRET}`,
  ];
  for (const text of texts) {
    const { config, diagnostics } = parse(`[supervisor:a]\n${text}\n`);
    t.notRegex(diagnostics.map(({ message }) => message).join('\n'), new RegExp(SECRET), text);
    t.false((config?.supervisors[0]?.url ?? '').includes(SECRET), text);
  }
});
