import { userInfo } from 'node:os';
import { createLink } from '../../bridge/create-link.ts';
import type { Config, SupervisorConfig } from '../../core/config/types.ts';
import type { LocalSession } from '../../core/session/local-session.ts';
import { createLocalSession } from '../../core/session/local-session.ts';
import type { Clock, Session, SupervisorLink } from '../../core/ports.ts';
import type { SupervisorSpec } from '../../core/engine/supervisor-info.ts';
import { createTurns } from './start-links-in-turn.ts';
import { createEpoch } from './epoch.ts';
import { createNodeClock } from './node-clock.ts';

export type Opened = {
  readonly session: Session;
  readonly clock: Clock;
  /** Ends every connection; settles soon even when one of them does not. */
  close(): Promise<void>;
};

export type OpenedHere = Opened & { readonly session: LocalSession };

const CLOSE_MS = 500;

/** Connects to every supervisor of the configuration, from this process; not before `after`, if given. */
export function openSession(config: Config, { after }: { readonly after?: Promise<void> } = {}): OpenedHere {
  const clock = createNodeClock();
  const inTurn = after ? createTurns(after) : (link: SupervisorLink) => link;
  const session = createLocalSession({
    name: config.name,
    epoch: createEpoch(),
    by: currentUser(),
    flapping: config.flapping,
    supervisors: config.supervisors.map((supervisor) => ({
      spec: toSpec(supervisor),
      link: inTurn(createLink(supervisor)),
    })),
    clock,
  });
  return { session, clock, close: () => closeSoon(session, clock) };
}

/** Links that take long over their end are not waited for; what is half done is. */
export async function closeSoon(session: Closing, clock: Clock): Promise<void> {
  await session.settle?.();
  return new Promise<void>((resolve, reject) => {
    const cancel = clock.after(CLOSE_MS, resolve);
    session.close().then(resolve, reject).finally(cancel);
  });
}

type Closing = Pick<Session, 'close'> & Partial<Pick<LocalSession, 'settle'>>;

export function toSpec(supervisor: SupervisorConfig): SupervisorSpec {
  const { name, url, address, tags, readOnly } = supervisor;
  const host = address.kind === 'unix' ? 'localhost' : address.host;
  return { name, url, host, tags, readOnly, protected: supervisor.protected };
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
