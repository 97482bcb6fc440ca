import { escapeText } from '../../core/view/escape.ts';

/** RFC 4180; null is an empty field. */
export function toCsv(rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  return rows.map((row) => `${row.map(toField).join(',')}\r\n`).join('');
}

function toField(value: string | number | boolean | null): string {
  const text = escapeText(String(value ?? ''));
  return /[",]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
