// Bundles bin/multivisor.ts and all it needs into dist/, so that the installed package has no dependencies
// and a command loads only the chunks it uses: React and Ink belong to the terminal interface alone.
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { pageFiles } from './build-page.ts';
import { collectLicences } from './collect-licences.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DIST = join(ROOT, 'dist');
const ENTRY = join(DIST, 'multivisor.js');
const CACHE = join(ROOT, '.cache');

/** Ink imports it for a debugger that is never attached here; it is not installed. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'empty' }));
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

const result = await build({
  absWorkingDir: ROOT,
  entryPoints: ['bin/multivisor.ts'],
  outdir: DIST,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  metafile: true,
  write: false,
  legalComments: 'none',
  plugins: [withoutDevtools],
  define: {
    'process.env.NODE_ENV': '"production"',
    // Keeps ws from looking for native helpers in the node_modules of whoever runs it.
    'process.env.WS_NO_BUFFER_UTIL': '"1"',
    'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
  },
  // Bundled CommonJS still requires Node's own modules.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
});

const written = new Set<string>();
await mkdir(CACHE, { recursive: true });
// Not in dist/: another build, at the same moment, removes what it does not know there.
const scratch = await mkdtemp(join(CACHE, 'build-'));
// The entry last, and each file in one step: whoever starts the command meanwhile finds a whole one.
const outputs = result.outputFiles.toSorted((a, b) => Number(a.path === ENTRY) - Number(b.path === ENTRY));
await put(join(DIST, 'THIRD-PARTY-LICENSES.txt'), await collectLicences(ROOT, Object.keys(result.metafile.inputs)));
for (const file of outputs) await put(file.path, file.contents);
for (const [name, text] of Object.entries(await pageFiles())) await put(join(DIST, 'web', name), text);
await removeOthers();
await rm(scratch, { recursive: true });
const size = outputs.reduce((sum, file) => sum + file.contents.length, 0);
console.log(`dist/multivisor.js and ${outputs.length - 1} chunks, ${Math.round(size / 1024)} KiB`);

async function put(path: string, contents: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(scratch, basename(path));
  await writeFile(temporary, contents);
  if (path === ENTRY) await chmod(temporary, 0o755);
  await rename(temporary, path);
  written.add(path);
}

async function removeOthers(): Promise<void> {
  const entries = await readdir(DIST, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  await Promise.all(paths.filter((path) => !written.has(path)).map((path) => rm(path, { force: true })));
}
