// What happens while the page is open and somebody should know, as notices.
import { isCrash } from '../../core/crashes.ts';
import type { SessionEvent, Session } from '../../core/ports.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { isLoopTurn } from '../../core/flapping.ts';
import { flappingText } from '../../core/view/text.ts';
import type { Change, Snapshot, Transition } from '../../core/model.ts';
import type { Level, Notices } from './views/notices.ts';

/** Null: no news that anybody has to be told. */
function levelOf({ to, reason }: Transition): Level | null {
  if (!isCrash({ to, reason }) && to !== 'UNKNOWN') return null;
  return to === 'FATAL' ? 'error' : 'warning';
}

export function createNewsTeller(session: Session, notices: Notices): (event: SessionEvent) => void {
  let lastTold = 0;
  const tellTransition = (transition: Transition): void => {
    const { id, uid, to, lastWords } = transition;
    // An amended transition was told already; the whole past is no news.
    if (lastWords !== null || id <= lastTold || session.connection().state !== 'live') return;
    lastTold = id;
    const level = levelOf(transition);
    if (level !== null && !isLoopTurn(transition, findProcess(session.snapshot(), uid)))
      notices.add(level, `${uid} is ${to}`);
  };
  const tellFlapping = (change: Change, before: Snapshot): void => {
    if (change.type !== 'process') return;
    const { uid, flapping } = change.process;
    if (flapping === null || (findProcess(before, uid)?.flapping ?? null) !== null) return;
    notices.add('error', `${uid} is ${flappingText(change.process, flapping)}`);
  };
  return (event) => {
    if (event.type === 'transitions') event.transitions.forEach(tellTransition);
    else if (event.type === 'delta') event.delta.changes.forEach((change) => tellFlapping(change, event.before));
    else if (event.type === 'gap') notices.add('warning', `${event.supervisor}: ${event.message}`);
    else if (event.type === 'connection' && event.connection.state === 'live')
      lastTold = session.timeline().at(-1)?.id ?? lastTold;
  };
}
