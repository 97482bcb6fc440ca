// Python's ConfigParser is the oracle: what the original multivisor reads out of its file, ours reads too, or says why not.
import { spawn } from 'node:child_process';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import * as v from 'valibot';
import { parse as configOf } from '../../helpers/core/config-text.ts';

const ORACLE = fileURLToPath(new URL('../../fixtures/config/config_parser.py', import.meta.url));
const A = '[supervisor:a]\n';
const URL_A = 'url = http://a:9001\n';
const login = (password: string, username = 'u') => `${A}${URL_A}username = ${username}\npassword = ${password}\n`;

/** Each means the same to both. */
const SAME: readonly string[] = [
  `${A}${URL_A}`,
  `[global]\nname = lab\n${A}${URL_A}`,
  `${A}url: http://a:9001\n`,
  `${A}URL = http://a:9001\n`,
  `${A}url=http://a:9001\n`,
  `; first\n# second\n${A}${URL_A}`,
  `${A}; inside\n${URL_A}# more\n`,
  `${A}${URL_A}\n\n[supervisor:b]\nurl = http://b:9001\n`,
  login('p'),
  login('p;q'),
  login('p#q'),
  login('p ;q'),
  login('p #q'),
  login('p ; q # r'),
  login('p%%q'),
  login('100%%'),
  login('%%%%'),
  login('p q'),
  login('p=q'),
  login('p:q'),
  login('"p"'),
  login("'p'"),
  login('[p]'),
  login('ä€😀'),
  login('p', 'u;v'),
  login('p', 'u ;v'),
  login('p', '%%u'),
  `[DEFAULT]\nusername = u\npassword = p\n${A}${URL_A}`,
  `[DEFAULT]\nusername = u\npassword = p ;q\n${A}${URL_A}`,
  `[DEFAULT]\nhost = a\n${A}url = http://%(host)s:9001\n`,
  `[DEFAULT]\nport = 9001\n${A}url = http://a:%(port)s\n[supervisor:b]\nurl = http://b:%(port)s\n`,
  `${A}host = a\nurl = http://%(host)s:9001\n`,
  `${A}HOST = a\nurl = http://%(host)s:9001\n`,
  `${A}host = a\nurl = http://%(HOST)s:9001\n`,
  `[DEFAULT]\nhost = no\n${A}host = a\nurl = http://%(host)s:9001\n`,
  `[DEFAULT]\ndomain = lab\nhost = a.%(domain)s\n${A}url = http://%(host)s:9001\n`,
  `[DEFAULT]\nsecret = s%%t\n${A}${URL_A}username = u\npassword = %(secret)s\n`,
  `[DEFAULT]\nsecret = s ;t\n${A}${URL_A}username = u\npassword = %(secret)s!\n`,
  `${A}${URL_A}username = u\npassword = %(username)s%(username)s\n`,
  `[DEFAULT]\nusername = d\n${A}${URL_A}username = u\npassword = p\n`,
  `${A}${URL_A}username = %%(u)s\npassword = p\n`,
];

/** Refused by both. */
const REFUSED: readonly string[] = [
  `${A}url = http://%(nobody)s:9001\n`,
  `${A}url = http://%(url)s:9001\n`,
  `${A}${URL_A}${URL_A}`,
  `${A}${URL_A}${A}url = http://b:9001\n`,
  `url = http://a:9001\n`,
];

const answers = v.array(v.record(v.string(), v.union([v.string(), v.record(v.string(), v.string())])));

test(`${SAME.length} files of the original mean what Python's ConfigParser reads in them`, async (t) => {
  const told = await askOracle(SAME);
  for (const [index, text] of SAME.entries()) {
    const oracle = told[index] ?? {};
    const { config, diagnostics } = configOf(text);
    t.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
      text,
    );
    for (const supervisor of config?.supervisors ?? []) {
      const section = oracle[`supervisor:${supervisor.name}`];
      if (typeof section !== 'object') throw new Error(`ConfigParser sees no ${supervisor.name}:\n${text}`);
      t.is(supervisor.url, section['url'] ?? '', text);
      const { username, password } = supervisor.credentials ?? {};
      t.is(username, section['username'], text);
      t.is(password, section['password'], text);
    }
    t.is(config?.supervisors.length, Object.keys(oracle).filter((name) => name.startsWith('supervisor:')).length, text);
  }
});

test('what ConfigParser refuses is an error here too', async (t) => {
  const told = await askOracle(REFUSED);
  for (const [index, text] of REFUSED.entries()) {
    t.is(typeof told[index]?.['error'], 'string', text);
    t.is(configOf(text).config, null, text);
  }
});

test('where the two readings differ, it is said which was taken', (t) => {
  for (const [text, warning] of [
    [login('p ;q'), /what follows white space and ; or # in "password" is part of it, as in the Python multivisor/],
    [`${A}url = http://a:9001 ; there\n`, /in "url" is a comment here, and part of the value in the Python multivisor/],
    [login('p%%q'), /"%%" in "password" is read as one %, as the Python multivisor does/],
  ] as const) {
    const { config, diagnostics } = configOf(text);
    t.is(config?.supervisors[0]?.url, 'http://a:9001');
    t.regex(diagnostics.map(({ message }) => message).join('\n'), warning);
  }
  // Only ours has users, whose examples have comments behind their hashes.
  const user = '[user:ann]\npassword = {SCRYPT}14$8$1$c2FsdA$aGFzaA ; multivisor passwd\nrole = admin\n';
  t.deepEqual(
    configOf(`${user}${A}${URL_A}`).diagnostics.filter(({ message }) => message.includes('; or #')),
    [],
  );
});

async function askOracle(texts: readonly string[]): Promise<v.InferOutput<typeof answers>> {
  const child = spawn('python3', [ORACLE], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(texts));
  return v.parse(answers, JSON.parse(await readAll(child.stdout)));
}
