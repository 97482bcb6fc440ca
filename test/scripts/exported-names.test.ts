import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

/** Every module in `src/` is formatted, so that a declaration begins its line. */
const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|type|class|interface|enum) (?<name>[\w$]+)/gmu;

/** `export { a, b as c }`, `export const { a } = …` and `export default` are not looked into, so there are none of them. */
const OTHER = /^export (?:\{|\*|type \{|default\b|(?:const|let) [[{])/mu;

type Declared = ReadonlyMap<string, readonly string[]>;

function declaredIn(modules: readonly (readonly [file: string, text: string])[]): Declared {
  const files = new Map<string, Set<string>>();
  for (const [file, text] of modules) {
    for (const { groups } of text.matchAll(DECLARATION)) {
      const name = groups?.['name'] ?? '';
      files.set(name, (files.get(name) ?? new Set()).add(file));
    }
  }
  return new Map(Array.from(files, ([name, places]) => [name, Array.from(places)]));
}

function doubles(declared: Declared): readonly string[] {
  const twice = Array.from(declared).filter(([, files]) => files.length > 1);
  return twice.map(([name, files]) => `${name}: ${files.join(', ')}`);
}

function readModules(): readonly (readonly [file: string, text: string])[] {
  const entries = readdirSync('src', { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (entry) => entry.isFile() && /\.tsx?$/u.test(entry.name) && !entry.name.endsWith('.d.ts'),
  );
  return files.map((entry) => {
    const file = join(entry.parentPath, entry.name);
    return [file, readFileSync(file, 'utf8')];
  });
}

test('two modules that declare one name are found; overloads and one that only imports are not', (t) => {
  const modules = [
    ['a.ts', 'export type Role = string;\nexport async function go(): Promise<void> {}\n'],
    ['b.ts', "import type { Role } from './a.ts';\nexport function* go() {}\nexport const ROLE = 1;\n"],
    ['c.tsx', 'export function one(a: string): void;\nexport function one(a: number): void;\n'],
    ['d.ts', 'export class Role {}\ntype ROLE = 1;\n'],
  ] as const;
  t.deepEqual(doubles(declaredIn(modules)), ['Role: a.ts, d.ts', 'go: a.ts, b.ts']);
});

test('no exported name means two things', (t) => {
  const modules = readModules();
  const declared = declaredIn(modules);
  t.true(declared.size > 1_000, 'the exports of src/ were read');
  t.deepEqual(
    modules.filter(([, text]) => OTHER.test(text)).map(([file]) => file),
    [],
    'exports of another form',
  );
  t.deepEqual(doubles(declared), [], 'declared in more than one module');
});
