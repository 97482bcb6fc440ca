import test from 'ava';
import { createDebounce } from '../../../src/bridge/project/autoreload/debounce.ts';
import { checkProject } from '../../../src/bridge/project/supervisord-conf/check.ts';
import { expandPercent } from '../../../src/bridge/project/supervisord-conf/expand-percent.ts';
import { overlay } from '../../../src/bridge/project/supervisord-conf/layers.ts';
import { localise } from '../../../src/bridge/project/supervisord-conf/localise.ts';
import { parseProjectArguments, toArguments } from '../../../src/bridge/project/options.ts';
import { ignores, matchesAny } from '../../../src/bridge/project/autoreload/patterns.ts';
import { procfileLayer } from '../../../src/bridge/project/template/procfile.ts';
import { ProjectError } from '../../../src/bridge/project/project-error.ts';
import { quoteArgument } from '../../../src/bridge/project/supervisord-conf/quote-argument.ts';
import { readLayer } from '../../../src/bridge/project/supervisord-conf/read-layer.ts';
import { starterConfig } from '../../../src/bridge/project/starter.ts';
import { toWatchPlan } from '../../../src/bridge/project/run-directory/watch-plan.ts';
import { writeConfig } from '../../../src/bridge/project/supervisord-conf/write-config.ts';
import { run } from '../../../scripts/run.ts';
import { testWith } from '../../helpers/peers.ts';

const layerOf = (text: string) => readLayer({ text, spans: [] }, '/p/supervisord.conf').layer;
const layersOf = (text: string) => [layerOf(text)];

const ARGUMENTS: readonly (readonly [argv: readonly string[], command: string | null, args: readonly string[]])[] = [
  [[], null, []],
  [['-d', '--pidfile=p', '--logfile', 'l'], null, []],
  [['-n', 'web', 'getconfig'], 'getconfig', []],
  [['-nweb', '--settings=site.prod', 'tail', '-f', 'web'], 'tail', ['-f', 'web']],
  [['signal', 'HUP', 'web'], 'signal', ['HUP', 'web']],
  [['status', '--noreload'], 'status', ['--noreload']],
];

for (const [argv, command, args] of ARGUMENTS) {
  test(`arguments: ${argv.join(' ') || '(none)'}`, (t) => {
    const parsed = parseProjectArguments(argv);
    t.is(parsed.command, command);
    t.deepEqual(parsed.args, args);
    t.deepEqual(parseProjectArguments(toArguments(parsed.options)).options, parsed.options);
  });
}

test('after -- there are only programs', (t) => {
  const { command, options } = parseProjectArguments(['-dn', 'web', '--', 'status', '-x']);
  t.is(command, null);
  t.like(options, { nolaunch: ['web'], only: ['status', '-x'] });
});

test('options add up, and what is not known is refused with the nearest one', (t) => {
  const { options } = parseProjectArguments(['-l', 'a', '--launch=b', '-dx', 'c', '--traceback', '-v', '2']);
  t.deepEqual([options.launch, options.exclude, options.daemonize], [['a', 'b'], ['c'], true]);
  for (const [argv, words] of [
    [['--nolauch', 'x'], /did you mean "--nolaunch"/u],
    [['-q'], /unknown option -q/u],
    [['-n'], /--nolaunch needs a value/u],
    [['--noreload=x'], /takes no value/u],
    [['--exit-on=never'], /fail, any or all/u],
    [['-p', 'x'], /--port x: that is no port/u],
    [['--scale', 'web'], /--scale web=2/u],
  ] as const) {
    t.regex(t.throws(() => parseProjectArguments(argv), { instanceOf: ProjectError }).message, words);
  }
});

const EXPANSIONS: readonly (readonly [string, string | null])[] = [
  ['%(program_name)s-%(process_num)02d', 'web-03'],
  ['100%%', '100%'],
  ['%(process_num)d', '3'],
  ['%(unknown)s', null],
  ['100%', null],
];

for (const [text, expected] of EXPANSIONS) {
  test(`expansion: ${text}`, (t) => t.is(expandPercent(text, { program_name: 'web', process_num: 3 }), expected));
}

testWith('python3', test)('a quoted word reaches the program as it was', async (t) => {
  const words = ['plain', 'a b', `it's "x"`, 'ü ;#', '', String.raw`back\slash`, '$HOME *'];
  const script = 'import shlex, sys, json; print(json.dumps(shlex.split(sys.argv[1])))';
  const line = words.map(quoteArgument).join(' ');
  t.false(/\s[;#]/u.test(line));
  const { output } = await run('python3', ['-c', script, line], {
    signal: new AbortController().signal,
    timeoutMs: 30_000,
  });
  t.deepEqual(JSON.parse(output), words);
});

test('a merged configuration is written so that it reads back the same', (t) => {
  const text = '[program:x]\ncommand=a\n  b\n\n  c\nk=1\n[a]\nl=2 %% %(x)s\n';
  const merged = overlay(layersOf(text));
  t.deepEqual(
    overlay(layersOf(writeConfig(merged)))
      .get('program:x')
      ?.get('command')?.value,
    'a\nb\n\nc',
  );
  t.is(writeConfig(overlay(layersOf(writeConfig(merged)))), writeConfig(merged));
});

test('%(here)s and the files of an include are those of the project', (t) => {
  const layer = localise(layerOf('[include]\nfiles=conf.d/*.ini /etc/x.ini\n[program:x]\ncommand=%(here)s/run'), {
    dir: '/a b/50%',
  });
  t.is(layer[1]?.settings.get('command')?.value, '/a b/50%%/run');
  t.is(layer[0]?.settings.get('files')?.value, '/a?b/50%%/conf.d/*.ini /etc/x.ini');
});

test('a Procfile becomes programs with a port each', (t) => {
  const text = '# c\nweb: node web.js --x=50%\n\nclock: while true; do date; done\n';
  const { layer, problems } = procfileLayer({
    file: 'Procfile',
    text,
    port: 5000,
  });
  t.deepEqual(problems, []);
  t.deepEqual(
    layer.map(({ name, settings }) => [name, settings.get('environment')?.value]),
    [
      ['program:web', 'PORT="5000"'],
      ['program:clock', 'PORT="5100"'],
    ],
  );
  t.is(layer[0]?.settings.get('command')?.value, String.raw`/bin/sh -c exec\ node\ web.js\ --x=50\%%`);
  t.is(procfileLayer({ file: 'Procfile', text: 'no process\n', port: 1 }).problems[0]?.line, 1);
});

const FILES: readonly (readonly [path: string, relevant: boolean, ignored: boolean])[] = [
  ['/p/a.py', true, false],
  ['/p/deep/er/b.py', true, false],
  ['/p/a.txt', false, false],
  ['/p/.git/a.py', true, true],
  ['/p/.hidden.py', true, true],
  ['/p/node_modules/x/a.py', true, true],
  ['/p/x/__pycache__/a.py', true, true],
  ['/p/venv/lib/a.py', true, true],
  ['/p/a.py~', false, true],
  ['/p/#a.py#', false, true],
  ['/p/log/x.py', true, true],
  ['/p/conf/x.conf.templated', false, true],
];

for (const [path, relevant, ignored] of FILES) {
  test(`the watcher and ${path}`, (t) => {
    t.is(matchesAny(['*.py', 'only/here/*.js'], '/p')(path), relevant);
    t.is(ignores(['.*', '#*', '*~'], ['/p/log'], ['/p'])(path), ignored);
  });
}

test('the watch plan names every process as supervisord does', (t) => {
  const merged = overlay(
    layersOf(`[program:web]
command=a
numprocs=2
numprocs_start=1
process_name=%(program_name)s_%(process_num)02d
autoreload=true
[program:bg]
command=b
autoreload=yes
autoreload_action=signal:HUP
autoreload_patterns=*.py, *.toml
[program:off]
command=c
autoreload=false
[program:once]
command=d
autoreload=true
autoreload_action=retry
[group:g]
programs=bg
stdout_logfile=/var/log/x.py
`),
  );
  const facts = { directories: ['/p'], patterns: ['*.py'], ignorePatterns: [], poll: false, runDir: '/run/p' };
  const plain = { patterns: null, ignore: [], directories: [], signal: null, retry: false };
  t.deepEqual(toWatchPlan(merged, facts).programs, [
    { ...plain, name: 'web', targets: ['web:web_01', 'web:web_02'] },
    { ...plain, name: 'bg', targets: ['g:bg'], patterns: ['*.py', '*.toml'], signal: 'HUP' },
    { ...plain, name: 'once', targets: ['once:once'], retry: true },
  ]);
});

/** Time that passes when told. */
function manualTime() {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    after: (ms: number, callback: () => void) => {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => void (timers = timers.filter((each) => each !== timer));
    },
    pass: (ms: number) => {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = next.at;
        timers = timers.filter((each) => each !== next);
        next.callback();
      }
      now = end;
    },
  };
}

test('a burst of changes is one piece of work after a pause, and never later than a second', async (t) => {
  const time = manualTime();
  const works: number[] = [];
  const changes = createDebounce<number>({
    quietMs: 100,
    longestMs: 1000,
    now: time.now,
    after: time.after,
    work: async (items) => void works.push(items.length),
  });
  for (let i = 0; i < 5; i++) {
    changes.push(i);
    time.pass(50);
  }
  time.pass(60);
  t.deepEqual(works, [5]);
  await Promise.resolve();
  for (let i = 0; i < 40; i++) {
    changes.push(i);
    time.pass(50);
    await Promise.resolve();
  }
  t.is(works.length, 2 + 1, 'two seconds of saving, twice');
});

test('a change while it works runs once more at the end', async (t) => {
  const time = manualTime();
  const works: number[][] = [];
  const finish: (() => void)[] = [];
  const changes = createDebounce<number>({
    quietMs: 100,
    longestMs: 1000,
    now: time.now,
    after: time.after,
    work: (items) => {
      works.push([...items]);
      return new Promise((resolve) => finish.push(resolve));
    },
  });
  changes.push(1);
  time.pass(100);
  changes.push(2);
  changes.push(3);
  time.pass(5000);
  t.deepEqual(works, [[1]]);
  finish[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  time.pass(100);
  t.deepEqual(works, [[1], [2, 3]]);
});

test('check names what will not do what was meant', (t) => {
  const merged = overlay(
    layersOf(`[program:web]
command=nosuch --x
auto_start=true
autoreload_action=hup
`),
  );
  t.deepEqual(
    checkProject(merged, { shorten: (file) => file.slice(3), isCommand: () => false, isDirectory: () => false }),
    [
      'supervisord.conf:2: [program:web] there is no command nosuch',
      'supervisord.conf:3: [program:web] has an option "auto_start" that supervisord ignores; did you mean "autostart"?',
      'supervisord.conf:4: [program:web] autoreload_action is "hup"; write restart, retry, or signal:HUP',
    ],
  );
});

const names = (text: string | null) => [...(text ?? '').matchAll(/^\[program:(.*)\]/gmu)].map((match) => match[1]);

const nothing = { django: false, celery: null, scripts: [], procfile: [], release: null };

test('a starter is written for what is there', (t) => {
  t.is(starterConfig(nothing), null);
  t.deepEqual(names(starterConfig({ ...nothing, django: true, celery: 'mysite' })), ['web', 'worker', 'beat']);
  t.deepEqual(names(starterConfig({ ...nothing, scripts: ['start', 'dev', 'worker', 'lint'] })), ['web', 'worker']);
  t.deepEqual(names(starterConfig({ ...nothing, procfile: [{ name: 'clock', command: 'x' }], scripts: ['start'] })), [
    'clock',
  ]);
});
