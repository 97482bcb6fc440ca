import { readFile } from 'node:fs/promises';
import test from 'ava';
import { FILE, only, parse, told, worldOf } from '../../helpers/core/config-text.ts';

const URLS: readonly (readonly [string, string, unknown])[] = [
  ['', 'tcp://web:9002', { kind: 'tcp', protocol: 'detect', host: 'web', port: 9002, path: '/RPC2' }],
  ['url =', 'tcp://web:9002', { kind: 'tcp', protocol: 'detect', host: 'web', port: 9002, path: '/RPC2' }],
  ['url = :9011', 'tcp://web:9011', { kind: 'tcp', protocol: 'detect', host: 'web', port: 9011, path: '/RPC2' }],
  ['url = a.acme.org', 'tcp://a.acme.org:9002', { host: 'a.acme.org', port: 9002, protocol: 'detect' }],
  ['url = a.acme.org:9007', 'tcp://a.acme.org:9007', { port: 9007 }],
  ['url = tcp://a:9007', 'tcp://a:9007', { host: 'a', port: 9007, protocol: 'detect' }],
  ['url = tcp://:9007', 'tcp://web:9007', { host: 'web' }],
  ['url = [::1]:9001', 'tcp://[::1]:9001', { host: '::1', port: 9001 }],
  ['url = http://[fe80::1]:9001', 'http://[fe80::1]:9001', { host: 'fe80::1', protocol: 'http' }],
  ['url = http://a:9001', 'http://a:9001', { protocol: 'http', path: '/RPC2' }],
  ['url = HTTP://a:9001/', 'http://a:9001', { protocol: 'http', path: '/RPC2' }],
  ['url = http://a:9001/RPC2', 'http://a:9001', { path: '/RPC2' }],
  ['url = https://a/sub/RPC2', 'https://a:443/sub/RPC2', { protocol: 'https', port: 443, path: '/sub/RPC2' }],
  ['url = http://u:p%40%3a@a:9001', 'http://a:9001', { host: 'a', port: 9001 }],
  ['url = unix:///run/s.sock', 'unix:///run/s.sock', { kind: 'unix', path: '/run/s.sock' }],
  ['url = unix:///run/a b.sock', 'unix:///run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }],
  ['url = unix:///run/a%20b.sock', 'unix:///run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }],
  ['url = unix:///run/100%.sock', 'unix:///run/100%.sock', { kind: 'unix', path: '/run/100%.sock' }],
  ['url = http://a b:9001', '', null],
];

test('a url means what it means to the original, and to supervisorctl', (t) => {
  for (const [line, url, address] of URLS) {
    const supervisor = only(line);
    if (address === null) t.is(supervisor, undefined, line);
    else {
      t.is(supervisor?.url, url, line);
      t.like(supervisor?.address, Object(address), line);
    }
  }
  t.deepEqual(only('url = http://u:p%40%3a@a:9001')?.credentials, { username: 'u', password: 'p@:' });
});

test("the original's file is read as it is", (t) => {
  const { config, diagnostics } = parse(`[global]
name=ID00
username=admin
password={SHA}5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8

[supervisor:roadrunner]
# since we don't give url it will assume the default

[supervisor:coyote]
url=:9011

[supervisor:bugsbunny]
url=bugsbunny.acme.org
`);
  t.deepEqual(diagnostics, []);
  t.is(config?.name, 'ID00');
  const password = '{SHA}5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8';
  t.deepEqual(config?.accounts, {
    users: [{ name: 'admin', password, role: 'admin', supervisors: ['*'] }],
    tokens: [],
  });
  t.deepEqual(
    config?.supervisors.map(({ name, url }) => `${name} ${url}`),
    ['roadrunner tcp://roadrunner:9002', 'coyote tcp://coyote:9011', 'bugsbunny tcp://bugsbunny.acme.org:9002'],
  );
});

const HASH = `{SHA256}${'0f'.repeat(32)}`;

test('everything of ours is optional beside it', (t) => {
  const { config, diagnostics } = parse(
    `[supervisor:a]
url = http://a:9001
username = ops
password = 100% \${SECRET} %{x} $\${raw} \${NONE:-}
read_only = yes
protected = ON
tags = x, y
  z
[supervisor:b]
url = \${HOST:-b.example}:9001
username = ops
password_file = b.password
[keys]
restart = R
palette = :
[token:ci]
role = operator
hash = ${HASH}
`,
    worldOf({ '/etc/b.password': 'päss word \n' }, { SECRET: '; x' }),
  );
  t.deepEqual(diagnostics, []);
  const [a, b] = config?.supervisors ?? [];
  t.like(a, { readOnly: true, protected: true, tags: ['x', 'y', 'z'], origin: { file: FILE, line: 1 } });
  t.deepEqual(a?.credentials, { username: 'ops', password: '100% ; x %{x} ${raw} ' });
  t.deepEqual(b?.credentials, { username: 'ops', password: 'päss word ' });
  t.is(b?.url, 'tcp://b.example:9001');
  t.deepEqual(config?.keys, { restart: 'R', palette: ':' });
  t.is(config?.name, 'multivisor');
  t.deepEqual(config?.accounts, {
    users: [],
    tokens: [{ name: 'ci', hash: HASH, role: 'operator', supervisors: ['*'] }],
  });
});

const RANGES: readonly (readonly [string, readonly string[]])[] = [
  [
    '[supervisor:web-{08..11}]\nurl = web-{08..11}:9001',
    ['web-08 tcp://web-08:9001', 'web-09 tcp://web-09:9001', 'web-10 tcp://web-10:9001', 'web-11 tcp://web-11:9001'],
  ],
  ['[supervisor:w{1..2}]\nurl = h:90{01..02}', ['w1 tcp://h:9001', 'w2 tcp://h:9002']],
  ['[supervisor:w{1..2}]', ['w1 tcp://w1:9002', 'w2 tcp://w2:9002']],
  [
    '[supervisor:r{1..2}n{1..2}]\nurl = r{1..2}n{1..2}',
    ['r1n1 tcp://r1n1:9002', 'r1n2 tcp://r1n2:9002', 'r2n1 tcp://r2n1:9002', 'r2n2 tcp://r2n2:9002'],
  ],
  ['[supervisor:w{5..5}]\nurl = w{5..5}', ['w5 tcp://w5:9002']],
];

test('one section stands for many supervisors', (t) => {
  for (const [text, expected] of RANGES) {
    t.deepEqual(
      parse(`${text}\n`).config?.supervisors.map(({ name, url }) => `${name} ${url}`),
      [...expected],
      text,
    );
  }
});

const MISTAKES: readonly (readonly [string, string])[] = [
  ['', `error ${FILE}:1 no supervisor is configured; add a section [supervisor:NAME]`],
  ['[supervisord]\nx = 1', `error ${FILE}:1 this is a configuration of supervisord; multivisor needs its own file`],
  ['[supervisor:]', `error ${FILE}:1 the supervisor has no name; write [supervisor:NAME]`],
  [
    '[supervisor:a:b]',
    `error ${FILE}:1 the name "a:b" holds a ":", which separates supervisor:group:name; use another character`,
  ],
  [
    '[supervisor:a]\nurl = http://a:0',
    `error ${FILE}:2 a: the port is not a number from 1 to 65535 (a "/" or "@" in a password is written %2F or %40)`,
  ],
  [
    '[supervisor:a]\nurl = ipc://x',
    `error ${FILE}:2 a: the protocol "ipc" is not known; known: http, https, tcp, unix, ws, wss`,
  ],
  [
    '[supervisor:a]\nurl = unix://run/s.sock',
    `error ${FILE}:2 a: a socket needs its absolute path: unix:///run/supervisor.sock (three slashes)`,
  ],
  ['[supervisor:a]\nurl = ::1', `error ${FILE}:2 a: too many colons; an IPv6 address is written [::1]:9001`],
  [
    '[supervisor:a]\nurl = w{1..2}',
    `error ${FILE}:2 a: a range in the url needs one in the name: [supervisor:web-{01..40}]`,
  ],
  [
    '[supervisor:a]\nurl = http://a',
    `warning ${FILE}:2 a: no port: 80 is assumed, but supervisord usually listens on 9001; write it after the host`,
  ],
  [
    '[supervisor:w{1..3}]\nurl = w{1..2}',
    `error ${FILE}:2 the range in "url" makes 2, the one in the name 3; make them equally long`,
  ],
  ['[supervisor:w{3..1}]', `error ${FILE}:1 the range {3..1} goes down; write the lower number first`],
  [
    '[supervisor:w{1..999999999}]',
    `error ${FILE}:1 the range {1..999999999} makes more than 1000 supervisors; split the section`,
  ],
  [
    '[supervisor:w{1..2}]\n[supervisor:w2]',
    `error ${FILE}:2 supervisor "w2" is already there at ${FILE}:1; rename one`,
  ],
  ['[supervisor:a]\nread_only = maybe', `error ${FILE}:2 "read_only" is neither yes nor no; write one of them`],
  [
    '[supervisor:a]\nurl = ${HOST}',
    `error ${FILE}:2 the environment variable HOST of "url" is not set; set it, or write \${HOST:-default}`,
  ],
  [
    '[supervisor:a]\nusername = u\npassword = x ;y',
    `warning ${FILE}:3 what follows white space and ; or # in "password" is part of it, as in the Python multivisor; a comment has a line of its own`,
  ],
  [
    '[supervisor:a]\nusername = u\npassword_file = nope',
    `error ${FILE}:3 cannot read the password from /etc/nope: no such file`,
  ],
  [
    '[supervisor:a]\nusername = u',
    `error ${FILE}:2 "username" needs a "password" or "password_file" beside it: nobody would be asked to log in`,
  ],
  [
    '[global]\npassword = x\n[supervisor:a]',
    `error ${FILE}:2 "password" needs a "username" beside it; without it no login takes place`,
  ],
  [
    '[supervisor:a]\nread-only = yes',
    `warning ${FILE}:2 key "read-only" of [supervisor:a] is not known; did you mean "read_only"?`,
  ],
  [
    '[supervisor:a]\nfoo = yes',
    `warning ${FILE}:2 key "foo" of [supervisor:a] is not known; known: url, project, username, password, password_file, token, token_file, read_only, protected, tags`,
  ],
  ['[supervisor:a]\n[gloabl]', `warning ${FILE}:2 section [gloabl] is not known and not used; did you mean "global"?`],
  [
    '[supervisor:a]\n[keys]\nhelp = ;',
    `error ${FILE}:3 the action "help" has no key; ; and # after white space begin a comment`,
  ],
  ['[supervisor:a]\n[include]\nfiles = nope.conf', `error ${FILE}:3 cannot include /etc/nope.conf: no such file`],
  ['[supervisor:a]\n[include]\nfiles = conf.d/*.conf', `warning ${FILE}:3 no file matches /etc/conf.d/*.conf`],
];

test('every mistake says where it is and what to do', (t) => {
  for (const [text, expected] of MISTAKES) {
    t.deepEqual(told(`${text}\n`), [expected], text);
    t.is(parse(`${text}\n`).config === null, expected.startsWith('error'), text);
  }
});

test('all mistakes are told at once, in the order of the lines', (t) => {
  const lines = told('[supervisor:a]\nurl = x:y\nread_only = maybe\npassword = hush\n[supervisor:b:c]\njunk\n');
  t.deepEqual(
    lines.map((line) => line.split(' ')[1]),
    [2, 3, 4, 5, 6].map((line) => `${FILE}:${line}`),
  );
});

const SECRET = 'hunter2';
const resolveUrl = (path: string, from: string) => new URL(path, `file://${from}`).pathname;

test('no message and no url holds a secret', (t) => {
  const texts = [
    `url = http://u:${SECRET}@h:9001`,
    `url = http://u:${SECRET}/x@h:9001`,
    `url = http://u:${SECRET}%zz@h:9001`,
    `url = http://:${SECRET}@h:9001`,
    `url = u:${SECRET}@h:port`,
    `url = foo://u:${SECRET}@h`,
    `url = http://u:${SECRET} @h`,
    `url = http://u:${SECRET}#@h:1`,
    `url = http://u:${SECRET}@h:9001\nusername = x\npassword = ${SECRET}`,
    `password = ${SECRET}`,
    `username = a\npassword = ${SECRET}\npassword_file = f`,
    `password = ${SECRET}\npassword = ${SECRET}`,
    `username = u\npassword = ${SECRET} ; ${SECRET}`,
  ];
  for (const text of texts) {
    const { config, diagnostics } = parse(`[supervisor:a]\n${text}\n`);
    t.notRegex(diagnostics.map(({ message }) => message).join('\n'), new RegExp(SECRET), text);
    t.false((config?.supervisors[0]?.url ?? '').includes(SECRET), text);
  }
});

test('files are included once, however they name one another, and keep their own lines', (t) => {
  const files = {
    '/etc/conf.d/a.conf': '[supervisor:a]\nurl = a\n[include]\nfiles = ../multivisor.conf b.conf\n',
    '/etc/conf.d/b.conf': '\n[supervisor:b]\nusername = u\npassword_file = b.pw\n[supervisor:main]\n',
    '/etc/conf.d/b.pw': 'p',
  };
  const world = { ...worldOf(files), list: () => ['/etc/conf.d/a.conf', '/etc/conf.d/b.conf'] };
  const text = '[supervisor:main]\n[include]\nfiles = conf.d/*.conf\n';
  t.deepEqual(told(text, { ...world, resolve: resolveUrl }), [
    `error /etc/conf.d/b.conf:5 supervisor "main" is already there at ${FILE}:1; rename one`,
  ]);
});

test('[DEFAULT] fills in what a section leaves out', (t) => {
  const { config, diagnostics } = parse(
    '[DEFAULT]\nusername = u\npassword = p\ntags = t\n[supervisor:a]\ntags = own\n',
  );
  t.deepEqual(diagnostics, []);
  t.like(config?.supervisors[0], { tags: ['own'], credentials: { username: 'u', password: 'p' } });
});

test('the example of docs/configuration.md is a configuration', async (t) => {
  const text = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ini\n(.*?)```/su.exec(text) ?? [];
  const world = worldOf({ '/etc/lid001.password': 'secret' }, { WEB_PASSWORD: 'secret' });
  const { config, diagnostics } = parse(example, world);
  t.deepEqual(diagnostics, []);
  t.is(config?.supervisors.length, 42);
});
