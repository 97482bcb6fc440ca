// supervisorctl's own words and exit codes (supervisor 4.3), so that scripts which read them go on working.
import { FAULT } from '../../supervisord-api/xml-rpc/faults.ts';

export const CTL_EXIT = { ok: 0, generic: 1, invalid: 2, stopped: 3, refused: 4, unknown: 4, notRunning: 7 } as const;

/** What supervisord says of one process of several, or a fault made to look like it. */
export type ProcessResult = {
  readonly group: string;
  readonly name: string;
  readonly status: number;
  readonly description: string;
};

export type CtlAct = 'start' | 'stop' | 'signal' | 'clear';

const DONE: Readonly<Record<CtlAct, string>> = {
  start: 'started',
  stop: 'stopped',
  signal: 'signalled',
  clear: 'cleared',
};

const ERRORS: ReadonlyMap<number, string> = new Map([
  [FAULT.BAD_NAME, 'no such process'],
  [FAULT.BAD_SIGNAL, 'bad signal name'],
  [FAULT.NO_FILE, 'no such file'],
  [FAULT.NOT_EXECUTABLE, 'file is not executable'],
  [FAULT.ALREADY_STARTED, 'already started'],
  [FAULT.SPAWN_ERROR, 'spawn error'],
  [FAULT.ABNORMAL_TERMINATION, 'abnormal termination'],
  [FAULT.NOT_RUNNING, 'not running'],
  [FAULT.SHUTDOWN_STATE, 'shutting down'],
]);

export function resultText(act: CtlAct, result: ProcessResult): string {
  const name = toNamespec(result.group, result.name);
  if (result.status === FAULT.SUCCESS) return `${name}: ${DONE[act]}`;
  if (result.status === FAULT.FAILED && (act === 'stop' || act === 'signal')) return result.description;
  const known = ERRORS.get(result.status) ?? (act === 'clear' ? 'failed' : result.description);
  return `${name}: ERROR (${known})`;
}

/** The exit code that a result asks for; null: none. What was so already is no failure. */
export function resultExit(act: CtlAct, status: number): number | null {
  const ignored = act === 'start' ? FAULT.ALREADY_STARTED : act === 'stop' ? FAULT.NOT_RUNNING : FAULT.SUCCESS;
  if (status === FAULT.SUCCESS || status === ignored) return null;
  const dead: readonly number[] = [FAULT.SPAWN_ERROR, FAULT.ABNORMAL_TERMINATION, FAULT.NOT_RUNNING];
  return dead.includes(status) ? CTL_EXIT.notRunning : CTL_EXIT.generic;
}

export function toNamespec(group: string, name: string): string {
  return group === name ? name : `${group}:${name}`;
}

/** `name` null: the whole group, as in `group:*`. */
export function splitNamespec(text: string): { readonly group: string; readonly name: string | null } {
  const colon = text.indexOf(':');
  if (colon < 0) return { group: text, name: text };
  const name = text.slice(colon + 1);
  return { group: text.slice(0, colon), name: name === '' || name === '*' ? null : name };
}

export type StatusRow = {
  readonly group: string;
  readonly name: string;
  readonly statename: string;
  readonly description: string;
  /** It is on its way, whatever its state; or it is not as it should be. */
  readonly order?: 'waits' | 'failed';
};

export function statusLines(rows: readonly StatusRow[]): readonly string[] {
  const names = rows.map(({ group, name }) => toNamespec(group, name));
  const width = Math.max(30, ...names.map((name) => Array.from(name).length)) + 3;
  return rows.map(({ statename, description }, index) => {
    const name = names[index] ?? '';
    return `${name}${' '.repeat(width - Array.from(name).length)}${statename.padEnd(10)}${description}`;
  });
}

const STOPPED_STATES = ['STOPPED', 'EXITED', 'FATAL', 'UNKNOWN'];

export function statusExit(rows: readonly StatusRow[]): number {
  const isDown = ({ statename, order }: StatusRow) =>
    order === 'failed' || (order !== 'waits' && STOPPED_STATES.includes(statename));
  return rows.some(isDown) ? CTL_EXIT.stopped : CTL_EXIT.ok;
}

export type AvailRow = {
  readonly group: string;
  readonly name: string;
  readonly inuse: boolean;
  readonly autostart: boolean;
  readonly group_prio: number;
  readonly process_prio: number;
};

export function availLine(row: AvailRow): string {
  const name = toNamespec(row.group, row.name).padEnd(32);
  const use = (row.inuse ? 'in use' : 'avail').padEnd(9);
  const start = (row.autostart ? 'auto' : 'manual').padEnd(9);
  return `${name} ${use} ${start} ${row.group_prio}:${row.process_prio}`;
}

export type Difference = {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
};

export function differenceLines({ added, changed, removed }: Difference): readonly string[] {
  const words = new Map<string, string>();
  added.forEach((name) => words.set(name, 'available'));
  changed.forEach((name) => words.set(name, 'changed'));
  removed.forEach((name) => words.set(name, 'disappeared'));
  if (words.size === 0) return ['No config updates to processes'];
  return [...words.keys()].toSorted().map((name) => `${name}: ${words.get(name)}`);
}
