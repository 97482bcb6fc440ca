// What counts as a source: in projects of any kind.
import test from 'ava';
import { eventually } from '../../../helpers/deadline.ts';
import type { TestProject } from '../../../helpers/project/project.ts';
import { openProject } from '../../../helpers/project/project.ts';

const said = async (project: TestProject) => (await project.mv('tail', '-100000', 'autoreload')).out;

const untilSaid = (project: TestProject, words: string) =>
  eventually(
    () => said(project),
    (out) => out.includes(words),
    { what: words, ms: 30_000 },
  );

/** Writes a file whenever it starts, as many servers do. */
const WRITER = (file: string) =>
  `import { writeFileSync } from 'node:fs'; writeFileSync('${file}', String(Date.now())); setInterval(() => {}, 1000);\n`;

test('a server that writes db.json when it starts is restarted by a save, and not by itself', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { Procfile: 'web: node web.mjs\n', 'web.mjs': WRITER('db.json') },
  });
  await project.mv('-d');
  await project.untilState('RUNNING', 'web', 'autoreload');
  await untilSaid(project, 'watching');
  const first = await project.pid('web');
  await project.write('web.mjs', `${WRITER('db.json')}\n`);
  const second = await project.newPid('web', first);
  await project.write('web.mjs', `${WRITER('db.json')}\n\n`);
  await project.newPid('web', second);
  // A save may be seen in two steps on a busy machine; what the server wrote is none.
  const changes = (await said(project)).match(/^.* changed$/gmu) ?? [];
  t.true(changes.length >= 2 && changes.every((line) => line.includes('web.mjs')), changes.join('\n'));
});

test('one that writes a source when it starts is stopped after five times, with the name of the file', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { Procfile: 'web: node web.mjs\n', 'web.mjs': WRITER('build.js') },
  });
  await project.mv('-d');
  await project.untilState('RUNNING', 'web', 'autoreload');
  await untilSaid(project, 'watching');
  await project.write('web.mjs', `${WRITER('build.js')}\n`);
  const out = await untilSaid(project, 'restart nothing any more');
  t.regex(out, /build\.js changes after each restart/u);
  await project.untilState('RUNNING', 'web');
});

test('.gitignore, autoreload_ignore and autoreload_dirs say what is none', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: {
      '.gitignore': 'dist/\n*.gen.js\n!keep.gen.js\n',
      'lib/.gitignore': 'here.js\n',
      Procfile:
        '# multivisor: autoreload_ignore = other/*\n\n' +
        '# multivisor: autoreload_dirs = src lib\nweb: sleep 1000\n' +
        '# multivisor: autoreload_ignore = b.js\nworker: sleep 1000\n',
    },
  });
  await project.mv('-d');
  await project.untilState('RUNNING', 'web', 'worker', 'autoreload');
  await untilSaid(project, 'watching');
  const before = { web: await project.pid('web'), worker: await project.pid('worker') };
  for (const path of ['dist/a.js', 'a.gen.js', 'lib/here.js', 'other/a.js']) await project.write(path, 'x');
  await project.write('top.js', 'x');
  const worker = await project.newPid('worker', before.worker);
  t.is(await project.pid('web'), before.web, 'top.js is in none of its directories');
  await project.write('src/b.js', 'x');
  await project.newPid('web', before.web);
  t.is(await project.pid('worker'), worker, 'b.js is none of its files');
  const out = await said(project);
  for (const name of ['dist/a.js', 'a.gen.js', 'lib/here.js', 'other/a.js']) t.false(out.includes(name), name);
});
