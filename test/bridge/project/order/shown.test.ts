// Who waits for whom, in the full-screen view, on the page's wire, and beside other supervisors.
import test from 'ava';
import { testWith } from '../../../helpers/peers.ts';
import { openProject } from '../../../helpers/project/project.ts';
import { openTerminal } from '../../../helpers/terminal/terminal.ts';
import { eventually } from '../../../helpers/deadline.ts';
import { run } from '../../../../scripts/run.ts';

const BUNDLE = new URL('../../../../dist/multivisor.js', import.meta.url).pathname;
const FILES = {
  Procfile: '# multivisor: ready_cmd = test -e go\ndb: sleep 1000\n# multivisor: depends_on = db\nweb: sleep 1000\n',
};

testWith('tmux', test)('project tui: the rows say it, and what serves the others is folded away', async (t) => {
  const project = await openProject(t, 'procfile', { files: FILES });
  const names = ['XDG_RUNTIME_DIR', 'PORT', 'MULTIVISOR_TEST', 'PATH'];
  const env = Object.fromEntries(names.map((name) => [name, project.env[name] ?? '']));
  const terminal = await openTerminal({
    command: `${process.execPath} ${BUNDLE} project tui`,
    cwd: project.dir,
    env: { ...env, XDG_STATE_HOME: `${project.dir}/.state`, LC_ALL: 'C.UTF-8' },
  });
  try {
    const waiting = await terminal.until(
      (screen) => /STOPPED +web .*waiting for db/u.test(screen) && /RUNNING +db .*not ready: its command/u.test(screen),
      { what: 'who waits for whom', ms: 60_000 },
    );
    t.notRegex(waiting, /RUNNING +(?:autoreload|readiness)/u);
    await project.write('go', '');
    await terminal.until(
      (screen) => /RUNNING +web/u.test(screen) && !/not ready|waiting for/u.test(screen) && /agents/u.test(screen),
      { what: 'all is well', ms: 60_000 },
    );
  } finally {
    await project.mv('shutdown');
    await terminal.close();
  }
});

test('status of a configuration that names the project says why its programs wait', async (t) => {
  const project = await openProject(t, 'procfile', { files: FILES });
  await project.mv('-d', '--noreload');
  await project.untilState('waiting for db', 'web');
  await project.write('multivisor.conf', `[supervisor:shop]\nproject = ${project.dir}\n`);
  const status = async () => {
    const options = { cwd: project.dir, env: project.env, timeoutMs: 60_000, signal: new AbortController().signal };
    return (await run(process.execPath, [BUNDLE, 'status', '-c', 'multivisor.conf', '-o', 'wide'], options)).output;
  };
  const first = await eventually(status, (out) => out.includes('waiting for db'), { what: 'why', ms: 30_000 });
  t.regex(first, /web.*STOPPED.*waiting for db|STOPPED.*web.*waiting for db/u);
});
