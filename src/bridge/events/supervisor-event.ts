// An event of supervisord, however it came to us, and what it says of a process.
import type { ReportedTransition } from '../../core/observation.ts';
import type { ProcessState } from '../../core/process-state.ts';
import { isProcessState } from '../../core/process-state.ts';

export type SupervisorEvent = {
  /** E.g. PROCESS_STATE_EXITED. */
  readonly name: string;
  readonly payload: Readonly<Record<string, string>>;
  /** Rises by one per event of this listener pool, so that a jump proves a loss; null: not told. */
  readonly poolSerial: number | null;
  /** Of the last run, when whoever forwarded the event saw it at rest; null: not told. */
  readonly exitStatus: number | null;
};

/** The words that stand before a colon in supervisord's payloads; names may hold spaces, so nothing else cuts. */
const PAYLOAD_KEY = / (?=(?:processname|groupname|from_state|expected|pid|tries|when|channel|type):)/u;

/** `processname:web groupname:web from_state:RUNNING expected:0 pid:42`, as supervisord writes it. */
export function parsePayload(text: string): Record<string, string> {
  const fields = text.split(PAYLOAD_KEY).flatMap((field) => {
    const colon = field.indexOf(':');
    return colon < 0 ? [] : [[field.slice(0, colon), field.slice(colon + 1).trimEnd()] as const];
  });
  return Object.fromEntries(fields);
}

/** Null for events that are not about one process. */
export function toTransition({ name, payload, exitStatus }: SupervisorEvent): ReportedTransition | null {
  const to = name.startsWith('PROCESS_STATE_') ? name.slice('PROCESS_STATE_'.length) : '';
  const { processname, groupname, from_state: from = '', pid, expected } = payload;
  if (!isProcessState(to) || processname === undefined || groupname === undefined) return null;
  return {
    group: groupname,
    name: processname,
    to,
    from: isProcessState(from) ? from : null,
    reason: reasonOf(to, { status: exitStatus, expected: expected === '1' }),
    pid: pid !== undefined && /^[1-9]\d*$/u.test(pid) ? Number(pid) : null,
  };
}

/** Everything that the event can have changed is to be reread. */
export function concernsEverything({ name }: SupervisorEvent): boolean {
  return name.startsWith('PROCESS_GROUP_') || name.startsWith('SUPERVISOR_STATE_CHANGE');
}

function reasonOf(
  to: ProcessState,
  { status, expected }: { readonly status: number | null; readonly expected: boolean },
): ReportedTransition['reason'] {
  if (to === 'FATAL') return { kind: 'gave-up', message: '' };
  if (to !== 'EXITED' || status === null) return null;
  // supervisord tells a death by signal as -1; which one is in its log only.
  return status < 0 ? { kind: 'signal', signal: '', expected } : { kind: 'exit', status, expected };
}
