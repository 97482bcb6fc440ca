// Which project is meant, and with what it runs: by where one stands.
import { spawn } from 'node:child_process';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { findPython, findProject } from '../../../src/bridge/project/find-project.ts';
import { NO_OPTIONS } from '../../../src/bridge/project/options.ts';
import { findSupervisord } from '../../../scripts/peers/find-supervisord.ts';
import { djangoPython } from '../../../scripts/peers/find-django.ts';
import { testWithDjango } from '../../helpers/project/django.ts';
import { openProject } from '../../helpers/project/project.ts';

const testDjango = testWithDjango();
const WEB = '[program:web]\ncommand=sleep 1000\n';

test('a Procfile, a supervisord.conf or a package.json here is meant, and not the manage.py above', async (t) => {
  const project = await openProject(t, 'django', {
    files: {
      'front/Procfile': 'web: sleep 1\n',
      'conf/supervisord.conf': WEB,
      'app/package.json': '{"scripts":{"start":"x"}}',
    },
  });
  const kindIn = (folder: string) => findProject(NO_OPTIONS, { cwd: join(project.dir, folder), env: {} }).kind;
  t.is(kindIn('front'), 'procfile');
  t.is(kindIn('conf'), 'config');
  t.is(kindIn('shop'), 'django');
  t.throws(() => kindIn('app'), { message: /app has no supervisord.conf.*init/u });
  const init = await project.mvIn(join(project.dir, 'app'), 'init');
  t.is(init.out, `${join(project.dir, 'app', 'supervisord.conf')}\n`);
  const refused = await project.mvIn(join(project.dir, 'shop'), 'init');
  t.is(refused.code, 2, 'it would have to write into a parent');
});

testDjango('without a manage.py it is Django all the same, by --settings or by the environment', async (t) => {
  const project = await openProject(t, 'procfile', {
    env: { MULTIVISOR_PYTHON: djangoPython('5.2') },
    files: {
      'site1/__init__.py': '',
      'site1/settings.py': 'SECRET_KEY = "x"\nDEBUG = False\nINSTALLED_APPS = []\nNAME = "from-settings"\n',
      'supervisord.conf': '[program:web]\ncommand=echo {{ settings.NAME }}\n',
    },
  });
  t.regex((await project.mv('--settings=site1.settings', 'getconfig')).out, /echo from-settings/u);
  project.env['DJANGO_SETTINGS_MODULE'] = 'site1.settings';
  t.regex((await project.mv('getconfig')).out, /echo from-settings/u);
  // Left over from another project of the same shell.
  project.env['DJANGO_SETTINGS_MODULE'] = 'other.settings';
  t.notRegex((await project.mv('getconfig')).out, /from-settings/u);
});

test('a virtual environment above the project is found, and its commands are on the PATH of the programs', async (t) => {
  const project = await openProject(t, 'procfile', {
    name: 'repo/backend',
    files: {
      Procfile: 'web: tool; sleep 1000\n',
      '../.venv/pyvenv.cfg': '',
      '../.venv/bin/python': '#!/bin/sh\nexec python3 "$@"\n',
      '../.venv/bin/tool': '#!/bin/sh\necho "tool of the venv"\n',
    },
  });
  const venv = join(project.dir, '../.venv');
  const { chmod } = await import('node:fs/promises');
  await Promise.all(['python', 'tool'].map((name) => chmod(join(venv, 'bin', name), 0o755)));
  t.is(findPython(NO_OPTIONS, project.dir, { cwd: project.dir, env: {} }), join(venv, 'bin/python'));
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'web');
  t.regex((await project.mv('tail', 'web')).out, /tool of the venv/u);
});

testDjango('numbers in a configuration are written as in Python, whatever the language of the site', async (t) => {
  const project = await openProject(t, 'django');
  await project.write(
    'mysite/settings.py',
    `${await project.read('mysite/settings.py')}\nLANGUAGE_CODE = "de"\nUSE_I18N = True\nUSE_THOUSAND_SEPARATOR = True\nHALF = 1.5\nPORT = 19876\n`,
  );
  await project.write('supervisord.conf', '[program:a]\ncommand=run {{ settings.HALF }} {{ settings.PORT }}\n');
  t.regex((await project.mv('getconfig')).out, /^command=run 1\.5 19876$/mu);
});

test('-x holds for the call that says it: the next update brings the program back', async (t) => {
  const project = await openProject(t, 'node', {
    files: { 'supervisord.conf': `${WEB}[program:b]\ncommand=sleep 1000\n` },
  });
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'web', 'b');
  t.regex((await project.mv('-x', 'b', 'update')).out, /b: removed process group/u);
  t.regex((await project.mv('update')).out, /b: added process group/u);
  t.regex((await project.mv('-x', 'b', 'update')).out, /b: removed process group/u);
  t.is((await project.mv('reload')).code, 0);
  await project.untilState('RUNNING', 'web', 'b');
});

test('a server section without a login has one, also for a socket', async (t) => {
  const project = await openProject(t, 'node', {
    files: {
      'supervisord.conf': `${WEB}[inet_http_server]\nport=0.0.0.0:%(ENV_PORT)s\n[unix_http_server]\nfile=%(here)s/own.sock\n`,
    },
  });
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'web');
  const answer = await fetch(`http://127.0.0.1:${project.port}/RPC2`, { method: 'POST', body: '' });
  t.is(answer.status, 401);
  const check = await project.mv('check');
  t.regex(check.out, /supervisord\.conf:4: \[inet_http_server\] .*every address/u);
});

testDjango('a server section without a login has the one that django-supervisor filled in', async (t) => {
  const project = await openProject(t, 'django');
  await project.write(
    'mysite/settings.py',
    `${await project.read('mysite/settings.py')}\nSECRET_KEY = "research-secret-key"\n`,
  );
  await project.write('supervisord.conf', `${WEB}[inet_http_server]\nport=127.0.0.1:{{ environ.PORT }}\n`);
  const { out } = await project.mv('getconfig');
  t.regex(out, /username=926520a\npassword=89de75284083332acab9cd5e1b1b8e6a/u);
});

test('release runs once, before the others and with their variables; when it fails, nothing is started', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: {
      '.env': 'NAME=x\n',
      Procfile: 'release: echo "$NAME" >> released\nweb: cat released > seen; exec sleep 1000\n',
    },
  });
  t.is((await project.mv('-d', '--noreload')).code, 0);
  await project.untilState('RUNNING', 'web');
  t.is(await project.read('seen'), 'x\n');
  t.notRegex((await project.mv('status')).out, /release/u);
  await project.mv('shutdown');
  await project.write('Procfile', 'release: exit 7\nweb: sleep 1000\n');
  const failed = await project.mv('-d');
  t.is(failed.code, 7);
  t.regex(failed.err, /release exited with 7, so nothing was started/u);
  t.deepEqual(project.alive(), []);
});

testDjango('an app that is a link to elsewhere is watched there, and so is a package beside the project', async (t) => {
  const project = await openProject(t, 'django', {
    name: 'repo/site',
    files: { '../linked/__init__.py': '', '../lib/helpers/__init__.py': '' },
  });
  await symlink(join(project.dir, '../linked'), join(project.dir, 'linked'));
  project.env['PYTHONPATH'] = join(project.dir, '../lib');
  await project.write(
    'mysite/settings.py',
    `${await project.read('mysite/settings.py')}\nINSTALLED_APPS += ["linked"]\n`,
  );
  await project.mv('-d');
  await project.untilState('RUNNING', 'web', 'worker', 'autoreload');
  const plan = await import('../../../src/bridge/project/run-directory/watch-plan.ts');
  const { readPrivate, toRunDirectory } = await import('../../../src/bridge/project/run-directory/paths.ts');
  const read = readPrivate(toRunDirectory(project.dir, project.env).plan, plan.watchPlanSchema);
  const above = join(project.dir, '..');
  t.deepEqual(read?.directories, [project.dir, join(above, 'linked'), join(above, 'lib')]);
});

const INIT: readonly (readonly [kind: 'django' | 'procfile', files: Readonly<Record<string, string>>])[] = [
  [
    'procfile',
    {
      '.env': 'NAME=from-env\n',
      Procfile: 'web: echo "web $PORT $NAME"; sleep 1000\nbeat: echo "beat $PORT $NAME"; sleep 1000\n',
    },
  ],
  [
    'django',
    {
      '.env': '',
      Procfile: 'web: echo "web $PORT"; sleep 1000\nbeat: echo "beat $PORT"; sleep 1000\n',
      'mysite/celery.py': '',
    },
  ],
];

for (const [kind, files] of INIT) {
  const testKind = kind === 'django' ? testDjango : test;
  testKind(
    `${kind}: what init writes of a Procfile runs with the same ports and variables, also in a path with spaces`,
    async (t) => {
      const project = await openProject(t, kind, { name: 'my project', files });
      const conf = join(project.dir, 'supervisord.conf');
      const { rm } = await import('node:fs/promises');
      await rm(conf, { force: true });
      t.is((await project.mv('init')).code, 0);
      const sections = (await project.read('supervisord.conf')).match(/^\[.*\]$/gmu) ?? [];
      t.is(new Set(sections).size, sections.length);
      const started = await project.mv('-d', '--noreload');
      t.is(started.code, 0, started.err);
      await project.untilState('RUNNING', 'web', 'beat');
      const name = kind === 'django' ? '' : ' from-env';
      t.regex((await project.mv('tail', 'web')).out, new RegExp(`web ${project.port}${name}`, 'u'));
      t.regex((await project.mv('tail', 'beat')).out, new RegExp(`beat ${project.port + 100}${name}`, 'u'));
    },
  );
}

testDjango('what init writes for Django runs in a path with spaces', async (t) => {
  const project = await openProject(t, 'django', { name: 'my project' });
  const { rm } = await import('node:fs/promises');
  await rm(join(project.dir, 'supervisord.conf'));
  await project.mv('init');
  t.is((await project.mv('-d', '--noreload')).code, 0);
  await project.untilState('RUNNING', 'web');
});

const PREPARES = `#!/usr/bin/env python
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps"))
os.environ["FROM_MANAGE"] = "prepared"


def main():
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config." + "settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
`;

testDjango(
  'what manage.py prepares, its variables and its sys.path, holds without manage.py, and for the programs',
  async (t) => {
    const project = await openProject(t, 'django', {
      files: {
        'manage.py': PREPARES,
        'config/__init__.py': '',
        'config/settings.py':
          'import nested\nfrom os import environ\nSECRET_KEY = "x"\nDEBUG = False\nINSTALLED_APPS = ["nested"]\nSEEN = environ["FROM_MANAGE"]\n',
        'apps/nested/__init__.py': '',
        'supervisord.conf':
          '[program:web]\ncommand=sh -c "echo {{ settings.SEEN }} $FROM_MANAGE $DJANGO_SETTINGS_MODULE; sleep 1000"\n',
      },
    });
    const started = await project.mv('-d');
    t.is(started.code, 0, started.err);
    await project.untilState('RUNNING', 'web');
    t.regex((await project.mv('tail', 'web')).out, /^prepared prepared config\.settings$/mu);
  },
);

testDjango('a manage.py that fails says where', async (t) => {
  const project = await openProject(t, 'django');
  await project.write('manage.py', 'import os\n\nos.environ["X"] = 1 / 0\n');
  const { code, err } = await project.mv('getconfig');
  t.is(code, 2);
  t.regex(err, /manage\.py:3: ZeroDivisionError/u);
});

testDjango(
  'djsupervisor in INSTALLED_APPS that Python does not find: check says with which line to install it',
  async (t) => {
    const project = await openProject(t, 'django');
    const listed = `${await project.read('mysite/settings.py')}\nINSTALLED_APPS.append("djsupervisor")\n`;
    await project.write('mysite/settings.py', listed);
    const { code, out } = await project.mv('check');
    t.is(code, 2);
    t.regex(out, /cannot import it.*-m pip install .*\/python/u);
    project.env['PYTHONPATH'] = (await project.mv('django-path')).out.trim();
    t.notRegex((await project.mv('check')).out, /cannot import it/u);
  },
);

test('getconfig of a project that runs is with the options of its start, and says what an update would do', async (t) => {
  const project = await openProject(t, 'procfile', { files: { Procfile: 'a: sleep 1000\nb: sleep 1000\n' } });
  await project.mv('-d', '--noreload', '-x', 'b', '-p', '7000');
  const sections = async (...args: readonly string[]) => {
    const { out } = await project.mv(...args, 'getconfig');
    return [...new Set(out.match(/(?<=\[program:)\w+|PORT="\d+"/gu))];
  };
  t.deepEqual(await sections(), ['a', 'PORT="7000"']);
  t.deepEqual(await sections('-p', '8000'), ['a', 'PORT="8000"'], 'what a call says, holds for it');
  await project.mv('shutdown');
  t.deepEqual(await sections('--noreload'), ['a', `PORT="${project.port}"`, 'b', `PORT="${project.port + 100}"`]);
});

test('--config-file names another Procfile, also beside a manage.py', async (t) => {
  for (const kind of ['procfile', 'django'] as const) {
    const project = await openProject(t, kind, { files: { 'Procfile.dev': 'other: sleep 1000\n' } });
    const { code, out } = await project.mv('--config-file', 'Procfile.dev', 'getconfig');
    t.is(code, 0);
    t.deepEqual(out.match(/(?<=\[program:)(?!autoreload)\w+/gu), ['other']);
  }
});

test('what getconfig prints works as a file after everything that a reboot takes away is gone', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { Procfile: '# multivisor: ready_cmd = true\na: sleep 1000\n# multivisor: depends_on = a\nb: sleep 1000\n' },
  });
  await project.mv('-d');
  await project.mv('shutdown');
  await rm(join(project.env['XDG_RUNTIME_DIR'] ?? '', 'multivisor'), { recursive: true });
  await project.write('printed.conf', (await project.mv('getconfig')).out);
  const child = spawn(await findSupervisord(), ['-n', '-c', join(project.dir, 'printed.conf')], {
    env: project.env,
    stdio: 'ignore',
    cwd: project.dir,
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  t.teardown(() => child.kill('SIGTERM'));
  await project.untilState('RUNNING', 'a', 'b', 'autoreload', 'readiness');
  await project.mv('shutdown');
  t.is(await ended, 0);
});
