import { readFileSync, statSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import * as v from 'valibot';
import { DJANGO_VERSIONS } from '../../../../scripts/peers/find-django.ts';
import type { DjangoVersion } from '../../../../scripts/peers/find-django.ts';
import { djangoPython } from '../../../../scripts/peers/find-django.ts';
import { ProjectError } from '../../../../src/bridge/project/project-error.ts';
import type { DjangoRequest } from '../../../../src/bridge/project/template/django.ts';
import { renderDjango } from '../../../../src/bridge/project/template/django.ts';
import { testWithDjango } from '../../../helpers/project/django.ts';
import type { TestProject } from '../../../helpers/project/project.ts';
import { openProject } from '../../../helpers/project/project.ts';

const FIXTURE = new URL('../../../fixtures/project/django-template-cases.json', import.meta.url);
const caseSchema = v.object({ name: v.string(), template: v.string(), esc: v.string(), raw: v.string() });
const { cases } = v.parse(v.object({ cases: v.array(caseSchema) }), JSON.parse(readFileSync(FIXTURE, 'utf8')));

/** The settings and the environment that the cases were made with. */
const SETTINGS = `
SECRET_KEY = "x"
DEBUG = True
LANGUAGE_CODE = "en-us"
DATABASES = {"default": {"ENGINE": "sqlite3"}}
INSTALLED_APPS = ["djsupervisor", "shop"]
HOSTS = ["a.example", "b.example"]
CACHES = {"default": {"BACKEND": "loc"}}
NONE = None
EMPTY = []
ZERO = 0
ESTR = ""
F = 1.0
I = 4
BASE_DIR = "/srv/p"
`;
const ENVIRON = { HOME: '/home/dev', MODE: 'dev', FLAG: 'false', AMP: `a&b<c>"d"'e` };
const SEPARATOR = '\n=====\n';

type Ask = Partial<DjangoRequest> & { readonly deadlineMs?: number; readonly django?: DjangoVersion };

function render(project: TestProject, { deadlineMs, django = '5.2', ...ask }: Ask = {}) {
  const request: DjangoRequest = {
    projectDir: project.dir,
    python: djangoPython(django),
    settings: 'mysite.settings',
    manage: null,
    pythonpath: [],
    configFile: null,
    supervisorOptions: '',
    autoescape: false,
    needsSecretKey: false,
    env: { ...project.env, ...ENVIRON },
    ...ask,
  };
  const { signal } = new AbortController();
  return renderDjango(request, deadlineMs === undefined ? { signal } : { signal, deadlineMs });
}

const textOf = async (project: TestProject, ask?: Ask) =>
  (await render(project, ask)).files.at(-1)?.rendered.text ?? '';

const open = (t: ExecutionContext, files: Readonly<Record<string, string>>) => openProject(t, 'django', { files });

for (const django of DJANGO_VERSIONS) {
  for (const [mode, autoescape] of [
    ['raw', false],
    ['esc', true],
  ] as const) {
    testWithDjango(django)(
      `parity 18, 19: the ${cases.length} template cases are Django ${django}'s own output, autoescape ${autoescape ? 'on' : 'off'}`,
      async (t) => {
        const rendering = cases.filter((each) => !each[mode].startsWith('!!'));
        t.is(rendering.length, 59);
        const project = await open(t, {
          'mysite/production.py': SETTINGS,
          'supervisord.conf': rendering.map(({ template }) => template).join(SEPARATOR),
        });
        const python = djangoPython(django);
        const text = await textOf(project, { django, autoescape, settings: 'mysite.production' });
        // The paths of the cases are those of the machine that made them, and the year is the one in which it did.
        const here = (expected: string, name: string) =>
          name === 'date now'
            ? String(new Date().getUTCFullYear())
            : expected
                .replace('/usr/bin/Python3', python)
                .replace('/usr/bin/python3', python.toLowerCase())
                .replace('/srv/p/manage.py', join(project.dir, 'manage.py'));
        t.deepEqual(
          text.split(SEPARATOR).map((got, index) => [rendering[index]?.name, got]),
          rendering.map((each) => [each.name, here(each[mode], each.name)]),
        );
      },
    );
  }
}

const FAILURES: readonly (readonly [name: string, files: Readonly<Record<string, string>>, words: RegExp])[] = [
  [
    'an include that is missing',
    { 'supervisord.conf': '\n{% include "nope.conf" %}' },
    /supervisord\.conf:2: TemplateDoesNotExist: nope\.conf/u,
  ],
  [
    'a syntax error of the template',
    { 'supervisord.conf': 'a\nb\n{% if %}' },
    /supervisord\.conf:3: TemplateSyntaxError/u,
  ],
  [
    'a filter that is unknown',
    { 'supervisord.conf': '{{ PYTHON|nope }}' },
    /supervisord\.conf:1: TemplateSyntaxError.*nope/u,
  ],
  [
    'settings that raise',
    { 'mysite/settings.py': 'x = 1\nraise ValueError("no key")' },
    /mysite\/settings\.py:2: ValueError: no key/u,
  ],
  ['settings with a syntax error', { 'mysite/settings.py': 'x = 1\ndef' }, /mysite\/settings\.py:2: SyntaxError/u],
  ['settings that exit', { 'mysite/settings.py': 'import sys\nsys.exit(3)' }, /mysite\/settings\.py:2: SystemExit: 3/u],
  [
    'settings that end Python',
    { 'mysite/settings.py': 'import os\nos._exit(3)' },
    /ended Python before it could answer/u,
  ],
];

for (const [name, files, words] of FAILURES) {
  testWithDjango()(`rendering tells the place of ${name}`, async (t) => {
    const project = await open(t, files);
    const error = await t.throwsAsync(render(project), { instanceOf: ProjectError });
    t.regex(error.message, words);
  });
}

testWithDjango()('settings may print whatever they like', async (t) => {
  const settings = `import sys\nprint("{\\"ok\\": false}" * 5000)\nsys.stderr.write("noise")\n${SETTINGS}`;
  const project = await open(t, { 'mysite/settings.py': settings, 'supervisord.conf': '{{ settings.I }}' });
  t.is(await textOf(project), '4');
});

testWithDjango()('settings that sleep are ended at the deadline, with all that they started', async (t) => {
  const settings = 'import subprocess, time\nsubprocess.Popen(["sleep", "600"])\ntime.sleep(600)';
  const project = await open(t, { 'mysite/settings.py': settings });
  const error = await t.throwsAsync(render(project, { deadlineMs: 1_000 }), { instanceOf: ProjectError });
  t.regex(error.message, /mysite\.settings took more than 1 s to load/u);
});

testWithDjango()('a broken models.py does not matter', async (t) => {
  const project = await open(t, {
    'shop/models.py': 'raise RuntimeError("broken")',
    'supervisord.conf': '{{ settings.DEBUG }}',
  });
  t.is(await textOf(project), 'True');
});

testWithDjango()('tag libraries of an app are found', async (t) => {
  const project = await open(t, {
    'shop/templatetags/__init__.py': '',
    'shop/templatetags/shop_tags.py':
      'from django import template\nregister = template.Library()\n@register.filter\ndef shout(text):\n    return text.upper()\n',
    'supervisord.conf': '{% load shop_tags %}{{ environ.MODE|shout }}',
  });
  t.is(await textOf(project), 'DEV');
});

testWithDjango()('parity 20: includes come from beside the file, and from the templates of apps', async (t) => {
  const project = await open(t, {
    'conf/part.conf': '[program:a]\ncommand={{ environ.MODE }}',
    'shop/templates/shop/app.conf': '[program:b]\ncommand=b',
    'conf/supervisord.conf': '{% include "part.conf" %}\n{% include "shop/app.conf" %}',
  });
  const text = await textOf(project, { configFile: join(project.dir, 'conf', 'supervisord.conf') });
  t.is(text, '[program:a]\ncommand=dev\n[program:b]\ncommand=b');
});

testWithDjango()('a base template and its blocks keep what they are', async (t) => {
  const project = await open(t, {
    'base.conf': '[program:a]\n{% block a %}command={{ environ.MODE }}\nnumprocs=2{% endblock %}',
    'supervisord.conf': '{% extends "base.conf" %}{% block a %}{{ block.super }}\npriority=1{% endblock %}',
  });
  t.is(await textOf(project), '[program:a]\ncommand=dev\nnumprocs=2\npriority=1');
});

testWithDjango()(
  'parity 21: templated renders a file next to itself, keeps its mode, and gives its path',
  async (t) => {
    const project = await open(t, {
      'conf/nginx.conf': 'root {{ PROJECT_DIR }}; # {{ environ.AMP }}',
      'supervisord.conf': '[program:nginx]\ncommand=nginx -c {{ "conf/nginx.conf"|templated }}',
    });
    await chmod(join(project.dir, 'conf/nginx.conf'), 0o640);
    t.is(await textOf(project), `[program:nginx]\ncommand=nginx -c ${project.dir}/conf/nginx.conf.templated`);
    t.is(await project.read('conf/nginx.conf.templated'), `root ${project.dir}; # ${ENVIRON.AMP}`);
    const written = statSync(join(project.dir, 'conf/nginx.conf.templated'));
    t.is(written.mode & 0o777, 0o640);
    await render(project);
    t.is(statSync(join(project.dir, 'conf/nginx.conf.templated')).mtimeMs, written.mtimeMs, 'unchanged is not written');
  },
);

testWithDjango()('files that apps bring come first, with APP_DIR', async (t) => {
  const project = await open(t, { 'shop/management/supervisord.conf': '[program:app]\ncommand={{ APP_DIR }}/run' });
  const { files } = await render(project);
  t.deepEqual(
    files.map(({ file }) => file.slice(project.dir.length + 1)),
    ['shop/management/supervisord.conf', 'supervisord.conf'],
  );
  t.is(files[0]?.rendered.text, `[program:app]\ncommand=${project.dir}/shop/run`);
});

testWithDjango()('no value of the environment or the settings can add an option or a section', async (t) => {
  const evil = ['x\nuser=root', 'x\r[program:evil]\rcommand=y', 'x ;', '%(ENV_HOME)s', '[program:evil]', 'user=root'];
  const project = await open(t, {});
  for (const value of evil) {
    await project.write('mysite/settings.py', `${SETTINGS}\nEVIL = ${JSON.stringify(value)}`);
    for (const variable of ['settings.EVIL', 'environ.EVIL']) {
      for (const template of [`command=run {{ ${variable} }}`, `command=run\n{{ ${variable} }}`]) {
        await project.write('supervisord.conf', `[program:web]\n${template}\n`);
        project.env['EVIL'] = value;
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
  }
});
