// start.mjs SCRIPT [ARGUMENT…]: runs scripts/SCRIPT.ts, or the TypeScript file SCRIPT, from whatever state the clone is in.
// Plain JavaScript with nothing from node_modules: on a fresh clone there is none yet, and the Node that the machine has
// may be too old for the project's tools; then one is fetched for it alone, and all goes on there.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { WANTED, bringNode, privateVersion, suits, withNodeFirst } from './private-node.mjs';

const OLDEST_THAT_CAN_FETCH = 20;
const root = new URL('../', import.meta.url);

if (suits(process.versions.node)) await runScript();
else runOn(privateNode());

async function runScript() {
  const reason = whatIsMissing();
  if (reason !== null) install(reason);
  const script = process.argv[2] ?? fail('which script?');
  process.argv.splice(1, 2, script);
  await import('./tsx-files.mjs');
  await import(new URL(script.endsWith('.ts') ? script : `scripts/${script}.ts`, root).href);
}

function privateNode() {
  const needs = `Node ${WANTED} is needed; this is ${process.versions.node}`;
  if (parseInt(process.versions.node, 10) < OLDEST_THAT_CAN_FETCH) fail(needs);
  const version = privateVersion();
  if (version === null) fail(`${needs}, and npm has none for ${process.platform}-${process.arch}`);
  const brought = bringNode(version);
  return 'node' in brought ? brought.node : fail(`${needs}, and ${version} could not be fetched: ${brought.failure}`);
}

/** The same again on another Node: as if it had been started there, to the signals and the exit code. */
function runOn(node) {
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: withNodeFirst(node),
  });
  // From a terminal ctrl+c reaches both of us, and two of them mean something else than one.
  const byTerminal = [0, 1, 2].some((fd) => isatty(fd));
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2']) {
    const isKey = signal === 'SIGINT' || signal === 'SIGQUIT';
    process.on(signal, () => void ((byTerminal && isKey) || child.kill(signal)));
  }
  child.once('error', (error) => fail(`${node} could not be started: ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Some are not deadly here though they were there.
    process.exitCode = 128 + constants.signals[signal];
  });
}

function install(reason) {
  process.stderr.write(`multivisor: ${reason}: running npm ci\n`);
  // Without --include=dev, NODE_ENV=production would leave out all that the scripts need.
  const installed = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (installed.error) fail(`npm could not be started: ${installed.error.message}`);
  if (installed.status !== 0) fail('npm ci failed (see above)');
}

/** Null when what is installed is what package-lock.json asks for; compared by content, as a clone has no useful times. */
function whatIsMissing() {
  const wanted = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')).packages;
  const installed = readInstalled();
  if (installed === null) return 'node_modules is not there';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const there = installed[path];
    // Optional ones are mostly for other platforms.
    if (there === undefined && entry.optional) continue;
    if (there?.version !== entry.version) return `${path} is not as package-lock.json asks for`;
  }
  return null;
}

function readInstalled() {
  try {
    return JSON.parse(readFileSync(new URL('node_modules/.package-lock.json', root), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`multivisor: ${message}\n`);
  process.exit(1);
}
