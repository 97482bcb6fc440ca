// What a running command sees of everything else.
import type { Actor } from '../access/actor.ts';
import type { Lease } from '../access/lease.ts';
import type { ProcessAction, Snapshot, Transition } from '../model.ts';
import type {
  Clock,
  Command,
  LinkCall,
  LinkResult,
  Outcome,
  OutcomeCode,
  SessionEvent,
  WaitOptions,
} from '../ports.ts';

export type CommandWorld = {
  readonly clock: Clock;
  snapshot(): Snapshot;
  timeline(): readonly Transition[];
  subscribe(listener: (event: SessionEvent) => void): () => void;
  call(supervisor: string, call: LinkCall, options: WaitOptions): Promise<LinkResult>;
  reread(supervisor: string, names: readonly string[]): void;
  setPending(uid: string, action: ProcessAction | null, by: string): void;
};

export type CommandRunOptions = WaitOptions & {
  /** Also ends what would otherwise be brought to its end, so that nothing stays down half-way. */
  readonly leave: AbortSignal;
  /** Who asks: for the rights and the timeline. */
  readonly actor: Actor;
  /** By what right, asked again before each call that begins something. */
  readonly lease: Lease;
  readonly progress: (outcome: Outcome) => void;
};

export type ProcessCommand = Extract<Command, { action: ProcessAction }>;
export type SupervisorCommand = Exclude<Command, ProcessCommand>;

export type SupervisorJob = { readonly target: string; readonly timeoutMs?: number };

export type Verdict = { readonly ok: boolean; readonly code: OutcomeCode; readonly message: string };

export function toVerdict(result: LinkResult): Verdict {
  if (!result.ok) return result;
  return { ok: true, code: result.unchanged ? 'unchanged' : 'ok', message: '' };
}
