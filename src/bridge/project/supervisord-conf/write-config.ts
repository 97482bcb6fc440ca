import type { Merged } from './layers.ts';
import { originText } from './layers.ts';

/** A supervisord.conf that a stock supervisord reads as these very values. */
export function writeConfig(merged: Merged): string {
  const sections = Array.from(merged, ([name, settings]) => {
    const lines = Array.from(settings, ([key, { value }]) => `${key}=${toLines(value)}`);
    return [`[${name}]`, ...lines].join('\n');
  });
  return `${sections.join('\n\n')}\n`;
}

const SECRET_KEY = /^(?:username|password)$/u;

/** The same with the origin of each value beside it; of the control channel, its secrets are left out. */
export function explainConfig(merged: Merged, shorten: (file: string) => string): string {
  const sections = Array.from(merged, ([name, settings]) => {
    const rows = Array.from(settings, ([key, { value, origin }]) => {
      const shown = SECRET_KEY.test(key) ? '…' : toLines(value);
      return { text: `${key}=${shown}`, origin: originText(origin, shorten) };
    });
    const width = Math.min(60, Math.max(0, ...rows.map(({ text }) => lastLine(text).length)));
    const lines = rows.map(
      (row) => `${row.text}${' '.repeat(Math.max(0, width - lastLine(row.text).length))}  ; ${row.origin}`,
    );
    return [`[${name}]`, ...lines].join('\n');
  });
  return `${sections.join('\n\n')}\n`;
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** Continuations are indented, or they would be options of their own. */
function toLines(value: string): string {
  return value.replaceAll('\n', '\n  ');
}
