// What an alert is about, as `when` says it.
import { didYouMean } from '../config/nearest.ts';
import { parseDuration } from '../duration.ts';

export type Condition = (
  | { readonly kind: 'fatal' | 'flapping' | 'unexpected-exit' | 'unreachable' | 'stopped-by-hand' }
  | { readonly kind: 'backoff' | 'starting'; readonly ms: number }
  | { readonly kind: 'restarts'; readonly count: number; readonly ms: number }
) & {
  /** As it was written: the cause of an incident. */
  readonly text: string;
};

export type ParsedCondition =
  { readonly ok: true; readonly condition: Condition } | { readonly ok: false; readonly message: string };

const PLAIN = ['fatal', 'flapping', 'unexpected-exit', 'unreachable', 'stopped-by-hand'] as const;
const MEASURED = ['backoff', 'starting'] as const;
const FORMS = [...PLAIN, 'backoff>60s', 'starting>5m', 'restarts>5/1h'];
/** What is counted is remembered one by one. */
const MOST_RESTARTS = 1_000;

export function parseCondition(text: string): ParsedCondition {
  const plain = PLAIN.find((kind) => kind === text);
  if (plain !== undefined) return { ok: true, condition: { kind: plain, text } };
  const [, word = '', limit = '', window] = /^([a-z-]+)>([^/]*)(?:\/(.*))?$/u.exec(text) ?? [];
  const measured = MEASURED.find((kind) => kind === word);
  if (measured !== undefined && window === undefined) {
    const ms = parseDuration(limit);
    if (ms !== null) return { ok: true, condition: { kind: measured, ms, text } };
    return { ok: false, message: `"${text}": write a time after ">", such as ${measured}>60s` };
  }
  if (word === 'restarts') {
    const ms = parseDuration(window ?? '');
    const count = Number(limit);
    const isCount = /^\d{1,6}$/u.test(limit) && count <= MOST_RESTARTS;
    if (ms !== null && ms > 0 && isCount) return { ok: true, condition: { kind: 'restarts', count, ms, text } };
    return { ok: false, message: `"${text}": write a number up to ${MOST_RESTARTS} and a time, such as restarts>5/1h` };
  }
  const hint = didYouMean(text, FORMS) || `; known: ${FORMS.join(', ')}`;
  return { ok: false, message: `"${text}" is nothing that an alert can be about${hint}` };
}
