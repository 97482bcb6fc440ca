// The root component: keys in, frames out.
import { useInput, usePaste } from 'ink';
import type { ReactNode } from 'react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { toFaultText } from '../core/own-faults.ts';
import type { InkTable } from './components/ink-table.ts';
import { loadInkTable } from './components/ink-table.ts';
import { ScreenView } from './components/screen.tsx';
import type { Block, Frame } from './frame/model.ts';
import { slotOf } from './renderer/painter.ts';
import type { KeyHandler } from './control/keys.ts';
import { toKeys } from './keys/decode.ts';
import type { Store } from './store.ts';

export type AppProps = {
  readonly store: Store;
  readonly onKeys: KeyHandler;
  /** Finished lines are written by the painter; Ink sees their slots and hears only of another layout. */
  readonly isPainted: boolean;
};

/** Ink and React are loaded late: whoever does it needs only this. */
export function toAppElement(props: AppProps): ReactNode {
  return <App {...props} />;
}

export function App({ store, onKeys, isPainted }: AppProps): ReactNode {
  const [toShown] = useState(() => (isPainted ? createLayoutMemo() : keep));
  const frame = useSyncExternalStore(store.subscribe, () => toShown(store.frame()));
  const inkTable = useInkTable(store);
  useInput((input, key) => onKeys.keys(toKeys(input, key)));
  usePaste(onKeys.paste);
  return (
    <ScreenView frame={frame} styler={store.model().styler} toText={isPainted ? toSlot : keep} inkTable={inkTable} />
  );
}

function keep<T>(value: T): T {
  return value;
}

function toSlot(_line: string, row: number): string {
  return slotOf(row);
}

/** The same frame as long as blocks are of the same height and tables of the same text. */
function createLayoutMemo(): (frame: Frame) => Frame {
  let last: { readonly layout: string; readonly frame: Frame } | null = null;
  return (frame) => {
    const layout = frame.blocks.map(toLayout).join('\n');
    if (last?.layout !== layout) last = { layout, frame };
    return last.frame;
  };
}

function toLayout(block: Block): string {
  return block.kind === 'lines' ? `lines ${block.lines.length}` : `table ${JSON.stringify(block.table)}`;
}

function useInkTable(store: Store): InkTable | null {
  const [inkTable, setInkTable] = useState<InkTable | null>(null);
  useEffect(() => {
    let wanted = true;
    // A function in place of a state would be taken for an updater.
    const show = (loaded: InkTable): void => void (wanted && setInkTable(() => loaded));
    loadInkTable()
      .then(show)
      .catch((error: unknown) => {
        const text = `tables cannot be drawn: ${toFaultText(error)}`;
        store.dispatch('notices', { type: 'add', notices: [{ at: store.model().now, level: 'bad', text }] });
      });
    return () => {
      wanted = false;
    };
  }, [store]);
  return inkTable;
}
