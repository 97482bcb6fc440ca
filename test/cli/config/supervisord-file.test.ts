// supervisor's own reading of its files is the oracle: the same server and the same login in each.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import * as v from 'valibot';
import { findSupervisord } from '../../../scripts/peers/find-supervisord.ts';
import { fromSupervisordConf } from '../../../src/cli/config/local-supervisord.ts';
import { makeFolder } from '../run-main.ts';

const ORACLE = fileURLToPath(new URL('../../fixtures/config/client_options.py', import.meta.url));
const ENV = { HOME: '/home/me', RUN: '/run', PORT: '9005', SECRET: 'a%b;c #d', EMPTY: '' };

const CTL = '[supervisorctl]\n';
const UNIX = '[unix_http_server]\nfile=/own.sock\n';
const INET = '[inet_http_server]\nport=127.0.0.1:9100\n';
const D = '[supervisord]\n';

/** Title, supervisord.conf, and more files beside it. */
const CASES: readonly (readonly [title: string, conf: string, more?: Readonly<Record<string, string>>])[] = [
  ['an empty section', CTL],
  ['an empty section beside a socket', `${CTL}${UNIX}`],
  ['an empty section beside a port', `${INET}${CTL}`],
  ['an empty value', `${CTL}serverurl=\n`],
  ['a url', `${CTL}serverurl=http://h:9001\n`],
  ['a url with spaces around', `${CTL}serverurl   =   http://h:9001   \n`],
  ['a colon in place of =', `${CTL}serverurl: http://h:9001\n`],
  ['upper case keys', `${CTL}ServerURL=http://h:9001\nUserName=u\nPASSWORD=p\n`],
  ['upper case sections are others', `[SupervisorCtl]\nserverurl=http://no:1\n${CTL}serverurl=http://h:9001\n`],
  ['a repeated key', `${CTL}serverurl=http://a:1\nserverurl=http://b:2\n`],
  ['a repeated section', `${CTL}serverurl=http://a:1\n${UNIX}${CTL}serverurl=http://b:2\n`],
  ['a repeated section that adds a login', `${CTL}serverurl=http://a:1\n${CTL}username=u\npassword=p\n`],
  ['a repeated section that changes a password', `${CTL}username=u\npassword=p\n${CTL}password=q\n`],
  ['an inline comment', `${CTL}serverurl=http://h:9001 ; there\n`],
  ['an inline comment with #', `${CTL}serverurl=http://h:9001 # there\n`],
  ['a semicolon within', `${CTL}username=u;v\npassword=p;q\n`],
  ['a # within', `${CTL}username=u#v\npassword=p#q\n`],
  ['a comment line between', `${CTL}; no\n# no\nserverurl=http://h:9001\n`],
  ['a commented out url', `${CTL};serverurl=http://no:1\n`],
  ['a continuation', `${CTL}username=u\npassword=p\n  q\n`],
  ['an indented section', `  [supervisorctl]\n  serverurl=http://h:9001\n`],
  ['text after the bracket', `[supervisorctl] ; here\nserverurl=http://h:9001\n`],
  ['spaces within the brackets', `[ supervisorctl ]\nserverurl=http://no:1\n${CTL}serverurl=http://h:9001\n`],
  ['windows line ends', `${CTL}serverurl=http://h:9001\r\nusername=u\r\npassword=p\r\n`],
  ['a default section', `[DEFAULT]\nserverurl=http://d:9001\nusername=u\npassword=p\n${CTL}`],
  ['a default that is overruled', `[DEFAULT]\nserverurl=http://d:9001\n${CTL}serverurl=http://h:9001\n`],
  ['a default for the server', `[DEFAULT]\nport=9200\n${D}[inet_http_server]\n`],
  ['here in a socket', `${CTL}serverurl=unix://%(here)s/s.sock\n`],
  ['a relative socket', `${CTL}serverurl=unix://run/s.sock\n`],
  ['a socket at home', `${CTL}serverurl=unix://~/s.sock\n`],
  ['dots in a socket', `${CTL}serverurl=unix:///run/../tmp//s.sock\n`],
  ['a space in a socket', `${CTL}serverurl=unix:///Application Support/s.sock\n`],
  ['a percent sign in a socket', `${CTL}serverurl=unix:///a%%20b.sock\n`],
  ['an environment variable', `${CTL}serverurl=unix://%(ENV_RUN)s/s.sock\n`],
  ['a port from the environment', `${CTL}serverurl=http://h:%(ENV_PORT)s\n`],
  ['a password from the environment', `${CTL}username=u\npassword=%(ENV_SECRET)s\n`],
  ['an empty environment variable', `${CTL}serverurl=unix:///%(ENV_EMPTY)ss.sock\n`],
  ['a variable that is not set', `${CTL}serverurl=unix://%(ENV_NOWHERE)s/s.sock\n`],
  ['a variable nobody knows', `${CTL}serverurl=unix://%(there)s/s.sock\n`],
  ['a lone percent sign', `${CTL}username=u\npassword=50%\n`],
  ['a doubled percent sign', `${CTL}username=u\npassword=50%%\n`],
  ['here in a password is not known', `${CTL}username=u\npassword=%(here)s\n`],
  ['only a socket', `${D}${UNIX}`],
  ['only a port', `${D}${INET}`],
  ['a socket and a port', `${D}${INET}${UNIX}`],
  ['a port alone', `${D}[inet_http_server]\nport=9300\n`],
  ['a port on every address', `${D}[inet_http_server]\nport=*:9300\n`],
  ['a port with an empty host', `${D}[inet_http_server]\nport=:9300\n`],
  ['a port on 0.0.0.0', `${D}[inet_http_server]\nport=0.0.0.0:9300\n`],
  ['a host in capitals', `${D}[inet_http_server]\nport=LOCALHOST:9300\n`],
  ['a named server', `${D}[inet_http_server:a]\nport=127.0.0.1:9301\nusername=u\npassword=p\n`],
  ['two named servers', `${D}[inet_http_server:a]\nport=127.0.0.1:9301\n[inet_http_server:b]\nport=127.0.0.1:9302\n`],
  ['a named socket', `${D}[unix_http_server:x]\nfile=%(here)s/x.sock\n`],
  ['a login of the server', `${D}${UNIX}username=u\npassword=p\n`],
  ['a socket by a variable', `${D}[unix_http_server]\nfile=%(ENV_RUN)s/s.sock\n`],
  ['a server in an included file', `${D}[include]\nfiles=conf.d/*.conf\n`, { 'conf.d/a.conf': UNIX }],
  ['two patterns', `${D}[include]\nfiles=none/*.ini conf.d/*.ini\n`, { 'conf.d/a.ini': INET }],
  ['patterns over two lines', `${D}[include]\nfiles=\n  none/*.ini\n  conf.d/*.ini\n`, { 'conf.d/a.ini': INET }],
  ['an included file by here', `${D}[include]\nfiles=%(here)s/more.conf\n`, { 'more.conf': INET }],
  [
    'an included file overrules',
    `${D}${UNIX}[include]\nfiles=z.conf\n`,
    { 'z.conf': '[unix_http_server]\nfile=/z.sock\n' },
  ],
  [
    'supervisorctl does not include',
    `${CTL}${D}[include]\nfiles=z.conf\n`,
    { 'z.conf': `${CTL}serverurl=http://z:1\n` },
  ],
  ['a socket with spaces around', `${D}[unix_http_server]\nfile =  /s.sock  \n`],
  ['programs and groups around', `[program:a]\ncommand=x\n${CTL}serverurl=http://h:1\n[group:g]\nprograms=a\n`],
];

const answers = v.array(
  v.union([v.object({ url: v.string(), login: v.nullable(v.string()) }), v.object({ error: v.string() })]),
);

test(`${CASES.length} supervisord.conf files mean to us what they mean to supervisor`, async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const cases = await Promise.all(
    CASES.map(async ([, conf, more = {}], index) => {
      const dir = join(folder.path, String(index));
      for (const [name, content] of Object.entries({ 'supervisord.conf': conf, ...more })) {
        await mkdir(dirname(join(dir, name)), { recursive: true });
        await writeFile(join(dir, name), content);
      }
      return { cwd: dir, file: join(dir, 'supervisord.conf'), env: ENV };
    }),
  );
  const told = await askOracle(cases);
  for (const [index, [title, conf]] of CASES.entries()) {
    const { cwd, file } = cases[index]!;
    const oracle = told[index]!;
    const result = fromSupervisordConf(conf, { file, cwd, env: ENV, hostName: 'h' });
    if ('error' in oracle) {
      t.false(result.ok, `${title}: supervisor says ${oracle.error}`);
      continue;
    }
    const supervisor = result.ok ? result.config.supervisors[0] : undefined;
    const expected = oracle.url.replace(/^http:\/\/(?:|0\.0\.0\.0):/u, 'http://localhost:');
    t.is(supervisor?.url, expected, `${title}: ${result.ok ? '' : result.message}`);
    const credentials = supervisor?.credentials ?? null;
    t.is(credentials && `${credentials.username}:${credentials.password}`, oracle.login, title);
  }
});

test('what is not set is named, with the next step', (t) => {
  const context = { file: '/srv/supervisord.conf', cwd: '/srv', env: {}, hostName: 'h' };
  for (const [conf, message] of [
    [
      `${CTL}serverurl=unix://%(ENV_NOWHERE)s/s.sock\n`,
      'serverurl of [supervisorctl] uses %(ENV_NOWHERE)s, which is not set: set NOWHERE in the environment',
    ],
    [`${CTL}username=u\npassword=50%\n`, 'password of [supervisorctl]: a lone % is written %%'],
    [
      '[supervisord]\n',
      'it opens no port and no socket: add a [unix_http_server] with file = /run/supervisor.sock, and restart supervisord',
    ],
  ] as const) {
    t.deepEqual(fromSupervisordConf(conf, context), { ok: false, message });
  }
});

async function askOracle(cases: unknown): Promise<v.InferOutput<typeof answers>> {
  const python = join(dirname(await findSupervisord()), 'python3');
  const child = spawn(python, [ORACLE], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(cases));
  return v.parse(answers, JSON.parse(await text(child.stdout)));
}
