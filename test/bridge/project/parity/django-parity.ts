// The parity table with django-supervisor, row by row, on a real Django project with a web server and a worker.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DjangoVersion } from '../../../../scripts/peers/find-django.ts';
import { djangoPython } from '../../../../scripts/peers/find-django.ts';
import { findSupervisord } from '../../../../scripts/peers/find-supervisord.ts';
import { findPythonDir } from '../../../../src/bridge/project/project-files.ts';
import { eventually } from '../../../helpers/deadline.ts';
import { testWithDjango } from '../../../helpers/project/django.ts';
import { freePort } from '../../../helpers/free-port.ts';
import { optionOf } from '../../../helpers/project/getconfig.ts';
import { openProject, runIn } from '../../../helpers/project/project.ts';
import { spawn } from 'node:child_process';

const RUNNING = /^(autoreload|web|worker) {2,}RUNNING {3}pid \d+, uptime \d+:\d\d:\d\d$/u;

/** Registers the rows for one version of Django. */
export function testDjangoParity(django: DjangoVersion): void {
  const testDjango = testWithDjango(django);

  testDjango(
    'parity 1: the foreground start logs to stdout with --raw, and SIGINT stops all with exit code 0',
    async (t) => {
      const project = await openProject(t, 'django', { django });
      const started = project.spawn('--raw');
      await eventually(started.output, (text) => text.includes('success: worker entered RUNNING'), {
        what: 'its log',
        ms: 30_000,
      });
      started.child.kill('SIGINT');
      t.is(await started.exit, 0);
      t.regex(started.output(), /stopped: worker/u);
      t.deepEqual(project.alive(), []);
    },
  );

  testDjango(
    'parity 2, 9: a daemon with pidfile and logfile; shutdown ends it and takes the pidfile away',
    async (t) => {
      const project = await openProject(t, 'django', { django });
      t.is((await project.mv('-d', '--pidfile=p', '--logfile=l')).code, 0);
      const pid = (await project.read('p')).trim();
      t.true(existsSync(`/proc/${pid}`));
      t.regex(await project.read('l'), /supervisord started with pid/u);
      t.is((await project.mv('pid')).out.trim(), pid);
      t.like(await project.mv('shutdown'), { code: 0, out: 'Shut down\n' });
      t.false(existsSync(join(project.dir, 'p')));
      t.deepEqual(project.alive(), []);
    },
  );

  testDjango('parity 3, 4, 5, 6, 26, 34, 35, 36: what supervisorctl does, in its words', async (t) => {
    const project = await openProject(t, 'django', { django, env: { PYTHONPATH: findPythonDir(), FROM_SHELL: 'yes' } });
    const down = await project.mv('status');
    t.is(down.code, 4);
    t.regex(down.out, /^unix:\/\/\/.*s\.sock no such file\n$/u);
    t.regex(down.err, /start it with "multivisor project"/u);
    t.is((await project.mv('start', 'web')).code, 7);
    t.like(await project.mv('shutdown'), { code: 1 });

    t.is((await project.mv('-d')).code, 0);
    await project.untilState('RUNNING', 'web', 'worker', 'autoreload');
    const status = await project.mv('status');
    t.is(status.code, 0);
    t.deepEqual(
      status.out
        .trim()
        .split('\n')
        .filter((line) => !RUNNING.test(line)),
      [],
    );
    t.like(await project.mv('stop', 'worker'), { code: 0, out: 'worker: stopped\n' });
    t.is((await project.mv('status')).code, 3);
    t.like(await project.mv('status', 'web'), { code: 0 });
    t.like(await project.mv('status', 'nope'), { code: 4, out: 'nope: ERROR (no such process)\n' });
    t.like(await project.mv('stop', 'worker'), { code: 0, out: 'worker: ERROR (not running)\n' });
    t.like(await project.mv('start', 'worker'), { code: 0, out: 'worker: started\n' });
    t.like(await project.mv('start', 'worker'), { code: 0, out: 'worker: ERROR (already started)\n' });
    t.like(await project.mv('start', 'nope'), { code: 1, out: 'nope: ERROR (no such process)\n' });
    t.like(await project.mv('start', 'nope:*'), { code: 2, out: 'nope: ERROR (no such group)\n' });
    t.like(await project.mv('restart', 'worker', 'web'), {
      code: 0,
      out: 'worker: stopped\nweb: stopped\nworker: started\nweb: started\n',
    });
    t.is((await project.mv('start')).code, 2);
    t.is(
      (await project.mv('restart', 'all')).out.split('\n').filter((line) => /: (stopped|started)$/u.test(line)).length,
      6,
    );

    await eventually(
      async () => (await project.mv('tail', 'worker')).out,
      (out) => /job \d+: Good morning/u.test(out),
      { what: 'the worker has written something', ms: 30_000 },
    );
    t.like(await project.mv('tail', '-5x', 'worker'), { code: 1, out: 'Error: bad argument -5x\n' });
    t.like(await project.mv('tail', 'nope'), { code: 1, out: 'nope: ERROR (no such process name)\n' });
    t.regex((await project.mv('maintail', '-4000')).out, /entered RUNNING state/u);
    t.regex((await project.mv('avail')).out, /^worker {27}in use {4}auto {6}999:999$/mu);
    t.regex((await project.mv('version')).out, /^\d+\.\d+/u);
    t.is((await project.mv('clear', 'worker')).out, 'worker: cleared\n');
    t.like(await project.mv('signal', 'NOSUCH', 'worker'), { code: 1, out: 'worker: ERROR (bad signal name)\n' });
    t.like(await project.mv('remove', 'worker'), { code: 1, out: 'ERROR: process/group still running: worker\n' });
    t.like(await project.mv('fg', 'nope'), { code: 1, out: 'ERROR: bad process name supplied\n' });
    t.regex((await project.mv('statsu')).err, /did you mean "status"/u);
    await project.mv('stop', 'worker');
    t.like(await project.mv('remove', 'worker'), { code: 0, out: 'worker: removed process group\n' });
    t.like(await project.mv('add', 'worker'), { code: 0, out: 'worker: added process group\n' });
    await project.untilState('RUNNING', 'worker');
    const [before, old] = [await project.pid('web'), await project.pid('worker')];
    t.like(await project.mv('signal', 'HUP', 'worker'), { code: 0, out: 'worker: signalled\n' });
    await project.newPid('worker', old);
    t.is(await project.pid('web'), before);

    const shell = await project.feed('status web\nstop worker\nnope\nstart worker\nexit\n', 'shell');
    t.is(shell.code, 0);
    t.true(shell.out.startsWith('autoreload'), shell.out);
    t.regex(
      shell.out,
      /supervisor> web {2,}RUNNING.*\nsupervisor> worker: stopped\nsupervisor> \*\*\* Unknown syntax: nope\nsupervisor> worker: started/u,
    );
    const asked = await project.feed('shutdown\nn\nstatus web\n', 'shell');
    t.regex(asked.out, /down y\/N\? supervisor> web {2,}RUNNING/u);

    const environ = readFileSync(`/proc/${await project.pid('worker')}/environ`, 'utf8').split('\0');
    for (const entry of [
      'DJANGO_SETTINGS_MODULE=mysite.settings',
      'FROM_SHELL=yes',
      'SUPERVISOR_ENABLED=1',
      'WORKER_MODE="eager"',
    ]) {
      t.true(
        environ.some((each) => each === entry || each === entry.replaceAll('"', '')),
        entry,
      );
    }

    const again = await project.mv();
    t.is(again.code, 0);
    t.regex(again.out, /^web {2,}RUNNING/mu);
    t.like(await project.mv('--no-attach'), { code: 2 });

    const manage = (...args: readonly string[]) => runIn(project, djangoPython(django), 'manage.py', ...args);
    t.regex((await manage('help', 'supervisor')).out, /multivisor project \[options\] \[command/u);
    t.regex((await manage('supervisor', '--help')).out, /--config-file FILE/u);
    t.like(await manage('supervisor', '--settings=mysite.settings', '--traceback', 'stop', 'worker'), {
      code: 0,
      out: 'worker: stopped\n',
    });
    t.is((await manage('supervisor', 'status')).code, 3);
    const script = `
import io, os
os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
import django
django.setup()
from django.core.management import CommandError, call_command
out = io.StringIO()
call_command("supervisor", "start", "worker", stdout=out)
print(repr(out.getvalue()))
try:
    call_command("supervisor", "-n", "web", "status", "nope", stdout=out)
except CommandError as error:
    print(error.returncode)`;
    t.is((await runIn(project, djangoPython(django), '-c', script)).out, "'worker: started\\n'\n4\n");
  });

  testDjango(
    'parity 7: what getconfig prints is started by a stock supervisord, and is still controlled',
    async (t) => {
      const project = await openProject(t, 'django', { django });
      const config = await project.mv('getconfig');
      await project.write('merged.conf', config.out);
      const child = spawn(await findSupervisord(), ['-n', '-c', join(project.dir, 'merged.conf')], {
        env: project.env,
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      t.teardown(() => child.kill('SIGTERM'));
      await project.untilState('RUNNING', 'web', 'worker', 'autoreload');
      await project.mv('shutdown');
      t.is(await ended, 0);
    },
  );

  testDjango('parity 8: reread, update and reload render the file again, with the options of the start', async (t) => {
    const project = await openProject(t, 'django', { django });
    await project.mv('-d', '-n', 'web', '--noreload');
    t.like(await project.mv('reread'), { code: 0, out: 'No config updates to processes\n' });
    const config = await project.read('supervisord.conf');
    const extra = '\n[program:extra]\ncommand=sleep {{ settings.NAP }}\n';
    await project.write('supervisord.conf', config + extra);
    const settings = await project.read('mysite/settings.py');
    await project.write('mysite/settings.py', `${settings}NAP = 1000\n`);
    t.like(await project.mv('reread'), { code: 0, out: 'extra: available\n' });
    t.like(await project.mv('update'), { code: 0, out: 'extra: added process group\n' });
    await project.untilState('RUNNING', 'extra');
    t.is((await project.mv('status', 'web')).code, 3);
    const old = await project.pid('extra');
    await project.write('mysite/settings.py', `${settings}NAP = 2000\n`);
    t.is((await project.mv('update')).out, 'extra: stopped\nextra: updated process group\n');
    await project.newPid('extra', old);
    await project.write('supervisord.conf', config + extra.replace('{{', '{% if %}{{'));
    const broken = await project.mv('reread');
    t.is(broken.code, 1);
    t.regex(broken.out, /^ERROR: supervisord\.conf:\d+: TemplateSyntaxError/u);
    t.is((await project.mv('status', 'extra')).code, 0);
    await project.write('supervisord.conf', config);
    const pid = await project.pid('worker');
    t.like(await project.mv('reload'), { code: 0, out: 'Restarted supervisord\n' });
    await project.newPid('worker', pid);
    t.like(await project.mv('status', 'extra'), { code: 4 });
  });

  testDjango('parity 10 to 17: merging and DEBUG as the command line and the files ask for it', async (t) => {
    const project = await openProject(t, 'django', { django });
    const config = await project.read('supervisord.conf');
    const get = async (...args: readonly string[]) => (await project.mv(...args, 'getconfig')).out;
    await project.write('supervisord.conf', config.replace('[program:worker]', 'autostart=true\n[program:worker]'));
    const plain = await get();
    t.is(optionOf(plain, 'program:web', 'autostart'), 'true');
    t.is(optionOf(plain, 'program:web', 'redirect_stderr'), 'true');
    t.is(optionOf(plain, 'program:worker', 'stopwaitsecs'), '5');
    t.is(optionOf(plain, 'supervisord', 'loglevel'), 'debug');
    t.is(optionOf(await get('-n', 'web'), 'program:web', 'autostart'), 'false');
    t.is(optionOf(await get('-l', 'worker'), 'program:worker', 'autostart'), 'true');
    t.is(optionOf(await get('-x', 'worker'), 'program:worker', 'command'), null);
    const production = await get('--settings=mysite.prod');
    t.is(optionOf(production, 'supervisord', 'loglevel'), null);
    t.is(optionOf(production, 'program:autoreload', 'command'), null);
    t.is(optionOf(production, 'program:worker', 'environment'), 'WORKER_MODE="queued"');
    t.not(optionOf(await get('--settings=mysite.prod', '-r', 'web'), 'program:autoreload', 'command'), null);
    const ghost = await project.mv('-l', 'ghost', 'getconfig');
    t.is(ghost.code, 2);
    t.regex(ghost.err, /no program "ghost" has a command configured/u);
    await project.write('supervisord.conf', `${config}autoreload=true\n[program:__overrides__]\nuser=nobody\n`);
    t.is(optionOf(await get(), 'program:web', 'autoreload'), 'true');
    t.is(optionOf(await get(), 'program:web', 'user'), 'nobody');
    const explained = (await project.mv('getconfig', '--explain')).out;
    t.regex(explained, /user=nobody +; __overrides__: supervisord\.conf:\d+/u);
    t.regex(explained, /password=… +; control channel/u);
  });

  testDjango(
    'parity 22: --legacy-endpoint listens where django-supervisor did, also after SECRET_KEY was changed',
    async (t) => {
      const project = await openProject(t, 'django', { django });
      const settings = await project.read('mysite/settings.py');
      const key = (secret: string) =>
        project.write('mysite/settings.py', settings.replace('only-for-this-example', secret));
      await key('research-secret-key');
      const config = (await project.mv('--legacy-endpoint', 'getconfig')).out;
      t.is(optionOf(config, 'inet_http_server', 'port'), '127.0.0.1:9434');
      t.is(optionOf(config, 'inet_http_server', 'username'), '926520a');
      t.is(optionOf(config, 'inet_http_server', 'password'), '89de75284083332acab9cd5e1b1b8e6a');
      t.is(optionOf(config, 'supervisorctl', 'serverurl'), 'http://127.0.0.1:9434');
      t.is(optionOf(config, 'unix_http_server', 'file'), null);
      await key(`secret of ${project.dir}`);
      const started = await project.mv('-d', '--legacy-endpoint');
      t.is(started.code, 0, started.err);
      await key(`rotated of ${project.dir}`);
      await project.untilState('RUNNING', 'web', 'worker');
      t.is((await project.mv('reread')).code, 0);
      await project.untilState('RUNNING', 'web', 'worker');
      t.is((await project.mv('reload')).code, 0);
      await project.untilState('RUNNING', 'web', 'worker');
    },
  );

  testDjango('parity 23: own server sections are honoured, and the commands follow them', async (t) => {
    const port = await freePort();
    const project = await openProject(t, 'django', { django });
    const config = await project.read('supervisord.conf');
    await project.write(
      'supervisord.conf',
      `${config}\n[inet_http_server]\nport=127.0.0.1:${port}\nusername=u\npassword=p%%w\n`,
    );
    t.is((await project.mv('-d')).code, 0);
    t.is((await project.mv('status', 'worker')).code, 0);
    t.is(optionOf((await project.mv('getconfig')).out, 'unix_http_server', 'file'), null);
    await project.mv('shutdown');
    await project.write('supervisord.conf', `${config}\n[unix_http_server]\nfile=%(here)s/own.sock\n`);
    t.is((await project.mv('-d')).code, 0);
    t.true(existsSync(join(project.dir, 'own.sock')));
    t.is((await project.mv('status', 'worker')).code, 0);
  });

  testDjango('parity 24, 25: the file by setting and by option, the project from anywhere', async (t) => {
    const project = await openProject(t, 'django', { django });
    await project.write('conf/own.conf', '[program:own]\ncommand=%(here)s/x\n');
    const byOption = await project.mvIn(
      '/',
      `--project-dir=${project.dir}`,
      '--config-file=conf/own.conf',
      'getconfig',
    );
    t.is(optionOf(byOption.out, 'program:own', 'command'), `${project.dir}/conf/x`);
    const settings = await project.read('mysite/settings.py');
    await project.write('mysite/settings.py', `${settings}SUPERVISOR_CONFIG_FILE = "conf/own.conf"\n`);
    const bySetting = await project.mvIn(join(project.dir, 'shop'), 'getconfig');
    t.is(optionOf(bySetting.out, 'program:own', 'command'), `${project.dir}/conf/x`);
    const byModule = await project.mvIn('/', '--settings=mysite.settings', `--pythonpath=${project.dir}`, 'getconfig');
    t.is(optionOf(byModule.out, 'program:own', 'command'), `${project.dir}/conf/x`);
    project.env['PYTHONPATH'] = findPythonDir();
    const manage = join(project.dir, 'manage.py');
    const { out } = await runIn({ ...project, dir: '/' }, djangoPython(django), manage, 'supervisor', 'getconfig');
    t.is(optionOf(out, 'program:own', 'command'), `${project.dir}/conf/x`);
  });

  testDjango('PYTHON stays the one of the virtual environment, and a pruned group starts', async (t) => {
    const project = await openProject(t, 'django', { django });
    const config = await project.read('supervisord.conf');
    await project.write(
      'supervisord.conf',
      `${config}\n[program:gone]\ncommand=x\nexclude=true\n[group:all]\nprograms=gone,worker\n`,
    );
    t.is((await project.mv('-d', '--noreload')).code, 0);
    await project.untilState('RUNNING', 'all:worker');
    t.true((await project.mv('getconfig')).out.includes(`command=${djangoPython(django)} `));
  });
}
