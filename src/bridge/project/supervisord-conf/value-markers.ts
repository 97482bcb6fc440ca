// Which characters of a rendered file came out of a variable. A template's author writes the structure of the file; a
// value of the environment or the settings never does, so its characters are marked while rendering and checked after.

/** Strings that no value can contain: they hold a number that is drawn for each rendering. */
export type ValueMarkers = {
  readonly open: string;
  /** Opens a value that its author declared safe: its `%` is meant for supervisord. */
  readonly openSafe: string;
  readonly close: string;
};

/** `nonce`: digits, so that no filter changes them. */
export function createValueMarkers(nonce: string): ValueMarkers {
  return { open: `\ufdd0${nonce}\ufdd1`, openSafe: `\ufdd0${nonce}\ufdd2`, close: `\ufdd0${nonce}\ufdd3` };
}

export type MarkedSpan = { readonly start: number; readonly end: number; readonly safe: boolean };

export type Rendered = { readonly text: string; readonly spans: readonly MarkedSpan[] };

/** Null when markers were cut or turned around by something that worked on rendered text. */
export function readValueMarkers(marked: string, { open, openSafe, close }: ValueMarkers): Rendered | null {
  const spans: MarkedSpan[] = [];
  let text = '';
  let rest = marked;
  for (;;) {
    const [start, marker] = firstOf(rest, [open, openSafe, close]);
    if (marker === null) return { text: text + rest, spans };
    if (marker === close) return null;
    text += rest.slice(0, start);
    rest = rest.slice(start + marker.length);
    const [length, next] = firstOf(rest, [open, openSafe, close]);
    if (next !== close) return null;
    spans.push({ start: text.length, end: text.length + length, safe: marker === openSafe });
    text += rest.slice(0, length);
    rest = rest.slice(length + close.length);
  }
}

function firstOf(text: string, needles: readonly string[]): readonly [number, string | null] {
  let best: readonly [number, string | null] = [text.length, null];
  for (const needle of needles) {
    const at = text.indexOf(needle);
    if (at >= 0 && at < best[0]) best = [at, needle];
  }
  return best;
}
