// Bundles the page of the server: one script, one style, one document.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../../src/server/web/', import.meta.url));
/** Of everything that a browser loads, compressed: a phone on a bad line is waiting. */
const PAGE_LIMIT = 60 * 1024;

export type BuiltPage = { readonly html: string; readonly script: string; readonly style: string };

export async function buildPage(): Promise<BuiltPage> {
  const { outputFiles } = await build({
    entryPoints: [join(SOURCE, 'main.ts'), join(SOURCE, 'page.css')],
    outdir: 'page',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2023', 'chrome120', 'firefox121', 'safari17'],
    legalComments: 'none',
    write: false,
    tsconfig: join(SOURCE, 'tsconfig.json'),
  });
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  const html = await readFile(join(SOURCE, 'index.html'), 'utf8');
  return { html, script: textOf('main.js'), style: textOf('page.css') };
}

export function pageSize(page: BuiltPage): number {
  return [page.html, page.script, page.style].reduce((sum, text) => sum + gzipSync(text).length, 0);
}

/** By name, as they lie in dist/web. Throws when the page has grown too large. */
export async function pageFiles(): Promise<Readonly<Record<string, string>>> {
  const page = await buildPage();
  const size = pageSize(page);
  if (size > PAGE_LIMIT) throw new Error(`the page is ${size} bytes compressed; ${PAGE_LIMIT} are the limit`);
  return { 'index.html': page.html, 'page.js': page.script, 'page.css': page.style };
}
