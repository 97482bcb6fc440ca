import test from 'ava';
import type { ExecutionContext } from 'ava';
import { tailLines } from '../../../src/cli/output/log-lines.ts';
import type { Session, TailChunk } from '../../../src/core/ports.ts';
import { openWorld, realClock } from '../../helpers/core/world.ts';

/** The lines of a log that read `known` when it was asked for, and began with `begun` when it was followed. */
async function follow(t: ExecutionContext, known: string, begun: string): Promise<readonly string[]> {
  const { session } = openWorld(['a']);
  t.teardown(session.close);
  const tail: Session['tail'] = async function* ({ follow: follows }): AsyncGenerator<TailChunk> {
    yield { type: 'text', text: follows ? begun : known };
    if (follows) yield { type: 'gap', reason: 'the end' };
  };
  const world = { session: { ...session, tail }, clock: realClock, signal: new AbortController().signal };
  const lines: string[] = [];
  const wish = { uid: 'a:g:x', stream: 'stdout', lines: 10, follow: true } as const;
  for await (const line of tailLines(world, wish)) lines.push(line.type === 'line' ? line.text : `(${line.reason})`);
  return lines;
}

const LOST = '(more was written at once than was read)';
const bar = '1234567890'.repeat(200);
const ROWS: readonly (readonly [what: string, known: string, begun: string, lines: readonly string[]])[] = [
  ['nothing new', '1 x\n2 x\n', '1 x\n2 x\n', ['1 x', '2 x']],
  ['a new line', '1 x\n2 x\n', '1 x\n2 x\n3 x\n', ['1 x', '2 x', '3 x']],
  ['a line that was begun', '1 x\n2', '1 x\n2 x\n', ['1 x', '2 x']],
  ['an overlap that begins within a line', '1 x\n2 x\n', 'x\n2 x\n3 x\n', ['1 x', '2 x', '3 x']],
  ['a long line without an end', `0${bar}`, `${bar}8`, [`0${bar}8`]],
  ['ends of lines that are alike', '1 x\n2 x\n', 'x\n9 x\n', ['1 x', '2 x', LOST, 'x', '9 x']],
  ['nothing in common', '1 x\n2 x\n', '8 y\n9 y\n', ['1 x', '2 x', LOST, '8 y', '9 y']],
];

test('what was read and what follows are joined where they overlap, and never by the end of one line', async (t) => {
  for (const [what, known, begun, lines] of ROWS)
    t.deepEqual(await follow(t, known, begun), [...lines, '(the end)'], what);
});

/** The lines of a log that is followed: what was there, then what comes, chunk by chunk. */
async function show(t: ExecutionContext, old: readonly TailChunk[], coming: readonly TailChunk[]): Promise<string[]> {
  const { session } = openWorld(['a']);
  t.teardown(session.close);
  const tail: Session['tail'] = async function* ({ follow: follows }) {
    yield* follows ? coming : old;
  };
  const world = { session: { ...session, tail }, clock: realClock, signal: new AbortController().signal };
  const lines: string[] = [];
  const wish = { uid: 'a:g:x', stream: 'stdout', lines: 10, follow: coming.length > 0 } as const;
  for await (const line of tailLines(world, wish)) lines.push(line.type === 'line' ? line.text : `(${line.reason})`);
  return lines;
}

const text = (content: string): TailChunk => ({ type: 'text', text: content });
const gap: TailChunk = { type: 'gap', reason: 'gap' };

test('old lines that come again in parts are shown once, also where a part of them would do', async (t) => {
  const old = 'a\nb\na\nb\n';
  t.deepEqual(await show(t, [text(old)], [text('a\nb\n'), text('a\nb\nc\n'), text('d')]), [
    ...old.trimEnd().split('\n'),
    'c',
    'd',
  ]);
});

test('a character that was half written when the log was read comes whole, without a gap', async (t) => {
  t.deepEqual(await show(t, [text('one\ntw\ufffd')], [text('one\ntwö\n')]), ['one', 'twö']);
});

test('nothing is joined across a gap, in what was there nor in what comes', async (t) => {
  t.deepEqual(await show(t, [text('be'), gap, text('fore\n')], [text('fore\naf'), gap, text('ter\n')]), [
    '(gap)',
    'fore',
    'af',
    '(gap)',
    'ter',
  ]);
  t.deepEqual(await show(t, [text('be'), gap, text('fore\r\nend')], []), ['(gap)', 'fore', 'end']);
});

test('a line that never ends is shown as far as it is remembered, with a mark, and the next one comes whole', async (t) => {
  const part = text('x'.repeat(600_000));
  const [first = '', ...more] = await show(t, [text('0\n')], [text('0\n'), part, part, part, text('y\nnext\n')]).then(
    (lines) => lines.slice(1),
  );
  t.regex(first, /^x{1048576}… \[cut: a line of more than 1048576 characters\]$/u);
  t.deepEqual(more, ['next']);
});
