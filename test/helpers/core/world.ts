// A local session over a link whose other side is the test.
import type { LocalSession } from '../../../src/core/session/local-session.ts';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import type { Clock } from '../../../src/core/ports.ts';
import type { SupervisorSpec } from '../../../src/core/engine/supervisor-info.ts';
import type { FakeLink } from './fake-link.ts';
import { createFakeLink } from './fake-link.ts';
import { reading, spec } from './readings.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

export type World = {
  readonly session: LocalSession;
  readonly link: (name: string) => FakeLink;
};

/** Supervisors of these names, each with a running `g:x` and a stopped `g:y`. */
export function openWorld(
  names: readonly string[],
  {
    epoch = 'epoch-1',
    specs = {},
  }: { readonly epoch?: string; readonly specs?: Record<string, Partial<SupervisorSpec>> } = {},
): World {
  const links = new Map(names.map((name) => [name, createFakeLink()]));
  const link = (name: string): FakeLink => {
    const found = links.get(name);
    if (!found) throw new Error(`no link ${name}`);
    return found;
  };
  const session = createLocalSession({
    name: 'lab',
    epoch,
    by: 'owner',
    supervisors: names.map((name) => ({ spec: spec(name, specs[name]), link: link(name) })),
    clock: realClock,
  });
  for (const one of links.values()) one.emitAll([reading('g:x', 'RUNNING'), reading('g:y', 'STOPPED')]);
  return { session, link };
}
