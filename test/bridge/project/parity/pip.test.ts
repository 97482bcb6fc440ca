// The Django app as people install it: a wheel, in a new environment, in a new project.
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { djangoPython } from '../../../../scripts/peers/find-django.ts';
import { endMarked } from '../../../../scripts/demonstration/marked-processes.ts';
import { run } from '../../../../scripts/run.ts';
import { eventually } from '../../../helpers/deadline.ts';
import { ensureBundle } from '../../../helpers/project/project.ts';
import { testWithDjango } from '../../../helpers/project/django.ts';

const ROOT = new URL('../../../../', import.meta.url).pathname;
const LIMIT_MS = 300_000;

testWithDjango()('pip install, INSTALLED_APPS, manage.py supervisor: no PYTHONPATH', async (t) => {
  t.timeout(2 * LIMIT_MS);
  await ensureBundle();
  const base = await mkdtemp(join(tmpdir(), 'mv-pip-'));
  const mark = `MULTIVISOR_TEST=${base}`;
  t.teardown(async () => {
    await endMarked(mark, []);
    await rm(base, { recursive: true, force: true });
  });
  const [dir, bin, runtime] = ['site', 'bin', 'run'].map((name) => join(base, name));
  if (!dir || !bin || !runtime) throw new Error('three directories');
  await Promise.all([mkdir(dir), mkdir(bin), mkdir(runtime, { mode: 0o700 })]);
  const command = join(bin, 'multivisor');
  await writeFile(command, `#!/bin/sh\nexec ${process.execPath} ${join(ROOT, 'dist/multivisor.js')} "$@"\n`);
  await chmod(command, 0o755);
  const venv = join(base, 'venv');
  const python = join(venv, 'bin', 'python');
  const { PYTHONPATH: _, VIRTUAL_ENV: __, DJANGO_SETTINGS_MODULE: ___, ...inherited } = process.env;
  const env: NodeJS.ProcessEnv = {
    ...inherited,
    PATH: [bin, '/usr/bin', '/bin'].join(delimiter),
    XDG_RUNTIME_DIR: runtime,
    MULTIVISOR_TEST: base,
  };
  const call = async (words: readonly string[], more: NodeJS.ProcessEnv = {}) => {
    const [first = '', ...args] = words;
    const options = { cwd: dir, env: { ...env, ...more }, timeoutMs: LIMIT_MS, signal: new AbortController().signal };
    const { code, output } = await run(first, args, options);
    return { code, output };
  };
  const done = async (...words: readonly string[]) => {
    const { code, output } = await call(words);
    t.is(code, 0, `${words.join(' ')}:\n${output}`);
    return output;
  };
  // Building writes beside what it builds.
  await cp(join(ROOT, 'python'), join(base, 'python'), { recursive: true });
  await done(djangoPython('5.2'), '-m', 'pip', 'wheel', '--quiet', '--no-deps', '-w', base, join(base, 'python'));
  const wheel = (await readdir(base)).find((name) => name.endsWith('.whl')) ?? '';
  t.regex(wheel, /^multivisor_django-\d+\.\d+\.\d+-py3-none-any\.whl$/u);
  await done(djangoPython('5.2'), '-m', 'venv', venv);
  await done(python, '-m', 'pip', 'install', '--quiet', join(base, wheel), 'django==5.2');
  await done(join(venv, 'bin', 'django-admin'), 'startproject', 'shop', '.');
  const settings = join(dir, 'shop', 'settings.py');
  await writeFile(settings, `${await readFile(settings, 'utf8')}\nINSTALLED_APPS += ["djsupervisor"]\n`);
  await writeFile(
    join(dir, 'supervisord.conf'),
    '[program:worker]\ncommand={{ PYTHON }} -c "import time; time.sleep(1000)"\n',
  );

  const manage = (...args: readonly string[]) => call([python, 'manage.py', 'supervisor', ...args]);
  t.regex((await manage('getconfig')).output, /\[program:worker\]/u);
  t.is((await manage('check')).code, 0);
  t.is((await manage('-d')).code, 0);
  await eventually(
    () => manage('status', 'worker'),
    ({ code, output }) => code === 0 && output.includes('RUNNING'),
    { what: 'the worker runs', ms: 60_000 },
  );
  t.is((await manage('shutdown')).code, 0);

  const without = await call([python, 'manage.py', 'supervisor', 'status'], { PATH: '/usr/bin:/bin' });
  t.is(without.code, 1);
  t.regex(
    without.output,
    /^the command multivisor was not found on PATH; install it with "npm install --global".*\n$/u,
  );
  await done(python, '-m', 'pip', 'uninstall', '--quiet', '-y', 'supervisor');
  const unsupervised = await manage('-d');
  t.is(unsupervised.code, 1);
  t.regex(unsupervised.output, /supervisord was not found; install it with ".*pip install supervisor"/u);
  t.notRegex(without.output + unsupervised.output, /Traceback/u);
});

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

test('the package is of the same version as the command', async (t) => {
  const version = /"version": "([^"]+)"/u.exec(await read('package.json'))?.[1];
  t.is(/^version = "([^"]+)"/mu.exec(await read('python/pyproject.toml'))?.[1], version);
});
