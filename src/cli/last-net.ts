// The last net under everything: what was thrown where nobody awaits it. One harmless line, never a stack; then a command
// that does one thing ends, and what runs for long goes on.
import { toFaultText } from '../core/own-faults.ts';
import { escapeText } from '../core/view/escape.ts';

/** More within a minute, and nothing can be said any more about what is in memory. */
const MOST_FAULTS = 10;
const WINDOW_MS = 60_000;
const FAILED = 1;

export type LastNet = {
  /**
   * The command runs for long, and others depend on it: a fault is told to the listener, and it goes on. The returned
   * function takes it back.
   */
  keepAlive(listener: (line: string) => void): () => void;
};

export function spreadLastNet(host: NodeJS.Process, now: () => number = () => performance.now()): LastNet {
  let listener: ((line: string) => void) | null = null;
  let faults: number[] = [];
  const onFault = (error: unknown): void => {
    const line = faultLine(error);
    faults = [...faults.filter((at) => now() - at < WINDOW_MS), now()];
    if (listener && faults.length <= MOST_FAULTS) return listener(line);
    host.stderr.write(`multivisor: ${line}\n`);
    host.exit(FAILED);
  };
  host.on('uncaughtException', onFault);
  host.on('unhandledRejection', onFault);
  return {
    keepAlive: (told) => {
      listener = told;
      return () => {
        listener = null;
      };
    },
  };
}

/** Also for what ends a command: whoever reports it sends this line, and where it came from with it. */
export function faultLine(error: unknown): string {
  return escapeText(`a fault of this program: ${toFaultText(error)}${placeOf(error)}`);
}

/** The innermost place of ours in the stack. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const found = /\n\s+at (?:(\S{1,80}) \()?(?:file:\/\/)?[^\n()]{0,400}?([\w.-]{1,80}:\d+:\d+)\)?/u.exec(
    stack.slice(0, 8_000),
  );
  return found ? ` (${found[1] ? `${found[1]}, ` : ''}${found[2]})` : '';
}
