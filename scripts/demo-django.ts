// `npm run demo:django`: a real Django site with a worker, and multivisor on it. Saving a view restarts both.
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/helpers/free-port.ts';
import { COMMAND, attach, demonstrate, isInteractive } from './demonstration/demonstration.ts';
import { djangoPython, installDjango } from './peers/find-django.ts';
import { findSupervisord } from './peers/find-supervisord.ts';
import { endMarked } from './demonstration/marked-processes.ts';
import { run } from './run.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const MARK = 'MULTIVISOR_EXAMPLE';
const RESTART_MS = 30_000;
const LOOK_EVERY_MS = 50;

await demonstrate(async (signal) => {
  const failure = await installDjango('5.2', { signal });
  if (failure !== null) throw new Error(`no Django: ${failure}`);
  const supervisord = await findSupervisord({ signal });
  const scratch = await mkdtemp(join(tmpdir(), 'multivisor-django-'));
  const dir = join(scratch, 'shop');
  const port = await freePort();
  await cp(join(ROOT, 'examples', 'django'), dir, { recursive: true });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    [MARK]: scratch,
    PATH: [process.env['PATH'] ?? '', dirname(supervisord)].join(delimiter),
    XDG_RUNTIME_DIR: scratch,
    PORT: String(port),
    MULTIVISOR_PYTHON: djangoPython('5.2'),
  };
  const view = join(dir, 'shop', 'views.py');
  const site = { dir, env, view, signal };
  process.stderr.write(`multivisor: a Django site on http://127.0.0.1:${port}/; save ${view} to see it restart\n`);
  try {
    return isInteractive() ? await project(site, ['tui', '--stop']) : await showOnce(site);
  } finally {
    await endMarked(`${MARK}=${scratch}`, []);
    await rm(scratch, { recursive: true, force: true });
  }
});

type Site = {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly view: string;
  readonly signal: AbortSignal;
};

async function showOnce(site: Site): Promise<number> {
  const started = await project(site, ['-d']);
  if (started !== 0) return started;
  await untilWatched(site);
  await project(site, ['status']);
  const before = await pidsOf(site);
  await appendFile(site.view, '\n# saved by the demonstration\n');
  const begun = performance.now();
  while ((await pidsOf(site)).some((pid) => pid === '0' || before.includes(pid))) {
    if (performance.now() - begun > RESTART_MS) throw new Error('the save restarted nothing');
    await delay(LOOK_EVERY_MS, undefined, { signal: site.signal });
  }
  process.stderr.write('multivisor: shop/views.py was saved, and both have been restarted\n');
  await project(site, ['status']);
  return project(site, ['shutdown']);
}

async function untilWatched(site: Site): Promise<void> {
  const begun = performance.now();
  while (!(await ask(site, ['tail', 'autoreload'])).includes('watching')) {
    if (performance.now() - begun > RESTART_MS) throw new Error('the watcher does not start');
    await delay(LOOK_EVERY_MS, undefined, { signal: site.signal });
  }
}

async function pidsOf(site: Site): Promise<readonly string[]> {
  return (await ask(site, ['pid', 'web', 'worker'])).trim().split('\n');
}

async function ask({ dir, env, signal }: Site, args: readonly string[]): Promise<string> {
  const options = { cwd: dir, env, signal, timeoutMs: RESTART_MS };
  return (await run(process.execPath, [COMMAND, 'project', ...args], options)).output;
}

function project({ dir, env, signal }: Site, args: readonly string[]): Promise<number> {
  return attach(['project', ...args], { cwd: dir, env, signal });
}
