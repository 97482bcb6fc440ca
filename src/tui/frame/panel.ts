// What opens above the footer and covers the end of the list: questions, choices, the palette.
import { tellHalfDone } from '../../core/commands/half-done.ts';
import { escapeText } from '../../core/view/escape.ts';
import { SIGNALS } from '../../core/view/signals.ts';
import { SORT_CHOICES } from '../../core/view/sort-choices.ts';
import { toPaletteItems } from '../actions/palette-items.ts';
import { cellWidth } from '../renderer/cells.ts';
import type { Span } from '../renderer/styled-line.ts';
import { toHint, toInputSpans, toRule } from './chrome.ts';
import { toConfirm } from './confirm.ts';
import type { Block, Model, Panel } from './model.ts';

/** Null: nothing is open. `most`: lines that it may take. */
export function toPanel(model: Model, most: number): Panel | null {
  const { dialog, palette } = model.ui;
  if (dialog) {
    switch (dialog.kind) {
      case 'confirm':
        return toConfirm(model, dialog, most);
      case 'leave':
        return toLeaving(model, dialog.uids);
      case 'signal':
        return toSignals(model, dialog.index, most);
      case 'sort':
        return toSorts(model);
      case 'save':
        return {
          blocks: toBlocks(model, [
            [{ text: ' write the shown lines to ', role: 'dim' }, ...toInputSpans(dialog.line)],
          ]),
          footer: [...toHint('enter', 'write'), ...toHint('esc', 'leave it')],
        };
    }
  }
  return palette ? toPalette(model, most) : null;
}

function toBlocks(model: Model, lines: readonly (readonly Span[])[]): readonly Block[] {
  const { styler, size } = model;
  return [
    { kind: 'lines', lines: [toRule(model), ...lines.map((spans) => styler.line(spans, { width: size.columns }))] },
  ];
}

function toLeaving(model: Model, uids: readonly string[]): Panel {
  const told: readonly Span[] = [{ text: ` ${escapeText(tellHalfDone(uids))}`, role: 'warn' }];
  const what = uids.length === 1 ? 'it is down until then' : 'they are down until then';
  return {
    blocks: toBlocks(model, [told, [{ text: ` ${what}`, role: 'dim' }]]),
    footer: [...toHint('enter', 'wait, then end'), ...toHint('Q', 'leave it down'), ...toHint('esc', 'stay')],
  };
}

function toSignals(model: Model, index: number, most: number): Panel {
  const [top, height] = toWindow({ index, count: SIGNALS.length, most: most - 2 });
  const lines = SIGNALS.slice(top, top + height).map(([name, help], offset): readonly Span[] => [
    { text: top + offset === index ? ' ▌ ' : '   ', role: 'accent' },
    { text: name, role: top + offset === index ? 'title' : 'text', width: 8 },
    { text: help, role: 'dim' },
  ]);
  return {
    blocks: toBlocks(model, [[{ text: ' send which signal?', role: 'title' }], ...lines]),
    footer: [...toHint('↑↓', 'choose'), ...toHint('enter', 'take it'), ...toHint('esc', 'leave it')],
  };
}

/** The part of a list of choices that fits, with the chosen one in it. */
function toWindow(list: {
  readonly index: number;
  readonly count: number;
  readonly most: number;
}): readonly [top: number, height: number] {
  const height = Math.max(1, Math.min(list.count, list.most));
  return [Math.max(0, Math.min(list.index - Math.floor(height / 2), list.count - height)), height];
}

function toSorts(model: Model): Panel {
  const { sort, reversed } = model.ui.arrangement;
  const choices = SORT_CHOICES.map(({ letter, order, words }): readonly Span[] => [
    { text: `  ${letter} `, role: 'key' },
    { text: words, role: order === sort ? 'title' : 'dim' },
    { text: order === sort ? (reversed ? ' ↑' : ' ↓') : '', role: 'accent' },
  ]);
  const lines: (readonly Span[])[] = [[{ text: ' sort by', role: 'title' }]];
  for (const choice of choices) {
    const line = lines.at(-1) ?? [];
    const width = [...line, ...choice].reduce((sum, { text }) => sum + cellWidth(text), 0);
    if (width <= model.size.columns) lines[lines.length - 1] = [...line, ...choice];
    else lines.push([{ text: '        ' }, ...choice]);
  }
  return {
    blocks: toBlocks(model, lines),
    footer: [...toHint('o', 'reverse'), ...toHint('esc', 'leave it')],
  };
}

function toPalette(model: Model, most: number): Panel {
  const { palette, navigation } = model.ui;
  if (!palette) return { blocks: [], footer: [] };
  const items = toPaletteItems(model.setting.keymap, navigation.place.screen, palette.line.text);
  const [top, height] = toWindow({ index: palette.index, count: items.length, most: Math.min(12, most - 2) });
  const lines = items.slice(top, top + height).map((item, offset): readonly Span[] => {
    const chosen = top + offset === palette.index;
    return [
      { text: chosen ? ' ▌ ' : '   ', role: 'accent' },
      { text: item.name, role: chosen ? 'title' : 'text', width: 22, marked: item.matched },
      { text: item.keys, role: 'key', width: 12 },
      { text: item.help, role: 'dim' },
    ];
  });
  const none: readonly Span[] = [{ text: '   no such command', role: 'dim' }];
  return {
    blocks: toBlocks(model, [
      ...(lines.length > 0 ? lines : [none]),
      [{ text: ' :', role: 'key' }, ...toInputSpans(palette.line)],
    ]),
    footer: [...toHint('enter', 'do it'), ...toHint('↑↓', 'choose'), ...toHint('esc', 'leave it')],
  };
}
