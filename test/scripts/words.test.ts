import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

/** One word for one thing: the words that were given up, and what is said instead (see the glossary in ARCHITECTURE.md). */
const GIVEN_UP: readonly (readonly [word: string, instead: string])[] = [
  ['pace', 'poll interval'],
  ['pulse', 'keepalive'],
  ['burst', 'debounce, or what it is'],
  ['bursts', 'debounce, or what it is'],
  ['nudge', 'wake'],
  ['nudges', 'wake'],
  ['nudged', 'wake'],
  ['nudging', 'wake loop'],
  ['tuning', 'link options'],
  ['stray', 'orphan'],
  ['strays', 'orphan'],
  ['limited', 'deadline'],
  ['look again', 'reread'],
  ['look around', 'reread'],
  ['looks again', 'reread'],
  ['looked around', 'reread'],
];

/** Where one of them may stand, and why. */
const ALLOWED: readonly { readonly file: string; readonly line: RegExp; readonly reason: string }[] = [
  {
    file: 'src/bridge/supervisord/main-log/wake-loop.ts',
    line: /X-Nudge: /u,
    reason: 'the name of a header on the wire, by which an operator may know our requests',
  },
];

const PLACES = ['src', 'bin', 'ARCHITECTURE.md'];
const TEXT = /\.(?:ts|tsx|css|html|md|mjs)$/u;

function filesOf(place: string): readonly string[] {
  if (TEXT.test(place)) return [place];
  const found = readdirSync(place, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && TEXT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** `createPulse`, `PULSE_MS` and `pulse-options` in words that a search for a word finds. */
function toWords(line: string): string {
  return ` ${line
    .replace(/([a-z0-9])([A-Z])/gu, '$1 $2')
    .replace(/[^A-Za-z]+/gu, ' ')
    .toLowerCase()} `;
}

const wordsIn = (line: string) => GIVEN_UP.filter(([word]) => toWords(line).includes(` ${word} `));

test('a word that was given up is found in any form of a name', (t) => {
  for (const line of [
    'startPulse()',
    'const PULSE_MS = 1',
    "from './pulse.ts'",
    '// its pulse.',
    'readonly pulse: Pulse',
  ]) {
    t.deepEqual(wordsIn(line), [['pulse', 'keepalive']], line);
  }
  for (const line of ['impulse', 'a space', 'unlimited', 'delimited', 'impulsePath'])
    t.deepEqual(wordsIn(line), [], line);
});

test('the words that were given up do not come back', (t) => {
  const back: string[] = [];
  const used = new Set<unknown>();
  for (const file of PLACES.flatMap(filesOf)) {
    const lines = [file, ...readFileSync(file, 'utf8').split('\n')];
    lines.forEach((line, number) => {
      for (const [word, instead] of wordsIn(line)) {
        const allowed = ALLOWED.find((place) => place.file === file && place.line.test(line));
        if (allowed) used.add(allowed);
        else back.push(`${file}:${number}: "${word}": say ${instead}`);
      }
    });
  }
  t.deepEqual(back, []);
  t.deepEqual(
    ALLOWED.filter((place) => !used.has(place)),
    [],
    'a place that is allowed but no longer there',
  );
});
