import type { LogStream } from '../../core/ports.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { Paint } from './paint.ts';
import { textWidth } from './text-width.ts';

/** Before each line of several logs: whose it is, in a colour of its own, and a bar that tells the two streams apart. */
export function createLinePrefix(paint: Paint, names: readonly string[]): (name: string, stream: LogStream) => string {
  const order = new Map(names.map((name, index) => [name, index]));
  const width = names.reduce((most, name) => Math.max(most, textWidth(escapeText(name))), 0);
  const bar = paint.ascii ? { stdout: '|', stderr: '!' } : { stdout: '│', stderr: '┃' };
  return (name, stream) => {
    const shown = escapeText(name);
    const padding = ' '.repeat(Math.max(0, width - textWidth(shown)));
    // One that came later has the next colour.
    if (!order.has(name)) order.set(name, order.size);
    return `${paint.nth(order.get(name) ?? 0, `${shown}${padding} ${bar[stream]}`)} `;
  };
}
