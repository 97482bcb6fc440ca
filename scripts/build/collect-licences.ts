import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const manifestSchema = v.object({
  name: v.string(),
  version: v.string(),
  license: v.optional(v.string(), 'see below'),
});

// In any folder of the package: some carry others inside, with their licences beside them.
const LICENCE_FILE = /(^|\/)(licen[cs]es?|copying|notice)(\.\w+)?$/i;

/** The licence texts of every package that one of these files, relative to `root`, belongs to. */
export async function collectLicences(root: string, files: readonly string[]): Promise<string> {
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []));
  const texts = await Promise.all(
    Array.from(folders)
      .toSorted()
      .map((folder) => licenceOf(join(root, folder))),
  );
  return `multivisor contains the following packages.\n\n${texts.join('\n')}`;
}

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `node_modules/a/node_modules/@b/c`; null for our own files. */
function packageFolder(path: string): string | null {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? null;
}

async function licenceOf(folder: string): Promise<string> {
  const manifest = v.parse(manifestSchema, JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const files = await readdir(folder, { recursive: true });
  const own = files.filter((file) => !file.includes('node_modules') && LICENCE_FILE.test(file)).toSorted();
  const texts = await Promise.all(own.map((file) => readFile(join(folder, file), 'utf8')));
  const title = `${'='.repeat(80)}\n${manifest.name} ${manifest.version} (${manifest.license})`;
  return [title, ...texts.map((text) => text.trim()), ''].join('\n\n');
}
