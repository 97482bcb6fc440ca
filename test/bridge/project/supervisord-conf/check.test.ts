// What `check` says before anything is started: in supervisord's own words, where it is written.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openProject } from '../../../helpers/project/project.ts';

const CONFIG = `; one
[program:web]
command=sleep 1000
user=nobody-of-that-name
stdout_logfile=/nowhere/web.log
startsecs=soon

[program:worker]
command=sh -c "echo a ; sleep 1000"
autorestart=perhaps
directory=no/such

[program:fine]
command=sh -c 'echo "100%%"\\; sleep 1000'
environment=A="1"

[program:pair]
command=sleep 1000
numprocs=2
[supervisord]
umask=999
`;

const SAID: readonly RegExp[] = [
  /^supervisord\.conf:4: \[program:web\] user: Invalid user name nobody-of-that-name$/mu,
  /^supervisord\.conf:5: \[program:web\] stdout_logfile: The directory named as part of the path \/nowhere\/web\.log/mu,
  /^supervisord\.conf:6: \[program:web\] startsecs: .*soon/mu,
  /^supervisord\.conf:9: \[program:worker\] command: .*No closing quotation; a ";".* comment/mu,
  /^supervisord\.conf:10: \[program:worker\] autorestart: .*perhaps/mu,
  /^supervisord\.conf:11: \[program:worker\] there is no directory no\/such$/mu,
  /^supervisord\.conf:19: \[program:pair\] numprocs: .*process_num/mu,
  /^supervisord\.conf:21: \[supervisord\] umask: .*999/mu,
];

test('check says all that supervisord would refuse, each with its line, from any directory', async (t) => {
  const project = await openProject(t, 'node', { files: { 'supervisord.conf': CONFIG } });
  await mkdir(join(project.dir, 'sub'));
  for (const cwd of [project.dir, join(project.dir, 'sub')]) {
    const { code, out } = await project.mvIn(cwd, 'check');
    t.is(code, 2);
    for (const words of SAID) t.regex(out, words);
    t.is(out.trim().split('\n').length, SAID.length, out);
  }
});

test('what supervisord takes, check takes: a command beside the file, in a subfolder and in the venv', async (t) => {
  const project = await openProject(t, 'node', {
    files: {
      'supervisord.conf':
        '[program:a]\ncommand=./bin/serve\n[program:b]\ncommand=tool\n[program:c]\ncommand=%(ENV_PATH)s/x\n' +
        '[group:g]\nprograms=a,b\n[eventlistener:e]\ncommand=./bin/serve\nevents=TICK_5\nredirect_stderr=false\n',
      'bin/serve': '#!/bin/sh\n',
      '.venv/pyvenv.cfg': '',
      '.venv/bin/python': '#!/bin/sh\nexec python3 "$@"\n',
      '.venv/bin/tool': '#!/bin/sh\n',
      'sub/x': '',
    },
  });
  await Promise.all(
    ['bin/serve', '.venv/bin/tool', '.venv/bin/python'].map((path) => chmod(join(project.dir, path), 0o755)),
  );
  for (const cwd of [project.dir, join(project.dir, 'sub')]) {
    t.like(await project.mvIn(cwd, 'check'), { code: 0 }, (await project.mvIn(cwd, 'check')).out);
  }
});

test('a Procfile is named with its line, too', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { Procfile: '# multivisor: stopsignal = HALT\nweb: sleep 1000\n' },
  });
  t.regex((await project.mv('check')).out, /^Procfile:1: \[program:web\] stopsignal: .*HALT/mu);
});
