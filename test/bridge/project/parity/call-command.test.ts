// What Python code gives to `call_command("supervisor", …)`.
import { djangoPython } from '../../../../scripts/peers/find-django.ts';
import { findPythonDir } from '../../../../src/bridge/project/project-files.ts';
import { testWithDjango } from '../../../helpers/project/django.ts';
import { openProject, runIn } from '../../../helpers/project/project.ts';

testWithDjango()('call_command takes the options by their names, and refuses what is none', async (t) => {
  const project = await openProject(t, 'django');
  const script = `
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
import django
django.setup()
from django.core.management import call_command
call_command("supervisor", daemonize=True, noreload=True, nolaunch=["worker"], exclude="autoreload")
try:
  call_command("supervisor", daemonise=True)
except TypeError as error:
  print("Unknown option" in str(error))`;
  project.env['PYTHONPATH'] = findPythonDir();
  t.regex((await runIn(project, djangoPython('5.2'), '-c', script)).out, /True\n$/u);
  await project.untilState('RUNNING', 'web');
  await project.untilState('STOPPED', 'worker');
  t.deepEqual((await project.mv('status')).out.match(/^\S+/gmu), ['web', 'worker']);
});
