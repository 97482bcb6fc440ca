import test from 'ava';
import { toBuiltInLayer, toCommandLineLayer } from '../../../../src/bridge/project/supervisord-conf/built-in-layers.ts';
import { addControlChannel } from '../../../../src/bridge/project/supervisord-conf/control-channel.ts';
import { originText, overlay } from '../../../../src/bridge/project/supervisord-conf/layers.ts';
import { toLegacyEndpoint } from '../../../../src/bridge/project/supervisord-conf/legacy-endpoint.ts';
import { mergeLayers } from '../../../../src/bridge/project/supervisord-conf/merge.ts';
import { parseProjectArguments } from '../../../../src/bridge/project/options.ts';
import { ProjectError } from '../../../../src/bridge/project/project-error.ts';
import { readLayer } from '../../../../src/bridge/project/supervisord-conf/read-layer.ts';

/** What a file, and a command line on top of it, come to. */
function merge(text: string, { argv = [], debug = true }: { argv?: readonly string[]; debug?: boolean } = {}) {
  const { options } = parseProjectArguments(argv);
  const file = readLayer({ text, spans: [] }, '/p/supervisord.conf').layer;
  const files = [
    toBuiltInLayer({ debug, runDir: '/run/p', companion: (name) => ['watch', name], ordered: false }),
    file,
  ];
  return mergeLayers([...files, toCommandLineLayer(options, overlay(files), (path) => `/cwd/${path}`)]);
}

type Row = readonly [
  name: string,
  text: string,
  argv: readonly string[],
  expected: Readonly<Record<string, string | null>>,
];

const TWO = '[program:web]\ncommand=a\n[program:bg]\ncommand=b\n';

/** Expected values by `section/option`; null: it is not there. */
const ROWS: readonly Row[] = [
  ['a default is there without a word', TWO, [], { 'program:web/redirect_stderr': 'true' }],
  ['the file wins over the default', `${TWO}redirect_stderr=false`, [], { 'program:bg/redirect_stderr': 'false' }],
  ['the command line wins over the file', `${TWO}autostart=true`, ['-n', 'bg'], { 'program:bg/autostart': 'false' }],
  ['nolaunch wins over launch', TWO, ['-n', 'bg', '-l', 'bg'], { 'program:bg/autostart': 'false' }],
  ['exclude wins over include', TWO, ['-x', 'bg', '-i', 'bg'], { 'program:bg/command': null }],
  ['include undoes an exclude of the file', `${TWO}exclude=true`, ['-i', 'bg'], { 'program:bg/command': 'b' }],
  ['an excluded program is gone', `${TWO}exclude=yes`, [], { 'program:bg/command': null, 'program:web/command': 'a' }],
  [
    '__defaults__ fills only what is missing',
    `${TWO}user=me\n[program:__defaults__]\nuser=nobody`,
    [],
    { 'program:web/user': 'nobody', 'program:bg/user': 'me', 'program:__defaults__/user': null },
  ],
  [
    '__overrides__ wins over everything, the command line included',
    `${TWO}[program:__overrides__]\nautostart=true`,
    ['-n', 'bg'],
    { 'program:bg/autostart': 'true' },
  ],
  [
    '__overrides__ brings its own options only',
    `${TWO}autoreload=false\n[program:__overrides__]\nuser=nobody`,
    [],
    { 'program:bg/autoreload': 'false', 'program:bg/user': 'nobody', 'program:web/autoreload': 'true' },
  ],
  [
    '--autoreload switches the others off',
    TWO,
    ['-r', 'bg'],
    { 'program:bg/autoreload': 'true', 'program:web/autoreload': 'false' },
  ],
  ['--noreload takes the watcher away', TWO, ['--noreload'], { 'program:autoreload/command': null }],
  ['--autoreload before --noreload', TWO, ['-r', 'bg', '--noreload'], { 'program:autoreload/command': null }],
  [
    'paths of the command line are those of the shell',
    TWO,
    ['--pidfile=p', '--logfile=l%'],
    { 'supervisord/pidfile': '/cwd/p', 'supervisord/logfile': '/cwd/l%%' },
  ],
  ['nodaemon is always said', TWO, [], { 'supervisord/nodaemon': 'true' }],
  ['and the other way with -d', TWO, ['-d'], { 'supervisord/nodaemon': 'false' }],
  [
    'an excluded program leaves its group',
    `${TWO}exclude=true\n[group:g]\nprograms=web,bg`,
    [],
    { 'group:g/programs': 'web' },
  ],
  ['an emptied group goes', `${TWO}exclude=true\n[group:g]\nprograms=bg`, [], { 'group:g/programs': null }],
];

for (const [name, text, argv, expected] of ROWS) {
  test(`merging: ${name}`, (t) => {
    const { merged, problems } = merge(text, { argv });
    t.deepEqual(problems, []);
    for (const [place, value] of Object.entries(expected)) {
      const [section = '', key = ''] = place.split('/');
      t.is(merged.get(section)?.get(key)?.value ?? null, value, place);
    }
  });
}

test('DEBUG decides on the watcher and on the level of the log', (t) => {
  t.is(merge(TWO, { debug: true }).merged.get('supervisord')?.get('loglevel')?.value, 'debug');
  t.is(merge(TWO, { debug: false }).merged.get('supervisord')?.get('loglevel'), undefined);
  t.true(merge(TWO, { debug: true }).merged.has('program:autoreload'));
  t.false(merge(TWO, { debug: false }).merged.has('program:autoreload'));
  t.true(merge(TWO, { debug: false, argv: ['-r', 'web'] }).merged.has('program:autoreload'));
});

test('each value knows where it came from', (t) => {
  const { merged } = merge(`${TWO}[program:__overrides__]\nuser=x`, { argv: ['-n', 'bg'] });
  const of = (key: string) => {
    const origin = merged.get('program:bg')?.get(key)?.origin;
    return origin && originText(origin, (file) => file.slice(3));
  };
  t.is(of('command'), 'supervisord.conf:4');
  t.is(of('user'), '__overrides__: supervisord.conf:6');
  t.is(of('redirect_stderr'), '__defaults__: default');
  t.is(of('autostart'), 'command line: --nolaunch');
});

test('a name that matches no program is an error with the nearest one', (t) => {
  const error = t.throws(() => merge('[program:worker]\ncommand=a\n', { argv: ['-n', 'wroker'] }), {
    instanceOf: ProjectError,
  });
  t.regex(error.message, /"wroker".*did you mean "worker"/u);
});

test('what nobody could run is told with its place', (t) => {
  const { problems } = merge('[program:ghost]\nautostart=true\n[group:g]\nprograms=ghsot\n');
  t.deepEqual(
    problems.map(({ line, message }) => [line, message.replaceAll(/;.*/gu, '')]),
    [
      [4, '[group:g] names no program "ghsot"'],
      [2, 'program "ghost" has no command configured in [program:ghost]'],
    ],
  );
});

const LOGIN = { username: 'derived', password: 'login' };
const CONTROL = { socketPath: '/run/p/s.sock', password: 'secret', env: { PASS: 'p%w' }, projectDir: '/p' };
const inet = (lines: string) => `[inet_http_server]\n${lines}\n`;

const ENDPOINTS: readonly (readonly [name: string, text: string, url: string, credentials: string | null])[] = [
  ['a socket of ours by default', '', 'unix:///run/p/s.sock', 'project:secret'],
  ['an own socket, which gets a login', '[unix_http_server]\nfile=/x/y.sock', 'unix:///x/y.sock', 'derived:login'],
  ['an own socket relative to the project', '[unix_http_server]\nfile=y.sock', 'unix:///p/y.sock', 'derived:login'],
  [
    'an own port and its credentials',
    inet('port=127.0.0.1:9123\nusername=u\npassword=v'),
    'http://127.0.0.1:9123',
    'u:v',
  ],
  ['a port on all addresses', inet('port=*:9123'), 'http://127.0.0.1:9123', 'derived:login'],
  [
    'a password of the environment',
    inet('port=9123\nusername=u\npassword=%(ENV_PASS)s'),
    'http://127.0.0.1:9123',
    'u:p%w',
  ],
  [
    'a hashed password nobody knows',
    inet('port=9123\nusername=u\npassword={SHA}x'),
    'unix:///run/p/s.sock',
    'project:secret',
  ],
  [
    'a hashed password that supervisorctl knows',
    `${inet('port=9123\nusername=u\npassword={SHA}x')}[supervisorctl]\npassword=v`,
    'http://127.0.0.1:9123',
    'u:v',
  ],
];

for (const [name, text, url, credentials] of ENDPOINTS) {
  test(`the control channel follows ${name}`, (t) => {
    const { merged, endpoint } = addControlChannel(merge(text).merged, { ...CONTROL, login: LOGIN, legacy: null });
    t.is(endpoint.serverurl, url);
    const found = endpoint.credentials;
    t.is(found && `${found.username}:${found.password}`, credentials);
    t.is(merged.get('supervisorctl')?.get('serverurl')?.value, url);
  });
}

test('parity 22: the derived endpoint is that of django-supervisor', (t) => {
  const legacy = toLegacyEndpoint('research-secret-key');
  t.deepEqual(legacy, { username: '926520a', password: '89de75284083332acab9cd5e1b1b8e6a', port: 9434 });
  const { endpoint } = addControlChannel(merge('').merged, { ...CONTROL, login: LOGIN, legacy });
  t.is(endpoint.serverurl, 'http://127.0.0.1:9434');
});
