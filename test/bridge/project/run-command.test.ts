import test from 'ava';
import { testWithDjango } from '../../helpers/project/django.ts';
import { eventually } from '../../helpers/deadline.ts';
import { openProject } from '../../helpers/project/project.ts';

test('run: one command with the variables and in the directory of the project, and its exit code', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { '.env': 'NAME="from env"\n', Procfile: 'release: touch released\nweb: sleep 1\n' },
  });
  const ran = project.spawn('run', 'sh', '-c', 'echo "$NAME in $PWD, $1"; exit 7', 'sh', '--help');
  t.is(await ran.exit, 7);
  await eventually(ran.output, (text) => text.includes('\n'), { what: 'its output' });
  t.is(ran.output(), `from env in ${project.dir}, --help\n`);
  await t.throwsAsync(() => project.read('released'));
  const missing = project.spawn('run', 'no-such-command');
  t.is(await missing.exit, 127);
  t.is((await project.mv('run')).code, 2);
  const ended = project.spawn('run', 'sh', '-c', 'kill -TERM $$');
  t.is(await ended.exit, 143);
});

test('run: who ends us ends the command', async (t) => {
  const project = await openProject(t, 'procfile');
  const ran = project.spawn('run', 'sh', '-c', 'echo ready; exec sleep 1000');
  await eventually(ran.output, (text) => text.includes('ready'), { what: 'it runs', ms: 30_000 });
  ran.child.kill('SIGTERM');
  t.is(await ran.exit, 143);
  t.deepEqual(project.alive(), []);
});

testWithDjango()('run: python is that of the virtual environment, and knows the settings', async (t) => {
  const project = await openProject(t, 'django');
  const script = 'import django, os; print(django.VERSION[:2], os.environ["DJANGO_SETTINGS_MODULE"])';
  const ran = project.spawn('run', 'python', '-c', script);
  t.is(await ran.exit, 0);
  await eventually(ran.output, (text) => text.includes('\n'), { what: 'its output' });
  t.is(ran.output(), '(5, 2) mysite.settings\n');
});
