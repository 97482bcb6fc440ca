import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createSupervisordLink } from '../../../../src/bridge/supervisord/supervisord-link.ts';
import type { TailChunk, TailRequest } from '../../../../src/core/ports.ts';
import { deadline, eventually } from '../../../helpers/deadline.ts';
import type { Supervisord, SupervisordOptions } from '../../../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../../helpers/supervisord/supervisord.ts';

/** Its log is ours to write: supervisord only serves the file. */
const QUIET = '[program:quiet]\ncommand=sleep 1000\nstartsecs=0\nstdout_logfile=%(here)s/quiet.log\n';
/** Counts, one line every 10 ms, and rotates all the time when told so. */
const COUNTER =
  '[program:counter]\ncommand=bash -c "i=0; while sleep 0.01; do i=$((i+1)); echo line $i é漢😀; done"\n' +
  'stdout_logfile=%(here)s/counter.log\nstdout_logfile_backups=2\n';

async function setUp(t: ExecutionContext, options: SupervisordOptions) {
  const host = await startSupervisord(options);
  t.teardown(host.stop);
  return { host, link: createSupervisordLink(host.config()), log: join(host.dir, 'quiet.log') };
}

function tail(t: ExecutionContext, host: Supervisord, request: Partial<TailRequest>) {
  const over = new AbortController();
  const chunks: TailChunk[] = [];
  const whole = { uid: 's:quiet:quiet', stream: 'stdout', backlogBytes: 0, follow: true, ...request } as const;
  const link = createSupervisordLink(host.config());
  const read = async () => {
    for await (const chunk of link.tail(whole, { signal: over.signal })) chunks.push(chunk);
  };
  const ended = read();
  const stop = async () => {
    over.abort();
    await deadline(ended, 1_000, 'the tail ends');
  };
  t.teardown(() => over.abort());
  const text = () => chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
  return {
    chunks,
    ended,
    text,
    gaps: () => chunks.filter(({ type }) => type === 'gap').length,
    untilText: (fits: (text: string) => boolean, ms = 5_000) =>
      eventually(text, fits, { what: 'the text is there', ms }),
    stop,
  };
}

const backlogs: readonly {
  readonly title: string;
  readonly log: string;
  readonly bytes: number;
  readonly sent: string;
}[] = [
  { title: 'nothing of it', log: 'a\nb\n', bytes: 0, sent: '' },
  { title: 'all of a short one', log: 'a\nb\n', bytes: 100, sent: 'a\nb\n' },
  { title: 'the end of a short one', log: 'a\nb\n', bytes: 2, sent: 'b\n' },
  { title: 'exactly as far as a stream goes back', log: 'x\n'.repeat(2_000), bytes: 1_024, sent: 'x\n'.repeat(512) },
  { title: 'less than a stream goes back', log: 'y\n'.repeat(2_000), bytes: 100, sent: 'y\n'.repeat(50) },
  { title: 'more than a stream goes back', log: 'z\n'.repeat(40_000), bytes: 60_000, sent: 'z\n'.repeat(30_000) },
  { title: 'more than there is', log: 'z\n'.repeat(4_000), bytes: 1_000_000, sent: 'z\n'.repeat(4_000) },
  { title: 'no half character', log: 'é漢😀'.repeat(500), bytes: 3_000, sent: 'é漢😀'.repeat(333) },
  { title: 'no half character of a few', log: 'é漢😀'.repeat(500), bytes: 302, sent: `😀${'é漢😀'.repeat(33)}` },
  { title: 'an empty one', log: '', bytes: 100, sent: '' },
];

test('the end of a log is sent to the byte, and joined to what follows without loss or doubling', async (t) => {
  const { host, log } = await setUp(t, { programs: QUIET });
  for (const { title, log: content, bytes, sent } of backlogs) {
    await writeFile(log, content);
    const once = tail(t, host, { backlogBytes: bytes, follow: false });
    await deadline(once.ended, 5_000, title);
    t.is(once.text(), sent, title);
    const following = tail(t, host, { backlogBytes: bytes });
    if (sent === '') {
      // Nothing tells that the stream stands but a line that comes over it.
      const knock = () => appendFile(log, 'knock\n').then(following.text);
      await eventually(knock, (text) => text !== '', { what: title, everyMs: 150 });
      t.regex(following.text(), /^(?:knock\n)+$/);
    } else await following.untilText((text) => text === sent);
    await appendFile(log, 'new 1\n');
    await appendFile(log, 'new 2\n');
    await following.untilText((text) => text.endsWith('new 2\n'));
    t.is(following.text().replaceAll('knock\n', ''), `${sent}new 1\nnew 2\n`, title);
    t.is(following.gaps(), 0, title);
    await following.stop();
  }
});

test('characters that are cut by the stream come whole, and bytes that are no text do not stop it', async (t) => {
  const { host, log } = await setUp(t, { programs: QUIET, listen: 'tcp' });
  await writeFile(log, 'start\n');
  const following = tail(t, host, { backlogBytes: 100 });
  await following.untilText((text) => text === 'start\n');
  const bytes = Buffer.from('é漢😀\n');
  for (const byte of bytes) {
    await appendFile(log, Buffer.from([byte]));
    await host.rpc('supervisor.getState');
    await new Promise((resolve) => setTimeout(resolve, 110));
  }
  await following.untilText((text) => text === 'start\né漢😀\n');
  await appendFile(log, Buffer.from([0xff, 0x0a]));
  await following.untilText((text) => text === 'start\né漢😀\n\ufffd\n');
  await following.stop();

  await writeFile(
    log,
    Buffer.concat([Buffer.from('old\n'.repeat(1_000)), Buffer.from([0xff]), Buffer.from('\nend\n')]),
  );
  const once = tail(t, host, { backlogBytes: 2_000, follow: false });
  await deadline(once.ended, 5_000, 'it ends');
  t.true(once.text().endsWith('old\n\ufffd\nend\n'));
  t.is(once.gaps(), 1, 'supervisord cannot send what is older');
});

test('a log that is truncated goes on after a gap, and nothing comes twice', async (t) => {
  const { host, log } = await setUp(t, { programs: QUIET });
  await writeFile(log, 'before\n'.repeat(100));
  const following = tail(t, host, { backlogBytes: 14 });
  await following.untilText((text) => text === 'before\nbefore\n');
  await truncate(log, 0);
  await appendFile(log, 'after 1\n');
  await following.untilText((text) => text.includes('after 1\n'));
  await appendFile(log, 'after 2\n');
  await following.untilText((text) => text.includes('after 2\n'));
  t.is(following.text(), 'before\nbefore\nafter 1\nafter 2\n');
  t.is(following.gaps(), 1);
  await following.stop();
});

/** The numbers of the lines, and where one is not the next of the one before. */
function jumpsIn(chunks: readonly TailChunk[]): {
  readonly count: number;
  readonly jumps: number;
  readonly back: number;
} {
  const lines = chunks
    .map((chunk) => (chunk.type === 'text' ? chunk.text : ''))
    .join('')
    .split('\n')
    .slice(1, -1);
  const numbers = lines.map((line) => Number(/^line (\d+) é漢😀$/.exec(line)?.[1] ?? Number.NaN));
  const steps = numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0));
  return {
    count: numbers.length,
    jumps: steps.filter((step) => step !== 1).length,
    back: steps.filter((step) => !(step >= 1)).length,
  };
}

test('a log that is being written fast is followed without loss, from a long backlog on', async (t) => {
  const { host } = await setUp(t, { programs: COUNTER });
  await eventually(
    () => readFile(join(host.dir, 'counter.log'), 'utf8').catch(() => ''),
    (text) => text.length > 3_000,
    { what: 'a long log' },
  );
  for (const backlogBytes of [0, 500, 2_000]) {
    const following = tail(t, host, { uid: 's:counter:counter', backlogBytes });
    await following.untilText((text) => text.length > backlogBytes + 2_000, 10_000);
    await following.stop();
    const { count, jumps } = jumpsIn(following.chunks);
    t.true(count > 50);
    t.is(jumps, 0, `backlog ${backlogBytes}`);
    t.is(following.gaps(), 0);
  }
});

test('what a rotation loses is marked, and nothing comes twice', async (t) => {
  const { host } = await setUp(t, { programs: `${COUNTER}stdout_logfile_maxbytes=3KB\n` });
  const following = tail(t, host, { uid: 's:counter:counter', backlogBytes: 100 });
  await eventually(following.gaps, (gaps) => gaps >= 1, { what: 'a gap is marked', ms: 15_000 });
  await following.untilText((text) => text.length > 4_000, 15_000);
  await following.stop();
  t.is(jumpsIn(following.chunks).back, 0);
});

test('a supervisord that is restarted goes on where it was', async (t) => {
  const { host, log } = await setUp(t, { programs: QUIET, listen: 'tcp' });
  await writeFile(log, 'one\n');
  const following = tail(t, host, { backlogBytes: 100 });
  await following.untilText((text) => text === 'one\n');
  await appendFile(log, 'two\n');
  await following.untilText((text) => text === 'one\ntwo\n');
  await host.kill();
  await appendFile(log, 'three, while nobody served it\n');
  await host.start();
  await following.untilText((text) => text.endsWith('it\n'), 10_000);
  await appendFile(log, 'four\n');
  await following.untilText((text) => text.endsWith('four\n'));
  t.is(following.text(), 'one\ntwo\nthree, while nobody served it\nfour\n');
  t.is(following.gaps(), 0);
  await following.stop();
});

test('a host that cannot be reached is an error at the start', async (t) => {
  const { host } = await setUp(t, { programs: QUIET });
  await host.halt();
  const error = await t.throwsAsync(tail(t, host, { backlogBytes: 10 }).ended);
  t.like(error, { name: 'SessionError', code: 'unreachable' });
});
