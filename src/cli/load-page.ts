// The page lies beside the bundle; from the source tree it is built by `npm run build`.
import { readFile } from 'node:fs/promises';
import type { Page } from '../server/options.ts';

/** Null when it was never built: everything else is served all the same. */
export async function loadPage(): Promise<Page | null> {
  const folders = [
    new URL('web/', import.meta.url),
    new URL('../web/', import.meta.url),
    new URL('../../dist/web/', import.meta.url),
  ];
  for (const folder of folders) {
    try {
      const [html, script, style] = await Promise.all(
        ['index.html', 'page.js', 'page.css'].map((name) => readFile(new URL(name, folder), 'utf8')),
      );
      return { html: html ?? '', script: script ?? '', style: style ?? '' };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return null;
}
