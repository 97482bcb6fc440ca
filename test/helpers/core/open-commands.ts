// A local session over one link whose other side is the test, for commands.
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import type { ProcessReading } from '../../../src/core/model.ts';
import type { Command, LinkCall, Outcome } from '../../../src/core/ports.ts';
import type { SupervisorSpec } from '../../../src/core/engine/supervisor-info.ts';
import { createFakeLink } from './fake-link.ts';
import { createManualClock } from './manual-clock.ts';
import { spec } from './readings.ts';

export function openCommands(readings: readonly ProcessReading[], more: Partial<SupervisorSpec> = {}) {
  const clock = createManualClock();
  const link = createFakeLink();
  const session = createLocalSession({
    name: 'lab',
    epoch: 'e',
    by: 'ann',
    supervisors: [{ spec: spec('a', more), link }],
    clock,
  });
  link.emitAll(readings);
  const stop = new AbortController();
  const progress: Outcome[] = [];
  const send = (command: Command) =>
    session.send(command, { signal: stop.signal, progress: (outcome) => progress.push(outcome) });
  const pending = (uid: string) => session.snapshot().supervisors.get('a')?.processes.get(uid)?.pending;
  return { clock, link, session, send, stop, progress, pending };
}

export const toCallText = (call: LinkCall) => ('target' in call ? `${call.op} ${call.target}` : call.op);
export const toBrief = ({ target, ok, code, from, to }: Outcome) => `${target} ${ok} ${code} ${from}>${to}`;
