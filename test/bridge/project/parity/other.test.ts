// The parity table on projects without Django: a Node one and a Procfile (row 38, and the rows that apply to both).
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { eventually } from '../../../helpers/deadline.ts';
import { portOpens } from '../../../helpers/free-port.ts';
import { optionOf } from '../../../helpers/project/getconfig.ts';
import type { ProjectKind } from '../../../helpers/project/project.ts';
import { openProject } from '../../../helpers/project/project.ts';

type Subject = { readonly kind: ProjectKind; readonly programs: readonly [string, string]; readonly edit: string };

const SUBJECTS: readonly Subject[] = [
  { kind: 'node', programs: ['web', 'mail'], edit: 'server.js' },
  { kind: 'procfile', programs: ['web', 'clock'], edit: 'web.mjs' },
];

for (const { kind, programs, edit } of SUBJECTS) {
  const [first, second] = programs;

  test(`parity 38 (${kind}): it starts without Django, serves, restarts on a save, and stops`, async (t) => {
    const project = await openProject(t, kind);
    // The example's own port may be taken on the machine that tests.
    if (kind === 'procfile') await project.write('.env', `GREETING="Good morning"\nPORT=${project.port}\n`);
    t.is((await project.mv('-d')).code, 0);
    await project.untilState('RUNNING', first, second, 'autoreload');
    await portOpens(project.port);
    t.regex(await (await fetch(`http://127.0.0.1:${project.port}/`)).text(), /Good morning/u);
    await eventually(
      async () => (await project.mv('tail', 'autoreload')).out,
      (out) => out.includes('watching'),
      {
        what: 'the watcher watches',
        ms: 30_000,
      },
    );
    const old = await project.pid(first);
    const oldSecond = await project.pid(second);
    await project.write('.next', `${await project.read(edit)}\n`);
    await rename(join(project.dir, '.next'), join(project.dir, edit));
    await project.newPid(first, old);
    await project.newPid(second, oldSecond);
    t.is((await project.mv('stop', second)).out, `${second}: stopped\n`);
    t.is((await project.mv('status')).code, 3);
    t.like(await project.mv('restart', second), { code: 0 });
    t.is((await project.mv('status', second)).code, 0);
    t.is((await project.mv()).code, 0);
    t.is((await project.mv('--no-attach')).code, 2);
    t.like(await project.mv('shutdown'), { code: 0, out: 'Shut down\n' });
    t.is((await project.mv('status')).code, 4);
  });

  test(`parity 1 (${kind}): in the foreground SIGINT stops all with exit code 0`, async (t) => {
    const project = await openProject(t, kind);
    if (kind === 'procfile') await project.write('.env', `GREETING=x\nPORT=${project.port}\n`);
    const started = project.spawn('--noreload', '--raw');
    await eventually(started.output, (text) => text.includes(`success: ${second} entered RUNNING`), {
      what: 'its log',
      ms: 30_000,
    });
    started.child.kill('SIGINT');
    t.is(await started.exit, 0);
    t.deepEqual(project.alive(), []);
  });

  test(`parity 10, 13, 14, 15, 16, 17, 26 (${kind}): merging and the environment`, async (t) => {
    const project = await openProject(t, kind, { env: { FROM_SHELL: 'yes' } });
    const plain = (await project.mv('getconfig')).out;
    t.is(optionOf(plain, `program:${first}`, 'redirect_stderr'), 'true');
    t.is(optionOf((await project.mv('-n', first, 'getconfig')).out, `program:${first}`, 'autostart'), 'false');
    t.is(optionOf((await project.mv('-x', second, 'getconfig')).out, `program:${second}`, 'command'), null);
    t.regex((await project.mv('-l', 'ghost', 'getconfig')).err, /no program "ghost"/u);
    t.regex((await project.mv('--legacy-endpoint', 'getconfig')).err, /only a Django project/u);
    project.env['NODE_ENV'] = 'production';
    t.is(optionOf((await project.mv('getconfig')).out, 'program:autoreload', 'command'), null);
    await project.mv('-d', '-n', first);
    await project.untilState('RUNNING', second);
    const environ = readFileSync(`/proc/${await project.pid(second)}/environ`, 'utf8').split('\0');
    t.true(environ.includes('FROM_SHELL=yes'));
  });

  test(`parity 8 (${kind}): update renders again`, async (t) => {
    const project = await openProject(t, kind);
    await project.mv('-d', '--noreload', '-n', first);
    if (kind === 'procfile') await project.write('Procfile', `${await project.read('Procfile')}extra: sleep 1000\n`);
    else
      await project.write(
        'supervisord.conf',
        `${await project.read('supervisord.conf')}\n[program:extra]\ncommand={{ 'sleep' }} 1000\n`,
      );
    t.is((await project.mv('reread')).out, 'extra: available\n');
    t.is((await project.mv('update')).out, 'extra: added process group\n');
    await project.untilState('RUNNING', 'extra');
  });
}

test('parity 38: init writes a starter that starts', async (t) => {
  const project = await openProject(t, 'node');
  await rm(join(project.dir, 'supervisord.conf'));
  t.is((await project.mv()).code, 2);
  t.like(await project.mv('init'), { code: 0, out: `${project.dir}/supervisord.conf\n` });
  t.like(await project.mv('init'), { code: 2 });
  t.like(await project.mv('check'), { code: 0 });
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'web', 'worker');
});

test('a variable that is not defined is told with its line, and a template error with its place', async (t) => {
  const project = await openProject(t, 'node');
  await project.write('part.conf', 'command={{ NODE }} {{ environ.NOPE }}\n');
  await project.write('supervisord.conf', '[program:a]\n{% include "part.conf" %}');
  const { code, err, out } = await project.mv('getconfig');
  t.is(code, 0);
  t.is(err, 'part.conf:1: a variable is not defined and leaves nothing here\n');
  t.regex(optionOf(out, 'program:a', 'command') ?? '', /node$/u);
  await project.write('supervisord.conf', '[program:a]\ncommand={% if %}x\n');
  const broken = await project.mv('getconfig');
  t.is(broken.code, 2);
  t.regex(broken.err, /^supervisord\.conf: .*Line 2/u);
});

test('parity 21 (node): templated renders a file next to itself', async (t) => {
  const project = await openProject(t, 'node');
  await project.write('conf/x.conf', 'root {{ PROJECT_DIR }};');
  await project.write('supervisord.conf', '[program:a]\ncommand=x {{ "conf/x.conf" | templated }}\n');
  t.is(optionOf((await project.mv('getconfig')).out, 'program:a', 'command'), `x ${project.dir}/conf/x.conf.templated`);
  t.is(await project.read('conf/x.conf.templated'), `root ${project.dir};`);
});

test('no value of the environment can add an option or a section, in Jinja either', async (t) => {
  const project = await openProject(t, 'node');
  for (const value of ['x\nuser=root', 'x\r[program:evil]\rcommand=y', 'x ;', '[program:evil]', 'user=root', '50%']) {
    project.env['EVIL'] = value;
    for (const template of [
      'command=run {{ environ.EVIL }}',
      'command=run\n{% set e %}{{ environ.EVIL }}{% endset %}{{ e }}',
    ]) {
      await project.write('supervisord.conf', `[program:web]\n${template}\n`);
      const { code, out } = await project.mv('getconfig');
      if (code === 0) {
        t.deepEqual(
          [...out.matchAll(/^\[program:(.*)\]$/gmu)].map((match) => match[1]),
          ['autoreload', 'web'],
        );
        t.false(/^user=/mu.test(out), out);
        t.true(out.includes(value.replaceAll('%', '%%')), out);
      } else t.is(code, 2);
    }
  }
});

test('a directory without anything says how to begin', async (t) => {
  const project = await openProject(t, 'node');
  await mkdir(join(project.dir, 'empty'));
  const result = await project.mvIn(join(project.dir, 'empty'), '--project-dir=.');
  t.is(result.code, 2);
  t.regex(result.err, /multivisor project init/u);
});
