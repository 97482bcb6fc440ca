import { fileURLToPath } from 'node:url';
import test from 'ava';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('a command over a plain configuration loads nothing of what speaks to a multivisor server', async (t) => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/cli/commands/status.ts'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['react-devtools-core'],
    metafile: true,
    write: false,
  });
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const { imports = [] } = metafile.inputs[file] ?? {};
    for (const { path, kind } of imports) if (kind !== 'dynamic-import') load(path);
  };
  load('src/cli/commands/status.ts');
  t.true(loaded.has('src/bridge/create-link.ts') && loaded.has('src/bridge/supervisord/supervisord-link.ts'));
  t.deepEqual(
    [...loaded].filter((file) => /node_modules\/ws\/|src\/core\/wire\/|multivisor\/(?:dial|link|watch)/.test(file)),
    [],
  );
});
