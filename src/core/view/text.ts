// The words for times, states and causes: the same in the terminal, in the page and in plain text output.
// Texts may hold what came from outside (log lines, messages): escape them at the door (escape.ts) where they are shown.
import type { Flapping, LinkState, Process, Reason, Supervisor } from '../model.ts';
import type { ProcessState } from '../process-state.ts';

export type GlyphSet = 'unicode' | 'ascii';

const GLYPHS: Readonly<Record<ProcessState, Readonly<Record<GlyphSet, string>>>> = {
  RUNNING: { unicode: '●', ascii: '*' },
  STARTING: { unicode: '◐', ascii: '~' },
  STOPPING: { unicode: '◐', ascii: '~' },
  BACKOFF: { unicode: '▲', ascii: '^' },
  FATAL: { unicode: '✖', ascii: 'X' },
  STOPPED: { unicode: '○', ascii: 'o' },
  EXITED: { unicode: '○', ascii: 'o' },
  UNKNOWN: { unicode: '?', ascii: '?' },
};

const LINK_GLYPHS: Readonly<Record<LinkState, Readonly<Record<GlyphSet, string>>>> = {
  up: { unicode: '●', ascii: '*' },
  connecting: { unicode: '◌', ascii: '~' },
  down: { unicode: '✖', ascii: 'X' },
};

/** How long a running process' last fall stays in its WHY column. */
const FALL_SHOWN_MS = 3_600_000;

export function stateLabel(state: ProcessState): string {
  return state;
}

/** One cell wide. */
export function stateGlyph(state: ProcessState, glyphs: GlyphSet): string {
  return GLYPHS[state][glyphs];
}

/** One cell wide. */
export function linkGlyph(link: LinkState, glyphs: GlyphSet): string {
  return LINK_GLYPHS[link][glyphs];
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** "00:00:12" below a day, "3d 04:12" from then on, "1102d 10h" after years: never more than ten cells. */
export function formatUptime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = two(Math.floor(whole / 3600) % 24);
  const minutes = two(Math.floor(whole / 60) % 60);
  if (days > 999) return `${days}d ${hours}h`;
  return days > 0 ? `${days}d ${hours}:${minutes}` : `${hours}:${minutes}:${two(whole % 60)}`;
}

/** In one unit, rounded down: "0 s", "14 s", "3 min", "2 h", "5 d". */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/**
 * Whole seconds since a live process started, by its host's clock; null when it does not run. It stands still where the
 * rows are only last known: nobody knows whether it still runs.
 */
export function uptimeSeconds(process: Process, supervisor: Supervisor, nowMs: number): number | null {
  if (process.startedAt === null) return null;
  if (process.state !== 'RUNNING' && process.state !== 'STARTING' && process.state !== 'STOPPING') return null;
  const seenAt = Math.min(nowMs, supervisor.staleSince ?? nowMs);
  return Math.max(0, Math.floor((seenAt + (supervisor.clockOffsetMs ?? 0)) / 1000 - process.startedAt));
}

/** "exit 1", "killed by SIGKILL", "spawn error: …"; an expected exit 2 or an unexpected exit 0 says so. */
export function formatReason(reason: Reason): string {
  switch (reason.kind) {
    case 'exit': {
      if (reason.expected === (reason.status === 0)) return `exit ${reason.status}`;
      return `exit ${reason.status} (${reason.expected ? 'expected' : 'not expected'})`;
    }
    case 'signal':
      return `killed by ${reason.signal === '' ? 'a signal' : reason.signal}`;
    case 'spawn-error':
      return reason.message === '' ? 'spawn error' : `spawn error: ${reason.message}`;
    case 'gave-up':
      return reason.message === '' ? 'gave up' : reason.message;
    case 'restarted':
      return 'restarted';
  }
}

/** The status to show of its last exit; null when it was a signal, which supervisord reads as -1. */
export function shownExit({ exitStatus }: Process): number | null {
  return exitStatus !== null && exitStatus >= 0 ? exitStatus : null;
}

/** "stale 14 s: connection refused", "not reached: …", "connecting"; '' while the supervisor is up. */
export function staleText(supervisor: Supervisor, nowMs: number): string {
  const cause = supervisor.error === null ? '' : `: ${supervisor.error.message}`;
  if (supervisor.staleSince !== null) return `stale ${formatAge(nowMs - supervisor.staleSince)}${cause}`;
  if (supervisor.link === 'up') return '';
  return `${supervisor.link === 'down' ? 'not reached' : 'connecting'}${cause}`;
}

const PENDING_WORDS = {
  start: 'starting …',
  stop: 'stopping …',
  restart: 'restarting …',
  signal: 'sending the signal …',
  clear: 'clearing its logs …',
} as const;

function withLastLine(cause: string, lastLine: string): string {
  return lastLine === '' ? cause : `${cause}: ${lastLine}`;
}

/** Host time in seconds to the age in our milliseconds. */
function ageOf(hostSeconds: number, supervisor: Supervisor, nowMs: number): string {
  return formatAge(nowMs + (supervisor.clockOffsetMs ?? 0) - hostSeconds * 1000);
}

function fallText(process: Process): string {
  const { fall, spawnError } = process;
  if (fall !== null) return withLastLine(formatReason(fall.reason), fall.lastLine);
  if (spawnError !== '') return `spawn error: ${spawnError}`;
  const status = shownExit(process);
  return status === null ? '' : `exit ${status}`;
}

/** "flapping: 639 times in 10 min, exit 1" */
export function flappingText({ fall }: Pick<Process, 'fall'>, { times, minutes }: Flapping): string {
  const text = `flapping: ${times} times in ${minutes} min`;
  return fall === null ? text : withLastLine(`${text}, ${formatReason(fall.reason)}`, fall.lastLine);
}

/** The WHY column: the cause of what the row shows, in one line, without opening anything; '' when all is well. */
export function whyText(process: Process, supervisor: Supervisor, nowMs: number): string {
  if (supervisor.staleSince !== null) return `last known, ${staleText(supervisor, nowMs)}`;
  if (process.pending !== null) return PENDING_WORDS[process.pending];
  if (process.flapping !== null && process.state !== 'FATAL') return flappingText(process, process.flapping);
  switch (process.state) {
    case 'FATAL':
    case 'BACKOFF':
    case 'EXITED':
    case 'UNKNOWN':
      return fallText(process);
    case 'STOPPED': {
      if (process.note !== undefined) return process.note;
      if (process.startedAt === null) return 'never started';
      return process.stoppedAt === null ? '' : `stopped ${ageOf(process.stoppedAt, supervisor, nowMs)} ago`;
    }
    case 'STARTING':
    case 'STOPPING':
    case 'RUNNING': {
      const { fall, note } = process;
      if (note !== undefined && process.state !== 'STOPPING') return note;
      if (fall === null || nowMs - fall.at > FALL_SHOWN_MS) return '';
      const was = fall.reason.kind === 'signal' ? `was ${formatReason(fall.reason)}` : `${formatReason(fall.reason)},`;
      return `${was} ${formatAge(nowMs - fall.at)} ago`;
    }
  }
}
