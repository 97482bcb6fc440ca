// Tails of the logs that are read: several at once, lines in lots, back by themselves when a supervisor returns.
import { findProcess } from '../../core/engine/reduce.ts';
import { createLineReader } from '../../core/log-lines.ts';
import { toFaultText } from '../../core/own-faults.ts';
import { escapeLogLine } from '../../core/view/escape.ts';
import type { LogStream, TailRequest } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import type { LogLine } from '../ui-state/logs.ts';
import type { Control } from './control.ts';
import { notify } from './control.ts';

/** Each is a connection to a supervisord: more of them help nobody who reads. */
const MOST_TAILED = 20;

const BACKLOG_BYTES = 16_384;
const PREVIEW_BYTES = 4_096;
const LOT_MS = 100;
/** A longer line is cut here; nobody reads it on a screen, and it must not fill the memory. */
const LIMIT = { longest: 8_192, beyond: 'cut' } as const;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000] as const;

export type LogTails = {
  readonly open: (uids: readonly string[]) => void;
  readonly preview: (uid: string) => void;
  readonly close: () => void;
};

type NewLine = Omit<LogLine, 'id'>;

export function createLogTails(control: Control): LogTails {
  const { store, clock } = control;
  let abort = new AbortController();
  let cancelLot: (() => void) | null = null;
  let lot: NewLine[] = [];

  const restart = (): AbortSignal => {
    abort.abort();
    cancelLot?.();
    cancelLot = null;
    lot = [];
    abort = new AbortController();
    return AbortSignal.any([abort.signal, control.signal]);
  };

  const inLots = (deliver: (lines: readonly NewLine[]) => void) => (line: NewLine) => {
    lot.push(line);
    cancelLot ??= clock.after(LOT_MS, () => {
      cancelLot = null;
      const lines = lot;
      lot = [];
      deliver(lines);
    });
  };

  const start = (uid: string, options: Omit<FollowOptions, 'stream'>): void => {
    for (const stream of streamsOf(control, uid)) {
      followLog(control, uid, { ...options, stream }).catch((error: unknown) => {
        notify(control, 'bad', `${uid} ${stream}: ${toFaultText(error)}`);
      });
    }
  };

  return {
    open: (uids) => {
      const chosen = uids.slice(0, MOST_TAILED);
      if (chosen.length < uids.length) {
        notify(control, 'warn', `only the first ${MOST_TAILED} of ${uids.length} logs are read`);
      }
      const signal = restart();
      store.dispatch('logs', { type: 'open', uids: chosen });
      const push = inLots((lines) => store.dispatch('logs', { type: 'lines', lines }));
      chosen.forEach((uid) => start(uid, { signal, push, backlogBytes: BACKLOG_BYTES }));
    },
    preview: (uid) => {
      const signal = restart();
      store.dispatch('preview', { type: 'open', uid });
      const push = inLots((lines) =>
        store.batch(() => {
          for (const stream of ['stderr', 'stdout'] as const) {
            const texts = lines.filter((line) => line.stream === stream).map((line) => line.text);
            if (texts.length > 0) store.dispatch('preview', { type: 'lines', stream, lines: texts });
          }
        }),
      );
      start(uid, { signal, push, backlogBytes: PREVIEW_BYTES });
    },
    close: () => {
      restart();
    },
  };
}

/** The streams that have a log; both when we do not know. */
function streamsOf({ store }: Control, uid: string): readonly LogStream[] {
  const process = findProcess(store.model().snapshot, uid);
  const streams = (['stdout', 'stderr'] as const).filter(
    (stream) => !process || (stream === 'stdout' ? process.stdoutLog : process.stderrLog) !== '',
  );
  return streams.length > 0 ? streams : ['stdout'];
}

type FollowOptions = {
  readonly stream: LogStream;
  readonly signal: AbortSignal;
  readonly push: (line: NewLine) => void;
  readonly backlogBytes: number;
};

async function followLog(control: Control, uid: string, options: FollowOptions): Promise<void> {
  const { clock } = control;
  const { stream, signal, push, backlogBytes } = options;
  const say = (text: string) => push({ uid, stream, at: clock.now(), text: `— ${text} —`, note: true });
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      // What was there before has been shown when the tail comes back; the gap is said.
      const request: TailRequest = { uid, stream, backlogBytes: attempt === 0 ? backlogBytes : 0, follow: true };
      await readLines(control, request, options);
      return;
    } catch (error) {
      if (signal.aborted) return;
      const passing = error instanceof SessionError && (error.code === 'unreachable' || error.code === 'timeout');
      say(`${stream}: ${error instanceof Error ? error.message : String(error)}`);
      if (!passing) return;
      await wait(control, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 10_000, signal);
    }
  }
}

async function readLines({ session, clock }: Control, request: TailRequest, options: FollowOptions): Promise<void> {
  const { signal, push } = options;
  const now = () => clock.now();
  const { uid, stream } = request;
  const reader = createLineReader(LIMIT);
  const emit = (lines: readonly string[]) => {
    // What was opened since has the lots for itself.
    if (signal.aborted) return;
    for (const text of lines) push({ uid, stream, at: now(), text: escapeLogLine(text), note: false });
  };
  try {
    for await (const chunk of session.tail(request, { signal })) {
      if (chunk.type === 'text') emit(reader.push(chunk.text));
      else {
        emit(reader.flush());
        push({ uid, stream, at: now(), text: `— ${chunk.reason} —`, note: true });
      }
    }
  } finally {
    emit(reader.flush());
  }
}

function wait({ clock }: Control, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
