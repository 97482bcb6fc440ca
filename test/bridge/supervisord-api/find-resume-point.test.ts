import test from 'ava';
import { BACKLOG_BYTES, findNewsStart, keepEnd } from '../../../src/bridge/supervisord-api/find-resume-point.ts';
import { findSkip } from '../../../src/bridge/supervisord-api/process-log/attach.ts';

const line = (ms: number, words: string) => `2026-01-31 12:00:00,${String(ms).padStart(3, '0')} INFO ${words}\n`;
const OLD = Array.from({ length: 30 }, (_, index) => line(index, `old line ${index}`)).join('');
const NEW = line(900, 'new line') + line(901, 'another one');

/** What a tail stream of this log sends first. */
const streamOf = (log: string) => Buffer.from(log).subarray(-BACKLOG_BYTES);

const rows: readonly {
  readonly title: string;
  readonly seen: string;
  readonly stream: Buffer;
  readonly news: string | null;
}[] = [
  { title: 'nothing is new in an idle log', seen: OLD, stream: streamOf(OLD), news: '' },
  { title: 'lines written since are new', seen: OLD, stream: streamOf(OLD + NEW), news: NEW },
  {
    title: 'a short log is sent from its start',
    seen: line(1, 'a'),
    stream: Buffer.from(line(1, 'a') + NEW),
    news: NEW,
  },
  { title: 'everything is new in a log that was empty', seen: '', stream: Buffer.from(NEW), news: NEW },
  {
    title: 'the same line, twice in a millisecond, is new the second time',
    seen: line(5, 'x') + line(6, 'spawnerr'),
    stream: Buffer.from(line(5, 'x') + line(6, 'spawnerr') + line(6, 'spawnerr')),
    news: line(6, 'spawnerr'),
  },
  {
    title: 'more was written since than the stream goes back',
    seen: OLD,
    stream: streamOf(OLD + NEW.repeat(20)),
    news: null,
  },
  { title: 'another log', seen: OLD, stream: Buffer.from(NEW), news: null },
  {
    title: 'half a line was seen',
    seen: `${OLD}2026-01-31 12:00:01,0`,
    stream: streamOf(`${OLD}2026-01-31 12:00:01,000 INFO x\n`),
    news: '00 INFO x\n',
  },
];

for (const { title, seen, stream, news } of rows) {
  test(`where the news start: ${title}`, (t) => {
    const end = keepEnd(Buffer.alloc(0), Buffer.from(seen));
    const at = findNewsStart(end, stream);
    t.is(at === null ? null : stream.subarray(at).toString(), news);
  });
}

test('a stream that came only in part is waited for', (t) => {
  const whole = streamOf(OLD + NEW);
  const seen = keepEnd(Buffer.alloc(0), Buffer.from(OLD));
  const boundary = whole.length - Buffer.byteLength(NEW);
  for (let length = 0; length < boundary; length += 7) t.is(findNewsStart(seen, whole.subarray(0, length)), null);
  for (let length = boundary; length <= whole.length; length += 7) {
    t.is(findNewsStart(seen, whole.subarray(0, length)), boundary);
  }
});

test('the end that is kept is that of everything seen', (t) => {
  let seen: Buffer = Buffer.alloc(0);
  const all = Buffer.from(OLD + NEW);
  for (let at = 0; at < all.length; at += 100) seen = keepEnd(seen, all.subarray(at, at + 100));
  t.deepEqual(seen, all.subarray(-BACKLOG_BYTES));
});

test('old lines and a stream are joined by sizes, and by comparing when the size moved meanwhile', (t) => {
  const end = Buffer.from(OLD).subarray(-1_100);
  const start = streamOf(OLD + NEW.slice(0, 30));
  t.is(findSkip({ end, skip: { least: 500, most: 500 } }, start), 500);
  t.is(findSkip({ end, skip: { least: 900, most: 1_024 } }, start), 994);
  t.is(findSkip({ end: null, skip: { least: 900, most: 1_024 } }, start), null);
  const same = Buffer.alloc(1_100, 'x\n');
  t.is(findSkip({ end: same, skip: { least: 1_000, most: 1_024 } }, same.subarray(0, 1_024)), null, 'several fit');
});
