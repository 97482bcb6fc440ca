// `web-{01..40}`: many supervisors that differ by a number, in one section.

/** More than this in one section is a slip of the keyboard. */
const RANGE_LIMIT = 1_000;

const RANGE = /\{(\d{1,9})\.\.(\d{1,9})\}/gu;

export type RangeExpansion =
  { readonly ok: true; readonly texts: readonly string[] } | { readonly ok: false; readonly message: string };

export function hasRange(text: string): boolean {
  return text.search(RANGE) >= 0;
}

/** Every text that the ranges stand for, the last range turning fastest; padded with zeros as its first bound is. */
export function expandRange(text: string): RangeExpansion {
  let texts = [''];
  let rest = 0;
  for (const match of text.matchAll(RANGE)) {
    const [whole, first = '', last = ''] = match;
    const count = Number(last) - Number(first) + 1;
    if (count < 1) return { ok: false, message: `the range ${whole} goes down; write the lower number first` };
    if (texts.length * count > RANGE_LIMIT) {
      return { ok: false, message: `the range ${whole} makes more than ${RANGE_LIMIT} supervisors; split the section` };
    }
    const before = text.slice(rest, match.index);
    const width = first.startsWith('0') ? first.length : 0;
    const numbers = Array.from({ length: count }, (_, i) => String(Number(first) + i).padStart(width, '0'));
    texts = texts.flatMap((start) => numbers.map((number) => `${start}${before}${number}`));
    rest = match.index + whole.length;
  }
  return { ok: true, texts: texts.map((start) => `${start}${text.slice(rest)}`) };
}
