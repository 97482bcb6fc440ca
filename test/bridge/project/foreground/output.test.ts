// What one reads while a project runs in the foreground.
import test from 'ava';
import { eventually } from '../../../helpers/deadline.ts';
import { testWith } from '../../../helpers/peers.ts';
import { openProject } from '../../../helpers/project/project.ts';
import { openTerminal } from '../../../helpers/terminal/terminal.ts';

const BUNDLE = new URL('../../../../dist/multivisor.js', import.meta.url).pathname;
const PROCFILE =
  'web: printf "one\\ntwo"; trap "printf bye; exit 0" TERM; while true; do sleep 0.1; done\n' +
  'worker: echo "half $((1 + 1))"; exec sleep 1000\n' +
  'short: echo gone; sleep 1.5; exit 3\n';

test('each line has its program before it, what happens stands between, and the last words are there', async (t) => {
  const project = await openProject(t, 'procfile', { files: { Procfile: PROCFILE } });
  const started = project.spawn('--noreload');
  await eventually(started.output, (text) => /short +│ ▪ exited with 3/u.test(text), { what: 'an end', ms: 30_000 });
  await project.untilState('RUNNING', 'web', 'worker');
  started.child.kill('SIGINT');
  t.is(await started.exit, 0);
  const output = started.output();
  const lines = output.split('\n');
  for (const line of ['web    │ one', 'worker │ half 2', 'short  │ gone', 'web    │ ▪ stopped']) {
    t.true(lines.includes(line), `${line} in\n${output}`);
  }
  t.regex(output, /^web +│ .*bye$/mu, 'also what has no line end');
  t.notRegex(output, /INFO|DEBG/u);
  t.false(output.includes('\u001b'));
});

test('a program that is started again has ended before, also when both are told at once', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { Procfile: '# multivisor: startsecs = 0\nweb: echo said; exit 4\n' },
  });
  const started = project.spawn('--noreload');
  const lines = () =>
    started
      .output()
      .split('\n')
      .flatMap((line) => /^web │ ▪ (started|exited)/u.exec(line)?.[1] ?? []);
  await eventually(lines, (words) => words.length >= 20, { what: 'ten turns', ms: 30_000 });
  started.child.kill('SIGINT');
  await started.exit;
  const turns = lines().slice(0, 20);
  t.deepEqual(turns, Array.from({ length: 10 }, () => ['started', 'exited']).flat());
});

test('with --raw it is what supervisord says', async (t) => {
  const project = await openProject(t, 'procfile', { files: { Procfile: 'web: sleep 1000\n' } });
  const started = project.spawn('--noreload', '--raw');
  await eventually(started.output, (text) => text.includes("INFO spawned: 'web' with pid"), {
    what: 'its log',
    ms: 30_000,
  });
  started.child.kill('SIGTERM');
  await started.exit;
  t.notRegex(started.output(), /│/u);
});

test('a log that is rotated and one that was there before are told once, and from now on', async (t) => {
  const project = await openProject(t, 'node', {
    files: {
      'kept.log': 'long ago\n',
      'supervisord.conf':
        '[program:kept]\ncommand=sh -c "echo now; sleep 1000"\nstdout_logfile=%(here)s/kept.log\n' +
        '[program:much]\ncommand=sh -c "for i in $(seq 100 299); do echo line $i; sleep 0.005; done; sleep 1000"\n' +
        'stdout_logfile=%(here)s/much.log\nstdout_logfile_maxbytes=1000\nstdout_logfile_backups=1\n',
    },
  });
  const started = project.spawn('--noreload');
  await eventually(started.output, (text) => text.includes('line 299'), { what: 'the last line', ms: 30_000 });
  started.child.kill('SIGINT');
  await started.exit;
  const output = started.output();
  t.true(output.includes('kept │ now'));
  t.false(output.includes('long ago'));
  const told = output.match(/(?<=much │ line )\d+/gu) ?? [];
  t.is(new Set(told).size, told.length, 'none twice');
});

testWith('tmux', test)('on a terminal each program has a colour of its own; NO_COLOR has none', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { Procfile: 'a: echo x; sleep 1000\nb: echo x; sleep 1000\n' },
  });
  const names = ['XDG_RUNTIME_DIR', 'PORT', 'MULTIVISOR_TEST', 'PATH'];
  const env = Object.fromEntries(names.map((name) => [name, project.env[name] ?? '']));
  for (const more of [{ NO_COLOR: '' }, { NO_COLOR: '1' }]) {
    const command = `${process.execPath} ${BUNDLE} project --noreload`;
    const terminal = await openTerminal({ command, cwd: project.dir, env: { ...env, ...more, LC_ALL: 'C.UTF-8' } });
    try {
      await terminal.until((screen) => /^a │ x/mu.test(screen) && /^b │ x/mu.test(screen), { what: 'both lines' });
      const styled = await terminal.screen({ styled: true });
      const [a, b] = ['a', 'b'].map((name) => new RegExp(String.raw`\u001b\[(\d+)m${name} │`, 'u').exec(styled)?.[1]);
      if (more.NO_COLOR === '') t.true(a !== undefined && b !== undefined && a !== b, styled);
      else t.is(a ?? b, undefined);
    } finally {
      await project.mv('shutdown');
      await terminal.close();
    }
  }
});
