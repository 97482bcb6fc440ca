#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { createIo } from '../src/cli/io.ts';
import { main } from '../src/cli/main.ts';

// An act on many processes listens once for each of them to one signal, which is no leak.
setMaxListeners(0);

try {
  process.exit(await main(process.argv.slice(2), createIo(process)));
} catch (error) {
  // Nobody foresaw this: whoever reports it needs the stack.
  process.stderr.write(`multivisor: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
