// @ts-check
// A Node of the project's own under `.cache/node-VERSION`, for machines whose Node is older than its tools want, and for
// `npm run test:nodes`. Plain JavaScript and only Node's own modules: scripts/start.mjs runs it on whatever Node is there.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** What was left there by one that was killed is older than any download takes. */
const ABANDONED_MS = 3_600_000;
const PARTS_NOT_NEEDED = ['include', 'share'];

/** What ini, ava and chokidar want, all of them together. */
export const WANTED = '^22.22.2 || ^24.15.0 || >=26.0.0';

/**
 * Whether the project's own tools run on it.
 * @param {string} version as in process.versions.node
 */
export function suits(version) {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major === 22) return minor > 22 || (minor === 22 && patch >= 2);
  return major >= 26 || (major === 24 && minor >= 15);
}

/**
 * The version that is brought for this platform, of the line with this number; of the preferred one when left out.
 * Null when npm has none.
 * @param {string} [line] as `24`, or a whole version
 */
export function privateVersion(line) {
  const versions = Object.keys(entries()).filter((key) => key !== 'package');
  const found = line === undefined ? versions.find(suits) : versions.find((each) => `${each}.`.startsWith(`${line}.`));
  return found ?? null;
}

/**
 * Fetches that version unless it is there, in one step, so that many may do it at once, and says so on stderr.
 * @param {string} version one that privateVersion names
 * @returns {{ node: string } | { failure: string }} its path, or why not
 */
export function bringNode(version) {
  const cache = join(ROOT, '.cache');
  const home = join(cache, `node-${version}`);
  const node = join(home, 'bin', 'node');
  if (existsSync(node)) return { node };
  const name = entries().package;
  process.stderr.write(`multivisor: fetching Node ${version} for this project alone (${name}, into .cache/)\n`);
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  const scratch = mkdtempSync(join(cache, 'fetched-node-'));
  try {
    const failure = install(scratch, version);
    if (failure !== null) return { failure };
    const unpacked = join(scratch, 'node_modules', name);
    const probe = spawnSync(join(unpacked, 'bin', 'node'), ['--version'], { encoding: 'utf8' });
    if (probe.stdout?.trim() !== `v${version}`)
      return { failure: `the one from npm does not run here: ${whyNot(probe)}` };
    for (const part of PARTS_NOT_NEEDED) rmSync(join(unpacked, part), { recursive: true, force: true });
    moveUnlessThere(unpacked, home);
    return { node };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * An environment in which `node`, and so npm too, is this one.
 * @param {string} node
 * @returns {NodeJS.ProcessEnv}
 */
export function withNodeFirst(node, env = process.env) {
  return { ...env, PATH: [dirname(node), env['PATH'] ?? ''].join(delimiter) };
}

/** @returns {Record<string, string> & { package: string }} */
function entries() {
  const all = JSON.parse(readFileSync(new URL('private-nodes.json', import.meta.url), 'utf8'));
  return all[`${process.platform}-${process.arch}`] ?? { package: '' };
}

/**
 * By a lock file, so that npm compares what it gets with the checksum that is known here.
 * @param {string} folder
 * @param {string} version
 * @returns {string | null} the reason when it failed
 */
function install(folder, version) {
  const { package: name, [version]: integrity } = entries();
  const dependencies = { [name]: version };
  const packages = { '': { dependencies }, [`node_modules/${name}`]: { version, integrity } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const npm = spawnSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return npm.status === 0 ? null : `npm: ${whyNot(npm)}`;
}

/** @param {import('node:child_process').SpawnSyncReturns<string>} result */
function whyNot({ error, stderr, status, signal }) {
  if (error !== undefined) return error.message;
  const lines = (stderr ?? '').split('\n').map((line) => line.replace(/^npm (?:error|ERR!) ?/, '').trim());
  const told = lines.filter((line) => line !== '' && !line.startsWith('A complete log'));
  return told.slice(0, 2).join(': ') || `it ended with ${status ?? signal}`;
}

/**
 * @param {string} from
 * @param {string} to
 */
function moveUnlessThere(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    // Another process was faster, and what it put there is the same.
    if (!existsSync(join(to, 'bin', 'node'))) throw error;
  }
}

/** @param {string} cache */
function removeAbandoned(cache) {
  for (const name of readdirSync(cache).filter((each) => each.startsWith('fetched-node-'))) {
    const path = join(cache, name);
    const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > ABANDONED_MS) rmSync(path, { recursive: true, force: true });
  }
}
