#!/usr/bin/env node
// dist/multivisor.js, built as CommonJS, which Node starts sooner. Compiling takes as long as all else that a short command does, so most commands are
// one file, and what V8 compiled of it is kept beside it from the first run on. Who cannot write there goes without. Only
// there: code from a directory that somebody else may write to is not to be trusted.
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script, constants } from 'node:vm';

const FULL = './full.mjs';
const OTHERS_MAY_WRITE = 0o022;
/** These bring React, a server or more with them, and run for long. */
const LARGE = ['tui', 'serve', 'listener', 'project', 'shell', 'alert'];

type Module = { exports: { run?: (host: NodeJS.Process) => Promise<void> } };

/** Before it, a timeout that only AbortSignal.any holds is collected as garbage, and never comes. */
const OLDEST_NODE = [22, 16] as const;

const [, , word] = process.argv;
if (isTooOld(process.versions.node)) refuse();
else if (word === undefined || word.startsWith('-') || LARGE.includes(word)) import(FULL).catch(fail);
else runPlain(join(__dirname, 'plain.cjs')).catch(fail);

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

/** On such a Node most of the rest would not even be read: without this, a page of its own code would be the answer. */
function refuse(): void {
  const needed = `Node ${OLDEST_NODE.join('.')} or newer is needed, and this is ${process.versions.node}`;
  const platform = `${process.platform}-${process.arch}`;
  // npm has that one under another name.
  const node = platform === 'darwin-arm64' ? `node-bin-${platform}` : `node-${platform}`;
  const beside = `npx -p ${node}@24 multivisor`;
  const ways = `install a newer one (https://nodejs.org, or nvm install 24), or leave it and run: ${beside}`;
  process.stderr.write(`multivisor: ${needed}: ${ways}\n`);
  process.exitCode = 1;
}

/** What it is made of is not there, say; its own faults the program tells itself. */
function fail(error: unknown): void {
  process.stderr.write(`multivisor: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function runPlain(file: string): Promise<void> {
  const cacheFile = `${file}.${process.version}-${process.arch}.cache`;
  // It holds ASCII alone (scripts/build.ts), which is read faster so.
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`;
  const cachedData = readIfOurs(cacheFile);
  const script = new Script(source, {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData && { cachedData }),
  });
  if (cachedData === null || script.cachedDataRejected) process.once('exit', () => keep(cacheFile, script));
  const plain: Module = { exports: {} };
  Reflect.apply(script.runInThisContext(), undefined, [plain.exports, require, plain, file, __dirname]);
  await plain.exports.run?.(process);
}

/**
 * It is run as it stands: so only what the user or root wrote, and nobody else could. Asked of the open file, as its name
 * may mean another one a moment later.
 */
function readIfOurs(file: string): Buffer | null {
  let fd: number | null = null;
  try {
    fd = openSync(file, 'r');
    const { uid, mode } = fstatSync(fd);
    const isOurs = uid === 0 || uid === process.getuid?.();
    return isOurs && (mode & OTHERS_MAY_WRITE) === 0 ? readFileSync(fd) : null;
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** In one step: whoever starts meanwhile finds a whole one, or none. */
function keep(file: string, script: Script): void {
  const temporary = `${file}.${process.pid}`;
  try {
    // Readable, so that root's serves all; `wx`, so that nobody prepared that name. A umask can only take from it.
    writeFileSync(temporary, script.createCachedData(), { mode: 0o644, flag: 'wx' });
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true });
  }
}
