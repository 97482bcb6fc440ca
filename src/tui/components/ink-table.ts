// The one door to ink-table. It is CommonJS and requires Ink, which is not: plain Node refuses that. Putting the Ink that
// we run on into require's cache beforehand gives it the same Ink and the same React. In a bundle there is nothing to
// resolve, and nothing to do.
import { createRequire, Module } from 'node:module';
import type { ComponentType, ReactNode } from 'react';

export type InkTableProps = {
  readonly data: readonly Readonly<Record<string, string>>[];
  readonly columns: readonly string[];
  readonly padding: number;
  readonly header: ComponentType<{ readonly children?: ReactNode }>;
  readonly cell: ComponentType<{ readonly children?: ReactNode }>;
  readonly skeleton: ComponentType<{ readonly children?: ReactNode }>;
};

export type InkTable = ComponentType<InkTableProps>;

/** Takes some milliseconds, so it is begun after the first frame. */
export async function loadInkTable(): Promise<InkTable> {
  await seedRequireCache();
  const module: unknown = await import('ink-table');
  const found = findComponent(module);
  if (!found) throw new Error('ink-table exports no component');
  return found;
}

async function seedRequireCache(): Promise<void> {
  const require = createRequire(import.meta.url);
  let path: string;
  try {
    path = require.resolve('ink');
  } catch {
    // Bundled: both are inside already.
    return;
  }
  const seeded = new Module(path);
  seeded.exports = await import('ink');
  seeded.loaded = true;
  require.cache[path] ??= seeded;
}

/** The default export, however many times the module systems have wrapped it. */
function findComponent(module: unknown): InkTable | null {
  if (isComponent(module)) return module;
  if (typeof module === 'object' && module !== null && 'default' in module) return findComponent(module.default);
  return null;
}

function isComponent(value: unknown): value is InkTable {
  return typeof value === 'function';
}
