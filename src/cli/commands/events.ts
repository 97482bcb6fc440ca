import type { Transition } from '../../core/model.ts';
import { parseUid } from '../../core/ids.ts';
import type { SessionEvent } from '../../core/ports.ts';
import type { Selector } from '../../core/select.ts';
import { select } from '../../core/select.ts';
import { escapeText } from '../../core/view/escape.ts';
import { selectorsOf } from '../choose.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Opened } from '../session/open-session.ts';
import { createPaint } from '../output/paint.ts';
import { createEventPrinter } from '../output/event-output.ts';
import { remoteOf } from '../session/remote.ts';
import { untilAborted } from '../io/until-aborted.ts';
import { withSession } from '../session/with-session.ts';

export const eventsCommand: CliCommand = {
  name: 'events',
  summary: 'Show the state changes that a server remembers, and those that come',
  args: '[SELECTOR…]',
  completes: 'processes',
  options: ['follow', ['json', 'one JSON object per line']],
  examples: [
    { line: 'multivisor events --remote ops:22000', says: 'what happened, with reasons and last words' },
    { line: "multivisor events -f 'state=fatal' --json", says: 'what happens from now on, for a program' },
  ],
  details: [
    'A server remembers the last 2,000 changes. Without one there is nobody who was there before: use -f. What is known ' +
      'of a change may grow (its reason, its last words): it is then told again with the same id.',
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const selectors = selectorsOf(invocation.args);
  return withSession(invocation, { selectors }, (opened) => tell(invocation, opened, selectors));
}

async function tell(invocation: Invocation, { session }: Opened, selectors: readonly Selector[]): Promise<number> {
  const { io } = invocation;
  const follow = invocation.isOn('follow');
  const printer = createEventPrinter(io, { json: invocation.isOn('json'), paint: createPaint(invocation) });
  const wanted = () => new Set(select(session.snapshot(), selectors).processes.map(({ uid }) => uid));
  let uids = wanted();
  const told = new Map<number, Transition>();
  const print = (transitions: readonly Transition[]) => {
    for (const transition of transitions) {
      if (selectors.length > 0 && !uids.has(transition.uid)) continue;
      printer(transition, told.get(transition.id) ?? null);
      told.set(transition.id, transition);
    }
  };
  const past = session.timeline().filter(({ uid }) => parseUid(uid) !== null);
  print(past);
  if (!follow) {
    if (past.length === 0 && remoteOf(invocation) === null) {
      io.err('multivisor: nobody watched before this command: use -f, or --remote to ask a server what it saw\n');
    }
    return EXIT.ok;
  }
  const unsubscribe = session.subscribe((event: SessionEvent) => {
    if (event.type === 'delta') wanted().forEach((uid) => uids.add(uid));
    if (event.type === 'reset') uids = wanted();
    if (event.type === 'transitions') print(event.transitions);
    if (event.type === 'gap') {
      io.err(`multivisor: ${escapeText(`${event.supervisor}: changes may be missing: ${event.message}`)}\n`);
    }
  });
  await untilAborted(io.signal);
  unsubscribe();
  return EXIT.interrupted;
}
