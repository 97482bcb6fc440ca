// What must be asked before an act: decided here once for the command line, the terminal and the page.
import { agentConsequence } from './agent.ts';
import type { Snapshot } from './model.ts';
import type { Orders } from './orders.ts';
import { isSupervisorAction } from './orders.ts';
import type { Stake } from './stakes.ts';
import { findStakes } from './stakes.ts';

export type Consent =
  /** Nothing of it could be done, and why. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'given' }
  | { readonly kind: 'asked'; readonly question: Question; readonly weight: Weight };

/**
 * `slip`: asked because a key or a finger slips. Whoever spelled it out on a command line has answered it.
 * `grave`: asked of everybody; where nobody can be asked it needs `-y`, for this reason.
 */
export type Weight = { readonly kind: 'slip' } | { readonly kind: 'grave'; readonly because: string };

export type Question = {
  /** What is asked for, in words: `restart 12 processes on 3 supervisors?` */
  readonly title: string;
  readonly stakes: readonly Stake[];
  /** What comes of it that nobody would think of, in sentences. */
  readonly consequences: readonly string[];
  /** What is protected, in the way, or not seen, in sentences. */
  readonly remarks: readonly string[];
  /** What has to be typed; null: a yes is enough. */
  readonly typed: string | null;
};

/** Above this many, their number has to be typed. */
const MANY = 10;
/** Sentences of one kind that a question holds: more would push it off the screen. */
const TOLD = 6;

/** `hidden`: targets that whoever gives the orders does not see on the screen. */
export function askConsent(snapshot: Snapshot, orders: Orders, hidden = 0): Consent {
  const question = toQuestion(snapshot, orders, hidden);
  const why = refuseAll(question.stakes);
  if (why !== null) return { kind: 'refused', why };
  const because = toGravity(orders, question);
  // To read a file again is no risk, and a start can be taken back.
  const isLight = orders.action === 'reread' || (orders.action === 'start' && question.typed === null && hidden === 0);
  if (because !== null) return { kind: 'asked', question, weight: { kind: 'grave', because } };
  return isLight ? { kind: 'given' } : { kind: 'asked', question, weight: { kind: 'slip' } };
}

/** Whatever comes of it: what the question would say now. */
export function toQuestion(snapshot: Snapshot, orders: Orders, hidden: number): Question {
  const stakes = findStakes(snapshot, orders);
  return {
    title: toTitle(orders, stakes),
    stakes,
    consequences: shorten(toConsequences(orders, stakes)),
    remarks: toRemarks(stakes, hidden),
    typed: toTyped(orders),
  };
}

function shorten(sentences: readonly string[]): readonly string[] {
  if (sentences.length <= TOLD) return sentences;
  return [...sentences.slice(0, TOLD - 1), `… and ${sentences.length - TOLD + 1} more of the kind`];
}

/** Only when nothing at all could be done: what is in the way of some is a remark, and in the outcomes. */
function refuseAll(stakes: readonly Stake[]): string | null {
  const [first] = stakes;
  if (!first) return 'nothing to act on: mark processes, or put the cursor on one';
  return stakes.every(({ obstacle }) => obstacle !== null) ? first.obstacle : null;
}

function toTyped({ action, targets }: Orders): string | null {
  if (action === 'reread') return null;
  const endsAll = action === 'reload' || action === 'shutdown';
  if (endsAll && targets.length === 1) return targets[0] ?? null;
  return endsAll || targets.length > MANY ? String(targets.length) : null;
}

/** Why it needs a yes even where it was spelled out; null: it does not. */
function toGravity({ action, targets }: Orders, { stakes, consequences }: Question): string | null {
  if (action === 'reread') return null;
  const guarded = protectedAmong(stakes);
  if (guarded.length > 0) return toProtectedText(guarded);
  if (targets.length > 1 && action !== 'start') return `it is about ${targets.length} targets`;
  return consequences.length > 0 ? consequences.join('; ') : null;
}

function protectedAmong(stakes: readonly Stake[]): readonly string[] {
  return stakes.filter(({ supervisor }) => supervisor.protected).map(({ supervisor }) => supervisor.name);
}

function toProtectedText(names: readonly string[]): string {
  return `${shorten(names).join(', ')} ${names.length === 1 ? 'is' : 'are'} protected in the configuration`;
}

function toConsequences({ action }: Orders, stakes: readonly Stake[]): readonly string[] {
  if (isSupervisorAction(action)) {
    const end = action === 'reload' ? RELOADED : action === 'shutdown' ? SHUT_DOWN : null;
    return end === null ? [] : stakes.map(({ supervisor, processes }) => end(supervisor.name, processes.length));
  }
  return stakes.flatMap(({ supervisor, processes }) =>
    processes.flatMap((process) => agentConsequence(process, supervisor, action) ?? []),
  );
}

const RELOADED = (name: string, count: number) => `${name} itself starts anew, and ${ofAll(count)} with it`;
const SHUT_DOWN = (name: string, count: number) =>
  `${name} and ${ofAll(count)} end; only on its host can it be started again`;

function ofAll(count: number): string {
  return count === 1 ? 'its process' : `all of its ${count} processes`;
}

function toRemarks(stakes: readonly Stake[], hidden: number): readonly string[] {
  const guarded = protectedAmong(stakes);
  return [
    ...(hidden > 0 ? [toHiddenText(hidden)] : []),
    ...(guarded.length > 0 ? [toProtectedText(guarded)] : []),
    ...shorten(stakes.flatMap(({ obstacle }) => (obstacle === null ? [] : [`left out: ${obstacle}`]))),
  ];
}

export function toHiddenText(hidden: number): string {
  return `${hidden} of them ${hidden === 1 ? 'is' : 'are'} marked but not shown`;
}

function toTitle(orders: Orders, stakes: readonly Stake[]): string {
  const { action, targets, batch = 0 } = orders;
  const rolling = batch > 0 ? `, ${batch} at a time` : '';
  const [first = ''] = targets;
  if (targets.length === 1) return `${toVerb(orders)} ${first}?`;
  if (isSupervisorAction(action)) return `${toVerb(orders)} ${targets.length} supervisors?`;
  const where = stakes.length === 1 ? (stakes[0]?.supervisor.name ?? '') : `${stakes.length} supervisors`;
  return `${toVerb(orders)} ${targets.length} processes on ${where}${rolling}?`;
}

function toVerb({ action, signal }: Orders): string {
  if (action === 'signal') return `send ${signal ?? 'a signal'} to`;
  return action === 'clear' ? 'empty the logs of' : action;
}
