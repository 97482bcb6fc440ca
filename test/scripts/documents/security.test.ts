// SECURITY.md is only as true as the tests that it names.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).map((path) => join('test', path));

test('each test that SECURITY.md names is there, under its path or its name', (t) => {
  const named = Array.from(text.matchAll(/`([\w./-]+\.test\.ts|test\/[\w./-]+)`/gu), ([, name = '']) => name);
  t.true(named.length > 30, 'it is read as it is written');
  for (const name of new Set(named)) {
    const path = name.replace(/\/$/u, '');
    const found = files.filter((file) => (path.includes('/') ? file === path : basename(file) === path));
    t.true(found.length > 0, `${name} is not there`);
  }
});

test('no test of attacks is forgotten there', (t) => {
  const attacks = files.filter((file) => /^test\/hostile\/[\w-]+\.test\.ts$/u.test(file));
  t.true(attacks.length >= 2);
  for (const file of attacks) {
    t.true(text.includes(`\`${file}\``) || text.includes('`test/hostile/`'), file);
  }
});
