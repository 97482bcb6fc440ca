import test from 'ava';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import type { ConfigWorld } from '../../../src/core/config/types.ts';

const HASH = `{SHA256}${'0f'.repeat(32)}`;
const world: ConfigWorld = {
  env: {},
  resolve: (path) => `/etc/${path}`,
  read: (path) =>
    path === '/etc/bob.password' ? { ok: true, text: 'from a file\n' } : { ok: false, message: 'no such file' },
  list: () => [],
};
const parse = (text: string) => parseConfig({ file: 'm.conf', text: `[supervisor:a]\n${text}` }, world);

test('people and tokens have roles and scopes, and the least when they say nothing', (t) => {
  const { config, diagnostics } = parse(`[global]
username = root
password = secret
[user:ann]
password = {SCRYPT}14$8$1$c2FsdA==$a2V5
role = Operator
supervisors = web-*, db1
[user:bob]
password_file = bob.password
[token:ci]
hash = ${HASH}
role = viewer
`);
  t.deepEqual(diagnostics, []);
  t.deepEqual(config?.accounts.users, [
    { name: 'root', password: 'secret', role: 'admin', supervisors: ['*'] },
    { name: 'ann', password: '{SCRYPT}14$8$1$c2FsdA==$a2V5', role: 'operator', supervisors: ['web-*', 'db1'] },
    { name: 'bob', password: 'from a file', role: 'viewer', supervisors: ['*'] },
  ]);
  t.deepEqual(config?.accounts.tokens, [{ name: 'ci', hash: HASH, role: 'viewer', supervisors: ['*'] }]);
});

const mistakes: readonly (readonly [string, RegExp])[] = [
  ['[user:ann]\nrole = admin', /"ann" has no password/],
  ['[user:ann]\npassword =', /password of the user "ann" is empty/],
  ['[user:a:b]\npassword = x', /needs a name without ":"/],
  ['[user:ann]\npassword = x\nrole = root', /"root" is no role; known: viewer, operator, admin/],
  ['[token:ci]\nrole = admin', /"ci" needs its hash/],
  ['[token:ci]\nhash = mv1_this-is-the-token-itself', /"ci" needs its hash/],
  ['[global]\nusername = ann\npassword = x\n[user:ann]\npassword = y', /"ann" is the one of \[global\] already/],
];

for (const [text, message] of mistakes) {
  test(`${JSON.stringify(text)} opens no door`, (t) => {
    const { config, diagnostics } = parse(text);
    t.is(config, null);
    t.regex(diagnostics.map((each) => each.message).join('\n'), message);
    t.false(JSON.stringify(diagnostics).includes('mv1_'), 'what may be a secret is not repeated');
  });
}

const EMPTY: readonly (readonly [title: string, text: string, files?: Readonly<Record<string, string>>])[] = [
  ['password =', 'password ='],
  ['a variable that is empty', 'password = ${X:-}'],
  ['an empty file', 'password_file = empty', { '/etc/empty': '' }],
  ['a file of a line end', 'password_file = empty', { '/etc/empty': '\n' }],
  ['a file of white space', 'password_file = empty', { '/etc/empty': ' \t\r\n\n' }],
  ['a variable that is set to nothing', 'password = ${EMPTY}'],
];

const readFrom = (files: Readonly<Record<string, string>>) => (path: string) => {
  const found = files[path];
  return found === undefined ? { ok: false as const, message: 'no such file' } : { ok: true as const, text: found };
};

for (const [title, text, files = {}] of EMPTY) {
  test(`[global] with an empty password lets nobody in as admin: ${title}`, (t) => {
    const source = { file: 'm.conf', text: `[supervisor:a]\n[global]\nusername = ann\n${text}\n` };
    const { config, diagnostics } = parseConfig(source, { ...world, env: { EMPTY: '' }, read: readFrom(files) });
    t.is(config, null);
    const told = diagnostics.map(({ origin, message }) => `${origin.line} ${message}`).join('\n');
    t.regex(told, /^4 the password of \[global\] is empty/);
  });
}
