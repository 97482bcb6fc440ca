import { existsSync, readFileSync, readdirSync } from 'node:fs';
import test from 'ava';

const text = readFileSync('ARCHITECTURE.md', 'utf8');
const lines = text.trimEnd().split('\n');

/** Lines from this heading to the next. */
function section(heading: string): readonly string[] {
  const from = lines.indexOf(`## ${heading}`);
  const to = lines.findIndex((line, at) => at > from && line.startsWith('## '));
  return lines.slice(from + 1, to < 0 ? undefined : to);
}

const spans = (line: string) => Array.from(line.matchAll(/`(?<name>[^`]+)`/gu), ({ groups }) => groups?.['name'] ?? '');

/** A span that ends with a slash is the folder of those that follow it. */
function filesOf(line: string): readonly string[] {
  let folder = '';
  return spans(line).flatMap((span) => {
    if (!span.endsWith('/')) return [`${folder}${span}`];
    folder = span;
    return [];
  });
}

test('ARCHITECTURE.md stays a page that one reads: at most 150 lines', (t) => {
  t.true(lines.length <= 150, `${lines.length} lines`);
});

test('each place of the code map is there', (t) => {
  const rows = section('Code map').filter((line) => line.startsWith('| `'));
  t.true(rows.length > 20);
  for (const row of rows) {
    const [first = '', ...others] = spans(row.split('|')[1] ?? '');
    const folder = first.slice(0, first.replace(/\/$/u, '').lastIndexOf('/') + 1);
    t.true(existsSync(first), first);
    for (const place of others) t.true(existsSync(place) || existsSync(`${folder}${place}`), `${first}: ${place}`);
  }
});

test('the two flows name each file that news passes, and no more of them than one can follow', (t) => {
  const counts: number[] = [];
  const said: number[] = [];
  let files: readonly string[] = [];
  for (const line of [...section('Two flows'), '**end']) {
    if (line.startsWith('- ')) files = [...files, ...filesOf(line)];
    else if (line.startsWith('**')) {
      if (files.length > 0) counts.push(files.length);
      files = [];
      const [, number] = / (\d+) files:$/u.exec(line) ?? [];
      if (number !== undefined) said.push(Number(number));
    }
    for (const file of line.startsWith('- ') ? filesOf(line) : []) {
      t.true(existsSync(`${file}.ts`) || existsSync(`${file}.tsx`), file);
    }
  }
  t.deepEqual(counts, said);
  const [death = Infinity, restart = Infinity] = counts;
  t.true(death <= 30 && restart <= 25, `${death} and ${restart} files`);
});

test('each decision has a page and a line', (t) => {
  const linked = section('Decisions').flatMap((line) => /\((docs\/decisions\/[^)]+)\)/u.exec(line)?.[1] ?? []);
  t.deepEqual(
    linked.toSorted(),
    readdirSync('docs/decisions')
      .map((page) => `docs/decisions/${page}`)
      .toSorted(),
  );
});

test('no folder holds more than 20 files of its own, but for the commands, each of which is one', (t) => {
  const counts = new Map<string, number>();
  for (const top of ['src', 'test', 'scripts', 'bench']) {
    for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) counts.set(entry.parentPath, (counts.get(entry.parentPath) ?? 0) + 1);
    }
  }
  t.true(counts.size > 50);
  const full = Array.from(counts).filter(([folder, count]) => count > 20 && folder !== 'src/cli/commands');
  t.deepEqual(full, []);
});
