#!/usr/bin/env node
// dist/multivisor.js, built as CommonJS, which Node starts sooner. Compiling takes as long as all else that a short command does, so most commands are
// one file, and what V8 compiled of it is kept beside it from the first run on. Who cannot write there goes without. Only
// there: code from a directory that somebody else may write to is not to be trusted.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script, constants } from 'node:vm';

const FULL = './full.mjs';
/** These bring React, a server or more with them, and run for long. */
const LARGE = ['tui', 'serve', 'listener', 'project', 'shell'];

type Module = { exports: { run?: (host: NodeJS.Process) => Promise<void> } };

const [, , word] = process.argv;
if (word === undefined || word.startsWith('-') || LARGE.includes(word)) void import(FULL);
else void runPlain(join(__dirname, 'plain.cjs'));

async function runPlain(file: string): Promise<void> {
  const cacheFile = `${file}.${process.version}-${process.arch}.cache`;
  // It holds ASCII alone (scripts/build.ts), which is read faster so.
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`;
  const cachedData = readIfThere(cacheFile);
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

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

/** In one step: whoever starts meanwhile finds a whole one, or none. */
function keep(file: string, script: Script): void {
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true });
  }
}
