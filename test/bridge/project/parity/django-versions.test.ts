import { djangoPython } from '../../../../scripts/peers/find-django.ts';
import { findPythonDir } from '../../../../src/bridge/project/project-files.ts';
import { eventually } from '../../../helpers/deadline.ts';
import { testWithDjango } from '../../../helpers/project/django.ts';
import { openProject, runIn } from '../../../helpers/project/project.ts';

testWithDjango('4.2')('Django 4.2: manage.py supervisor starts, shows, restarts on a save and stops', async (t) => {
  const project = await openProject(t, 'django', { django: '4.2', env: { PYTHONPATH: findPythonDir() } });
  const manage = (...args: readonly string[]) =>
    runIn(project, djangoPython('4.2'), 'manage.py', 'supervisor', ...args);
  t.is((await manage('-d')).code, 0);
  await project.untilState('RUNNING', 'web', 'worker', 'autoreload');
  t.is((await manage('status')).code, 0);
  await eventually(
    async () => (await manage('tail', 'autoreload')).out,
    (out) => out.includes('watching'),
    {
      what: 'the watcher watches',
      ms: 30_000,
    },
  );
  const worker = await project.pid('worker');
  await project.write('shop/views.py', `${await project.read('shop/views.py')}\n`);
  await project.newPid('worker', worker);
  t.like(await manage('shutdown'), { code: 0, out: 'Shut down\n' });
});
