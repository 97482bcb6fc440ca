// @ts-check
// Node strips the types of .ts files by itself; what draws is TSX, which esbuild makes JavaScript of as it is loaded:
// `node --import=./scripts/tsx-files.mjs bin/multivisor.ts`. Everything else needs no flag.
import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

registerHooks({
  load: (url, context, next) => {
    const path = url.split('?', 1)[0] ?? url;
    if (!path.endsWith('.tsx')) return next(url, context);
    const file = fileURLToPath(path);
    /** @type {typeof import('esbuild')} */
    const { transformSync } = require('esbuild');
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      loader: 'tsx',
      jsx: 'automatic',
      format: 'esm',
      sourcefile: file,
      sourcemap: 'inline',
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
