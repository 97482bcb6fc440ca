// Values of the environment, of `.env` and of a Procfile are words, whatever they hold: what becomes of them is read
// back with the parsers of supervisord itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as v from 'valibot';
import { findSupervisord } from '../../../scripts/peers/find-supervisord.ts';
import { run } from '../../../scripts/run.ts';
import { overlay } from '../../../src/bridge/project/supervisord-conf/layers.ts';
import type { Layer } from '../../../src/bridge/project/supervisord-conf/layers.ts';
import { procfileLayer } from '../../../src/bridge/project/template/procfile.ts';
import { withExec } from '../../../src/bridge/project/template/shell-command.ts';
import { addVariables } from '../../../src/bridge/project/environment/add-variables.ts';
import { readLayer } from '../../../src/bridge/project/supervisord-conf/read-layer.ts';
import { renderJinja } from '../../../src/bridge/project/template/jinja.ts';
import { writeConfig } from '../../../src/bridge/project/supervisord-conf/write-config.ts';
import { createRandom } from '../../helpers/mutate.ts';
import { openProject } from '../../helpers/project/project.ts';

const ROUNDS = 10_000;
/** What means something to an ini file, to supervisord, to a shell, or to Python's idea of a line. */
const PIECES: readonly string[] = [
  ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u001c', ' ', '\t', ' ;', ' #', ';', '#', '=', ':', ','],
  ['[program:evil]', '[', ']', 'user=root', 'exclude=true', '%', '%%', '%(here)s', '%(ENV_HOME)s', '%(', '{{ x }}'],
  ['"', "'", '\\', '$HOME', '`id`', 'word', 'Übung', '', '\ufeff'],
].flat();
const TEMPLATES = [
  '[program:web]\ncommand=run {{ v }}\nnumprocs=2\n',
  '[program:web]\ncommand=run\n {{ v }}\nnumprocs=2\n',
  '[program:web]\ncommand=run\n{{ v }}\nnumprocs=2\n',
  '[program:web]\n{{ v }}\ncommand=run\nnumprocs=2\n',
  '[program:web]\ncommand={% set e %}run {{ v }}{% endset %}{{ e }}\nnumprocs=2\n',
  '[program:web]\ncommand=run {% for c in v %}{{ c }}{% endfor %}\nnumprocs=2\n',
  '[program:web]\n{% macro m(x) %}{{ x }}{% endmacro %}command=run {{ m(v) }}\nnumprocs=2\n',
];

const random = createRandom(41);
const value = () => Array.from({ length: 1 + random(4) }, () => PIECES[random(PIECES.length)] ?? '').join('');

const sectionsSchema = v.record(v.string(), v.record(v.string(), v.string()));

/** As supervisord reads these files, with what it makes of `environment`. */
async function readWithSupervisor(
  configs: readonly string[],
): Promise<readonly v.InferOutput<typeof sectionsSchema>[]> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-inject-'));
  const script = `
import json, shlex, sys
from supervisor.options import UnhosedConfigParser
from supervisor.datatypes import dict_of_key_value_pairs
from supervisor.options import expand
def read(text):
    p = UnhosedConfigParser()
    p.expansions = {}
    open(sys.argv[1] + '/c', 'w', newline='').write(text)
    p.read_file(open(sys.argv[1] + '/c'))
    found = {s: {k: expand(v, {}, k) for k, v in p.items(s, raw=True)} for s in p.sections()}
    for options in found.values():
        if 'environment' in options:
            options['command'] = json.dumps(shlex.split(options['command']))
            options['environment'] = json.dumps(dict_of_key_value_pairs(options['environment']))
    return found
print(json.dumps([read(t) for t in json.load(open(sys.argv[1] + '/in'))]))`;
  try {
    await writeFile(join(dir, 'in'), JSON.stringify(configs));
    const [, python = 'python3'] = /^#!(\S+)/u.exec(readFileSync(await findSupervisord(), 'utf8')) ?? [];
    const options = { signal: new AbortController().signal, timeoutMs: 60_000 };
    const { output, ok } = await run(python, ['-c', script, dir], options);
    if (!ok) throw new Error(output);
    return v.parse(v.array(sectionsSchema), JSON.parse(output));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What Python takes for white space may be trimmed or joined. */
const SPACE = new RegExp(String.raw`[\s\u001c-\u001f\u0085]+`, 'gu');
const withoutSpace = (text: string) => text.replaceAll(SPACE, '');
const configOf = (layer: Layer) => writeConfig(overlay([layer]));

test(`${ROUNDS} values in Jinja templates: one program with its own options, or a refusal with its place`, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-inject-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const files = TEMPLATES.map((_, index) => join(dir, `${index}.conf`));
  for (const [index, file] of files.entries()) await writeFile(file, TEMPLATES[index] ?? '');
  const accepted: { readonly given: string; readonly config: string }[] = [];
  let refused = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const given = value();
    const file = files[round % files.length] ?? '';
    const { rendered } = renderJinja({ projectDir: dir, file, context: { v: given }, autoescape: false });
    const { layer, problems } = readLayer(rendered, file);
    if (problems.length === 0) accepted.push({ given, config: configOf(layer) });
    else {
      refused += 1;
      t.true(problems.every((problem) => problem.line > 0 && problem.file === file));
    }
  }
  t.true(refused > 1_000 && accepted.length > 1_000, `${refused} refused, ${accepted.length} accepted`);
  const read = await readWithSupervisor(accepted.map(({ config }) => config));
  for (const [index, sections] of read.entries()) {
    const { given, config } = accepted[index] ?? { given: '', config: '' };
    const about = JSON.stringify({ given, config });
    t.deepEqual(Object.keys(sections), ['program:web'], about);
    const { command = '', numprocs, ...others } = sections['program:web'] ?? {};
    t.deepEqual([others, numprocs], [{}, '2'], about);
    t.is(withoutSpace(command), withoutSpace(`run${given}`), about);
  }
});

test(`${ROUNDS / 2} values of .env and commands of a Procfile reach the program as they are`, async (t) => {
  const accepted: { readonly given: string; readonly shell: string; readonly config: string }[] = [];
  let apart = 0;
  for (let round = 0; round < ROUNDS / 2; round += 1) {
    const given = value();
    const shell = `run ${given.replaceAll(/[\r\n]/gu, '')}x`;
    const { layer, problems } = procfileLayer({ file: 'Procfile', text: `web: ${shell}`, port: 5000 });
    if (problems.length > 0) {
      t.regex(problems[0]?.message ?? '', /is no process/u);
      continue;
    }
    const { merged, rest } = addVariables(overlay([layer]), { file: '.env', variables: { EVIL: given } });
    // What `environment` cannot write, supervisord has in its own.
    if (Object.keys(rest).length > 0) apart += 1;
    else accepted.push({ given, shell, config: writeConfig(merged) });
  }
  t.true(apart > 500 && accepted.length > 500, `${apart} apart, ${accepted.length} written`);
  const read = await readWithSupervisor(accepted.map(({ config }) => config));
  for (const [index, sections] of read.entries()) {
    const { given, shell, config } = accepted[index] ?? { given: '', shell: '', config: '' };
    const about = JSON.stringify({ given, config });
    t.deepEqual(Object.keys(sections), ['program:web'], about);
    const { command = '', environment = '', ...others } = sections['program:web'] ?? {};
    t.deepEqual(others, { stopasgroup: 'true', killasgroup: 'true' }, about);
    t.deepEqual(JSON.parse(environment), { EVIL: given, PORT: '5000' }, about);
    t.deepEqual(JSON.parse(command), ['/bin/sh', '-c', withExec(shell)], about);
  }
});

test('what stands in .env is what the program of a Procfile sees', async (t) => {
  const project = await openProject(t, 'procfile');
  const wanted = {
    PERCENT: '50% %(x)s %%',
    SECTION: '[program:evil]',
    OPTION: 'a,USER=root',
    QUOTED: `it's`,
    NOTED: 'value',
    EXPORTED: 'x # y',
    LINES: `a\nb "c"`,
    BOTH: `"it's"`,
  };
  await project.write(
    '.env',
    `PERCENT=${wanted.PERCENT}\nSECTION=${wanted.SECTION}\nOPTION=${wanted.OPTION}\nQUOTED=${wanted.QUOTED}\n` +
      `NOTED=value # note\nexport EXPORTED="x # y"\nLINES='a\nb "c"'\nBOTH=\`"it's"\`\n`,
  );
  await project.write(
    'Procfile',
    'web: echo "$PERCENT|$SECTION|$OPTION|$QUOTED|$NOTED|$EXPORTED|$LINES|$BOTH" > seen; date +%s > time; exec sleep 1000\n',
  );
  t.is((await project.mv('-d', '--noreload')).code, 0);
  await project.untilState('RUNNING', 'web');
  t.is(await project.read('seen'), `${Object.values(wanted).join('|')}\n`);
  t.regex(await project.read('time'), /^\d+\n$/u);
});
