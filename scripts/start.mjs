// start.mjs SCRIPT [ARGUMENT…]: runs scripts/SCRIPT.ts, or the TypeScript file SCRIPT, from whatever state the clone is in.
// Plain JavaScript and nothing imported: on a fresh clone there is no node_modules yet.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node 20.19 or newer is needed; this is ${process.versions.node}`);

const reason = whatIsMissing();
if (reason !== null) {
  process.stderr.write(`multivisor: ${reason}: running npm ci\n`);
  // Without --include=dev, NODE_ENV=production would leave out all that the scripts need.
  const installed = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (installed.error) fail(`npm could not be started: ${installed.error.message}`);
  if (installed.status !== 0) fail('npm ci failed (see above)');
}

const script = process.argv[2] ?? fail('which script?');
process.argv.splice(1, 2, script);
const { register } = await import('tsx/esm/api');
register({ tsconfig: fileURLToPath(new URL('tsconfig.json', root)) });
await import(new URL(script.endsWith('.ts') ? script : `scripts/${script}.ts`, root).href);

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

function fail(message) {
  process.stderr.write(`multivisor: ${message}\n`);
  process.exit(1);
}
