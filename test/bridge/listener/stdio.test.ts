import test from 'ava';
import { StdioError, createStdioReader } from '../../../src/bridge/listener/stdio.ts';
import { parseLine } from '../../../src/bridge/listener/parse-line.ts';
import { encodeLine } from '../../../src/bridge/listener/protocol.ts';
import { createMutator } from '../../helpers/mutate.ts';

function frame(payload: string, more: { readonly event?: string; readonly serial?: number } = {}): Buffer {
  const { event = 'PROCESS_STATE_EXITED', serial = 7 } = more;
  const length = Buffer.byteLength(payload);
  const header = `ver:3.0 server:supervisor serial:21 pool:listener poolserial:${serial} eventname:${event} len:${length}\n`;
  return Buffer.from(header + payload);
}

const EXITED = 'processname:web groupname:web from_state:RUNNING expected:0 pid:42';

test('events come out as they went in, however their bytes are cut', (t) => {
  const both = Buffer.concat([frame(EXITED), frame('', { event: 'SUPERVISOR_STATE_CHANGE_STOPPING', serial: 8 })]);
  for (const step of [1, 2, 7, 90, 1_000]) {
    const reader = createStdioReader();
    const events = [];
    for (let at = 0; at < both.length; at += step) events.push(...reader.push(both.subarray(at, at + step)));
    t.deepEqual(events, [
      { event: 'PROCESS_STATE_EXITED', poolserial: 7, payload: EXITED },
      { event: 'SUPERVISOR_STATE_CHANGE_STOPPING', poolserial: 8, payload: '' },
    ]);
  }
});

test('of a long payload only the start is kept, and what follows it is still understood', (t) => {
  const reader = createStdioReader();
  const long = frame(`processname:a channel:stdout\n${'x'.repeat(3_000_000)}`, { event: 'PROCESS_LOG_STDOUT' });
  const events = reader.push(Buffer.concat([long, frame(EXITED)]));
  t.deepEqual(
    events.map(({ payload }) => payload),
    ['processname:a channel:stdout', EXITED],
  );
});

test('what supervisord never sends is refused', (t) => {
  const rows = ['\n', 'hello world\n', 'x'.repeat(5_000), frame('').toString().replace('len:0', 'len:-1'), 'len:5\n'];
  for (const text of rows) {
    t.throws(() => createStdioReader().push(Buffer.from(text)), { instanceOf: StdioError }, text.slice(0, 40));
  }
});

test('10,000 broken inputs are events, nothing yet, or refused', (t) => {
  const mutate = createMutator(11);
  const sound = Buffer.concat([frame(EXITED), frame(EXITED, { serial: 8 })]);
  let refused = 0;
  let events = 0;
  for (let round = 0; round < 10_000; round += 1) {
    try {
      events += createStdioReader().push(mutate(sound)).length;
    } catch (error) {
      if (!(error instanceof StdioError)) throw error;
      refused += 1;
    }
  }
  t.true(refused > 100 && events > 100, `${refused} refused, ${events} events`);
});

test('10,000 broken lines of the port are lines, or nothing', (t) => {
  const mutate = createMutator(13);
  const lines = [
    encodeLine({ type: 'hello', protocol: 1, agent: 'node', supervisord: 5, process: 'a:b', last: null }),
    encodeLine({ type: 'event', event: 'PROCESS_STATE_EXITED', poolserial: 5, payload: EXITED }),
    encodeLine({ type: 'alive' }),
  ];
  for (const line of lines) t.not(parseLine(line), null);
  let understood = 0;
  for (let round = 0; round < 10_000; round += 1) {
    const line = parseLine(mutate(Buffer.from(lines[round % 3] ?? '')).toString('utf8'));
    if (line === null) continue;
    t.true(['hello', 'event', 'alive'].includes(line.type));
    understood += 1;
  }
  t.true(understood > 100 && understood < 9_000, `${understood} understood`);
});
