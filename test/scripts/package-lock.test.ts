import { readFile } from 'node:fs/promises';
import test from 'ava';
import * as v from 'valibot';

const names = v.optional(v.record(v.string(), v.string()), {});
const lockSchema = v.object({
  packages: v.record(
    v.string(),
    v.object({
      dependencies: names,
      optionalDependencies: names,
      devDependencies: names,
      resolved: v.optional(v.string()),
    }),
  ),
});

async function readLock() {
  const text = await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8');
  return v.parse(lockSchema, JSON.parse(text)).packages;
}

/** Where Node and npm look for a dependency of the package at `from`. */
function places(from: string, name: string): readonly string[] {
  const own = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  const above = from.lastIndexOf('node_modules/');
  return above < 0 ? [own] : [own, ...places(from.slice(0, above).replace(/\/$/, ''), name)];
}

test('package-lock.json has every dependency, also those of other platforms: npm ci refuses it otherwise', async (t) => {
  const packages = await readLock();
  const missing = Object.entries(packages).flatMap(([path, entry]) => {
    const wanted = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.devDependencies };
    const absent = Object.keys(wanted).filter((name) => !places(path, name).some((place) => place in packages));
    return absent.map((name) => `${path}: ${name}`);
  });
  t.deepEqual(missing, []);
});

test('package-lock.json names no registry, so that each machine asks its own', async (t) => {
  const packages = await readLock();
  t.deepEqual(
    Object.values(packages).flatMap(({ resolved }) => resolved ?? []),
    [],
  );
});
