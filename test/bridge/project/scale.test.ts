// How many of each, on which ports, and which at all.
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { optionOf } from '../../helpers/project/getconfig.ts';
import { openProject } from '../../helpers/project/project.ts';

const SAYS = 'echo "$0 has $PORT"; exec sleep 1000';
const FILES = { Procfile: `web: sh -c '${SAYS}' web\nworker: sh -c '${SAYS}' worker\nclock: sh -c '${SAYS}' clock\n` };

test('--scale and -p: a hundred between programs, one between their copies', async (t) => {
  const project = await openProject(t, 'procfile', { files: FILES });
  const started = project.spawn('--noreload', '-p', '7000', '--scale', 'web=2', '--scale=worker=3,clock=0');
  const wanted = ['web has 7000', 'web has 7001', 'worker has 7100', 'worker has 7101', 'worker has 7102'];
  const has = (text: string) => wanted.every((words) => text.includes(words));
  await eventually(started.output, has, { what: 'all ports', ms: 30_000 });
  t.notRegex(started.output(), /clock/u);
  const status = await eventually(
    () => project.mv('status'),
    ({ code }) => code === 0,
    { what: 'all run', ms: 30_000 },
  );
  t.deepEqual(status.out.match(/^\S+/gmu)?.toSorted(), [
    'web:web.7000',
    'web:web.7001',
    'worker:worker.7100',
    'worker:worker.7101',
    'worker:worker.7102',
  ]);
  t.regex(started.output(), /^web:web\.7001 +│ ▪ started with pid \d+$/mu);
  started.child.kill('SIGINT');
  t.is(await started.exit, 0);
});

test('--scale of a supervisord.conf keeps the names that it gives, and one is as it was', async (t) => {
  const project = await openProject(t, 'node', {
    files: {
      'supervisord.conf':
        '[program:a]\ncommand=x\nnumprocs=2\nprocess_name=%(program_name)s-%(process_num)02d\n' +
        '[program:b]\ncommand=x\n[program:c]\ncommand=x\nenvironment=A="1",PORT="8000"\n',
    },
  });
  const { out } = await project.mv('--scale', 'a=4,b=2,c=2', 'getconfig');
  t.is(optionOf(out, 'program:a', 'numprocs'), '4');
  t.is(optionOf(out, 'program:a', 'process_name'), '%(program_name)s-%(process_num)02d');
  t.is(optionOf(out, 'program:b', 'process_name'), '%(program_name)s.%(process_num)d');
  t.is(optionOf(out, 'program:b', 'numprocs_start'), '1');
  t.is(optionOf(out, 'program:c', 'numprocs_start'), '8000');
  t.regex(optionOf(out, 'program:c', 'environment') ?? '', /A="1",PORT="%\(process_num\)d"$/u);
  t.is(optionOf((await project.mv('--scale', 'b=1', 'getconfig')).out, 'program:b', 'process_name'), null);
  t.regex((await project.mv('--scale', 'd=2', 'getconfig')).err, /--scale d/u);
});

test('-p is the PORT of what a file renders', async (t) => {
  const project = await openProject(t, 'node', {
    files: { 'supervisord.conf': '[program:a]\ncommand=serve {{ environ.PORT }}\n' },
  });
  t.is(optionOf((await project.mv('-p', '7123', 'getconfig')).out, 'program:a', 'command'), 'serve 7123');
});

test('names of programs start them with what they depend on, and the others when they are asked for', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: {
      Procfile:
        'db: sleep 1000\ncache: sleep 1000\n# multivisor: depends_on = db\nweb: sleep 1000\nmail: sleep 1000\nstatus: sleep 1000\n',
    },
  });
  t.is((await project.mv('-d', '--noreload', 'web', 'mail')).code, 0);
  await project.untilState('RUNNING', 'web', 'mail', 'db');
  await project.untilState('STOPPED', 'cache', 'status');
  await project.mv('start', 'cache');
  await project.untilState('RUNNING', 'cache');
  await project.mv('shutdown');
  // A command wins; after -- there are only programs.
  t.is((await project.mv('status')).code, 4);
  t.is((await project.mv('-d', '--noreload', '--', 'status')).code, 0);
  await project.untilState('RUNNING', 'status');
  await project.untilState('STOPPED', 'web');
  const unknown = await project.mv('stauts');
  t.is(unknown.code, 1);
  t.is(unknown.out, '*** Unknown syntax: stauts\n');
  t.regex(unknown.err, /no command and no program "stauts"; did you mean "status"/u);
});
