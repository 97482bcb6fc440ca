/** One list out of many. The built-in takes them as arguments, of which there may not be any number. */
export function concat<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
  let all: Item[] = [];
  for (let at = 0; at < lists.length; at += AT_ONCE) all = all.concat(...lists.slice(at, at + AT_ONCE));
  return all;
}

const AT_ONCE = 10_000;
