// Bundles the command and all it needs into dist/, so that the installed package has no dependencies. Short commands are
// one file (plain.cjs, see bin/start.ts); the others load only the chunks they use: React and Ink belong to the terminal
// interface alone.
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { pageFiles } from './build/build-page.ts';
import { collectLicences } from './build/collect-licences.ts';

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

/** meow would load, at every start, what puts a package.json in order: it gets none here. */
const withoutNormalizing: Plugin = {
  name: 'without-normalizing',
  setup: ({ onLoad }) => {
    onLoad({ filter: /meow\/build\/dependencies\.js$/ }, async ({ path }) => {
      const eager =
        'var normalizeExports = requireNormalize();\nconst normalizePackageData = getDefaultExportFromCjs(normalizeExports);';
      const lazy = 'const normalizePackageData = (...all) => getDefaultExportFromCjs(requireNormalize())(...all);';
      const text = await readFile(path, 'utf8');
      if (!text.includes(eager)) throw new Error(`${path} is not what it was: see scripts/build.ts`);
      return { contents: text.replace(eager, lazy) };
    });
  },
};

/** Makes at its start what tells characters apart, which takes Node 30 ms and is only needed where there are others than ours. */
const withSegmenterLater: Plugin = {
  name: 'with-segmenter-later',
  setup: ({ onLoad }) => {
    onLoad({ filter: /string-width\/index\.js$/ }, async ({ path }) => {
      const eager = 'const segmenter = new Intl.Segmenter();';
      const lazy = 'let made;\nconst segmenter = { segment: (text) => (made ??= new Intl.Segmenter()).segment(text) };';
      const text = await readFile(path, 'utf8');
      if (!text.includes(eager)) throw new Error(`${path} is not what it was: see scripts/build.ts`);
      return { contents: text.replace(eager, lazy) };
    });
  },
};

/** Modules of Node's that take milliseconds to load and that few commands call: loaded when they are. */
const SELDOM = [
  'node:crypto',
  'node:dns/promises',
  'node:child_process',
  'node:https',
  'node:tls',
  'node:readline',
  'node:readline/promises',
];
const withSeldomLater: Plugin = {
  name: 'with-seldom-later',
  setup: ({ onResolve, onLoad }) => {
    const filter = new RegExp(`^(?:${SELDOM.join('|')})$`);
    onResolve({ filter }, ({ path, namespace }) => (namespace === 'seldom' ? null : { path, namespace: 'seldom' }));
    onLoad({ filter, namespace: 'seldom' }, async ({ path }) => {
      const all: Record<string, unknown> = await import(path);
      const names = Object.keys(all).filter((name) => typeof all[name] === 'function' && name !== 'default');
      const load = `const load = () => process.getBuiltinModule(${JSON.stringify(path)});`;
      const calls = names.map((name) => `export const ${name} = (...args) => load().${name}(...args);`);
      return { contents: [load, ...calls].join('\n') };
    });
  },
};

/** What bin/start.ts never runs from plain.cjs. */
const LARGE = /(?:\/tui\/(?:run|theme)|\/run-server|\/run-listener|\/run-project-command|\/run-alert-test)\.ts$/;
const withoutLarge: Plugin = {
  name: 'without-large',
  setup: ({ onResolve }) => {
    onResolve({ filter: LARGE }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, external: true } : null));
  },
};

const COMMON = {
  absWorkingDir: ROOT,
  outdir: DIST,
  bundle: true,
  platform: 'node',
  target: 'node22.16',
  metafile: true,
  write: false,
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  define: {
    'process.env.NODE_ENV': '"production"',
    // Keeps ws from looking for native helpers in the node_modules of whoever runs it.
    'process.env.WS_NO_BUFFER_UTIL': '"1"',
    'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
  },
} satisfies BuildOptions;

const full = build({
  ...COMMON,
  entryPoints: { full: 'bin/multivisor.ts' },
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  // Ink's layout would take its code out of a data: URL with it, for which Node loads a whole HTTP client at the start of
  // the terminal interface; without it, it decodes the text.
  define: { ...COMMON.define, fetch: 'undefined' },
  plugins: [withoutDevtools, withoutNormalizing, withSegmenterLater],
  // Bundled CommonJS still requires Node's own modules.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
});
const plain = build({
  ...COMMON,
  entryPoints: { plain: 'src/cli/run.ts' },
  // Read whole at each start: a third less of it.
  minifyIdentifiers: true,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  plugins: [withoutLarge, withoutNormalizing, withSeldomLater],
  // bin/start.ts reads it as such.
  charset: 'ascii',
  define: { ...COMMON.define, 'import.meta': 'importMetaOfBundle' },
  banner: { js: "const importMetaOfBundle = { url: require('node:url').pathToFileURL(__filename).href };" },
});
const start = build({
  ...COMMON,
  entryPoints: { multivisor: 'bin/start.ts' },
  bundle: false,
  format: 'cjs',
  // It tells an old Node that it is too old.
  target: 'node18',
});
const results = await Promise.all([full, plain, start]);
const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));

const written = new Set<string>();
await mkdir(CACHE, { recursive: true });
// Not in dist/: another build, at the same moment, removes what it does not know there.
const scratch = await mkdtemp(join(CACHE, 'build-'));
// The entry last, and each file in one step: whoever starts the command meanwhile finds a whole one.
const files = results.flatMap(({ outputFiles }) => outputFiles);
const outputs = files.toSorted((a, b) => Number(a.path === ENTRY) - Number(b.path === ENTRY));
await put(join(DIST, 'THIRD-PARTY-LICENSES.txt'), await collectLicences(ROOT, [...new Set(inputs)]));
// The project's own package.json says that .js is a module.
await put(join(DIST, 'package.json'), '{ "type": "commonjs" }\n');
for (const file of outputs) await put(file.path, file.contents);
for (const [name, text] of Object.entries(await pageFiles())) await put(join(DIST, 'web', name), text);
await removeOthers();
await rm(scratch, { recursive: true });
const size = outputs.reduce((sum, file) => sum + file.contents.length, 0);
console.log(`dist/multivisor.js and ${outputs.length - 1} more files, ${Math.round(size / 1024)} KiB`);

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
