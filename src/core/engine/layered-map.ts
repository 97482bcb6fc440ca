/**
 * A map that shares the entries that did not change with the one before: with hundreds of supervisors and hundreds of
 * changes a second, copying all entries for each change is most of what there is to do, and to collect as garbage.
 */
export class LayeredMap<Value> implements ReadonlyMap<string, Value> {
  readonly #base: ReadonlyMap<string, Value>;
  /** In place of, and after, those of the base. */
  readonly #top: ReadonlyMap<string, Value>;
  readonly size: number;

  private constructor(base: ReadonlyMap<string, Value>, top: ReadonlyMap<string, Value>) {
    this.#base = base;
    this.#top = top;
    let size = base.size;
    for (const key of top.keys()) if (!base.has(key)) size += 1;
    this.size = size;
  }

  /** `map` with these entries set; a plain map when that is as cheap. */
  static over<Value>(map: ReadonlyMap<string, Value>, entries: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
    if (entries.size === 0) return map;
    const base = map instanceof LayeredMap ? map.#base : map;
    const top = map instanceof LayeredMap ? new Map([...map.#top, ...entries]) : entries;
    return top.size > base.size / SHARE ? new Map([...map, ...entries]) : new LayeredMap(base, top);
  }

  get(key: string): Value | undefined {
    return this.#top.get(key) ?? this.#base.get(key);
  }

  has(key: string): boolean {
    return this.#top.has(key) || this.#base.has(key);
  }

  *entries(): MapIterator<[string, Value]> {
    for (const [key, value] of this.#base) yield [key, this.#top.get(key) ?? value];
    for (const entry of this.#top) if (!this.#base.has(entry[0])) yield entry;
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
  }

  forEach(callback: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }
}

/** Changed ones beyond this part of all are merged into a map of their own; of a few supervisors it is never worth it. */
const SHARE = 16;
