// Holds what the screen is a function of, makes the next frame when something changed, and tells the screen only when
// the frame reads differently.
import { createLineStyler } from './renderer/styled-line.ts';
import { createToFrame } from './frame/frame.ts';
import type { Frame, Model } from './frame/model.ts';
import { settleCursor } from './ui-state/cursor.ts';
import type { Slice, UiActions } from './ui-state/ui-state.ts';
import { reduceUi } from './ui-state/ui-state.ts';

export type Surroundings = Omit<Model, 'ui' | 'styler'>;

export type Store = {
  readonly model: () => Model;
  readonly frame: () => Frame;
  /** What happened outside. */
  readonly update: (world: Partial<Surroundings>) => void;
  readonly dispatch: <S extends Slice>(slice: S, action: UiActions[S]) => void;
  /** Everything done in `change` makes one frame. */
  readonly batch: (change: () => void) => void;
  /** Told after each frame that differs from the last. */
  readonly subscribe: (listener: () => void) => () => void;
};

export function createStore(initial: Model): Store {
  const toFrame = createToFrame();
  const listeners = new Set<() => void>();
  let model = initial;
  let frame = toFrame(model);
  let shown = frame;
  let depth = 0;
  let dirty = false;

  /** The frame of this moment, also in the middle of a batch: a key sees what the one before it did. */
  const current = (): Frame => {
    if (!dirty) return frame;
    dirty = false;
    frame = toFrame(model);
    const settled = settle(model, frame);
    if (settled !== model) {
      model = settled;
      frame = toFrame(model);
    }
    return frame;
  };

  const commit = (): void => {
    if (depth > 0) return;
    const next = current();
    if (next === shown) return;
    const differs = !isSameFrame(shown, next);
    shown = next;
    if (differs) listeners.forEach((listener) => listener());
  };

  const replace = (next: Model): void => {
    if (next === model) return;
    const { theme } = next.ui.arrangement;
    const styler =
      theme === next.styler.themeName ? next.styler : createLineStyler({ theme, ascii: next.styler.ascii });
    model = { ...next, styler };
    dirty = true;
    commit();
  };

  return {
    model: () => model,
    frame: current,
    update: (world) => replace({ ...model, ...world }),
    dispatch: (slice, action) => {
      const ui = reduceUi(model.ui, slice, action);
      if (ui !== model.ui) replace({ ...model, ui });
    },
    batch: (change) => {
      depth++;
      try {
        change();
      } finally {
        depth--;
        commit();
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The cursor follows its row; not while a panel covers half of the list, or the list would jump when it closes. */
function settle(model: Model, { body }: Frame): Model {
  const { screen } = model.ui.navigation.place;
  if (!body.rows || model.ui.dialog || model.ui.palette) return model;
  if (screen !== 'processes' && screen !== 'supervisors' && screen !== 'timeline' && screen !== 'messages')
    return model;
  const cursor = settleCursor(model.ui.cursors[screen], body.rows, body.height);
  const ui = reduceUi(model.ui, 'cursors', { type: 'set', list: screen, cursor });
  return ui === model.ui ? model : { ...model, ui };
}

function isSameFrame(a: Frame, b: Frame): boolean {
  const left = a.blocks.flatMap(toTexts);
  const right = b.blocks.flatMap(toTexts);
  return left.length === right.length && left.every((text, index) => text === right[index]);
}

function toTexts(block: Frame['blocks'][number]): readonly string[] {
  if (block.kind === 'lines') return block.lines;
  const { headings, rows } = block.table;
  return [headings.join('\n'), ...rows.map((row) => row.map((cell) => `${cell.role ?? ''} ${cell.text}`).join('\n'))];
}
