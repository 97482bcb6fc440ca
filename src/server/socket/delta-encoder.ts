// The same news goes to many viewers: it is merged and put into words once.
import { mergeChanges } from '../../core/engine/merge-changes.ts';
import type { Change, Delta } from '../../core/model.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';

export type DeltaEncoder = {
  /** The message in UTF-8, the same bytes for the same delta. */
  encode(delta: Delta): Buffer;
  /** One delta out of many, the same one for the same list. */
  merge(changes: readonly Change[], span: { readonly from: number; readonly to: number }): Delta;
};

export function createDeltaEncoder(): DeltaEncoder {
  const encoded = new WeakMap<Delta, Buffer>();
  const merged = new WeakMap<readonly Change[], Delta>();
  return {
    encode: (delta) => {
      const known = encoded.get(delta);
      if (known !== undefined) return known;
      const bytes = Buffer.from(encodeServerMessage({ type: 'delta', delta }));
      encoded.set(delta, bytes);
      return bytes;
    },
    merge: (changes, { from, to }) => {
      const known = merged.get(changes);
      if (known?.from === from && known.to === to) return known;
      const delta = { from, to, changes: mergeChanges(changes) };
      merged.set(changes, delta);
      return delta;
    },
  };
}
