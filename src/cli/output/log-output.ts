import type { Pattern } from '../../core/glob.ts';
import type { Process } from '../../core/model.ts';
import type { LogStream } from '../../core/ports.ts';
import { escapeLogLine, escapeText } from '../../core/view/escape.ts';
import type { Invocation } from '../argv/command.ts';
import type { TailLine } from './log-lines.ts';
import { toJson } from './json.ts';
import { createLinePrefix } from './line-prefix.ts';
import { createPaint } from './paint.ts';

export type LogPrinter = {
  print(uid: string, stream: LogStream, line: TailLine): void;
  fail(uid: string, stream: LogStream, message: string): void;
};

export type LogSelection = { readonly processes: readonly Process[]; readonly pattern: Pattern | null };

const TIME_WIDTH = new Date(0).toISOString().length;

export function createLogPrinter(invocation: Invocation, { processes, pattern }: LogSelection): LogPrinter {
  const { io } = invocation;
  const paint = createPaint(invocation);
  const json = invocation.isOn('json');
  const raw = invocation.isOn('raw');
  const timestamps = invocation.isOn('timestamps');
  const several = createLinePrefix(
    paint,
    processes.map(({ uid }) => uid),
  );
  const prefix = (uid: string, stream: LogStream): string => (processes.length < 2 ? '' : several(uid, stream));
  const time = (at: number | null): string => {
    if (!timestamps) return '';
    return `${paint.dim(at === null ? ' '.repeat(TIME_WIDTH) : new Date(at).toISOString())} `;
  };
  return {
    print: (uid, stream, line) => {
      if (line.type === 'gap') {
        const note = `--- lines may be missing here: ${line.reason} ---`;
        if (json) io.out(`${toJson({ type: 'gap', uid, stream, reason: line.reason })}\n`);
        else io.out(`${time(null)}${prefix(uid, stream)}${paint.warn(escapeText(note))}\n`);
        return;
      }
      const { text, at } = line;
      if (pattern && !pattern.test(text)) return;
      if (json) {
        const ts = at === null ? null : new Date(at).toISOString();
        io.out(`${toJson({ type: 'line', ts, uid, stream, line: text })}\n`);
      } else io.out(`${time(at)}${prefix(uid, stream)}${raw ? text : escapeLogLine(text)}\n`);
    },
    fail: (uid, stream, message) => io.err(`multivisor: ${escapeText(`${uid} ${stream}: ${message}`)}\n`),
  };
}
