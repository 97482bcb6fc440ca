// `npm run bench [-- NAME…] [--json FILE]`: figures beside what they are compared with, from one run on one machine.
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findSupervisord } from '../scripts/peers/find-supervisord.ts';
import { run } from '../scripts/run.ts';
import { quantile, type Bench, type Figure } from './bench.ts';
import { alerts } from './alerts.ts';
import { history } from './history.ts';
import { hostile } from './hostile/hostile.ts';
import { logs } from './logs.ts';
import { completion } from './completion.ts';
import { many } from './many.ts';
import { page } from './page.ts';
import { project } from './project.ts';
import { projectTree } from './project-tree.ts';
import { push } from './push.ts';
import { reader } from './reader.ts';
import { listener } from './listener/listener.ts';
import { restart } from './restart.ts';
import { startUp } from './start-up.ts';
import { status } from './status.ts';
import { tui } from './tui/tui.ts';
import { viewers } from './viewers/viewers.ts';
import { wait } from './wait.ts';
import { watching } from './watching/watching.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const COMMAND = fileURLToPath(new URL('../dist/multivisor.js', import.meta.url));
const RESULTS = fileURLToPath(new URL('results/latest.json', import.meta.url));
const BENCHES: readonly Bench[] = [
  startUp,
  status,
  push,
  reader,
  watching,
  restart,
  many,
  viewers,
  page,
  tui,
  project,
  projectTree,
  listener,
  logs,
  wait,
  completion,
  history,
  hostile,
  alerts,
];

// Node reads these at each start, for connections that nobody makes here: with a whole store of them a Node that does
// nothing took 76 ms instead of 28, which says nothing about what is measured.
delete process.env['NODE_EXTRA_CA_CERTS'];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no bench "${unknown.join('", "')}"; there are: ${BENCHES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const ended = new AbortController();
process.once('SIGINT', () => ended.abort(new Error('interrupted')));
process.once('SIGTERM', () => ended.abort(new Error('ended')));
const { signal } = ended;

const built = await run(process.execPath, ['scripts/start.mjs', 'build'], { cwd: ROOT, signal, timeoutMs: 120_000 });
if (!built.ok) throw new Error(`the build failed:\n${built.output}`);
const options = { signal, supervisord: await findSupervisord({ signal }), command: COMMAND };

const results: Record<string, readonly Figure[]> = {};
for (const bench of BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  console.log(`\n${bench.name}: ${bench.summary}`);
  const figures = await bench.run(options);
  results[bench.name] = figures;
  for (const figure of figures) print(figure);
}
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model ?? '' };
const file = values.json ?? RESULTS;
await mkdir(dirname(file), { recursive: true });
await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), machine, results }, null, 2)}\n`);
console.log(`\nwritten to ${file}`);

function print({ what, unit, samples, against, limit }: Figure): void {
  const line = (title: string, all: readonly number[]): string => {
    const spread = all.length > 1 ? `   p95 ${quantile(all, 0.95).toFixed(1)}   (${all.length} samples)` : '';
    return `  ${title.padEnd(60)} ${quantile(all, 0.5).toFixed(1).padStart(9)} ${unit}${spread}`;
  };
  console.log(line(what, samples));
  if (limit !== undefined) {
    const found = quantile(samples, limit.part);
    const kept = samples.length > 0 && found <= limit.most;
    const of = limit.part < 1 ? `p${limit.part * 100}` : 'at most';
    console.log(
      `  ${`  ${of} ${found.toFixed(1)}`.padEnd(60)} ${String(limit.most).padStart(9)} ${unit} allowed: ${kept ? 'kept' : 'OVER'}`,
    );
    if (!kept) process.exitCode = 1;
  }
  if (against === undefined) return;
  console.log(line(`  against ${against.what}`, against.samples));
  console.log(
    `  ${'  ratio'.padEnd(60)} ${quantile(against.ratios, 0.5).toFixed(2).padStart(9)} (median of the pairs)`,
  );
}
