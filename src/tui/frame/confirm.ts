// The question before something is changed: what, where, how many, and the command line that does the same.
import { toHiddenText, toQuestion } from '../../core/consent.ts';
import type { Stake } from '../../core/stakes.ts';
import { escapeText } from '../../core/view/escape.ts';
import { linkGlyph } from '../../core/view/text.ts';
import { toCommandLine } from '../actions/command-line.ts';
import { cellWidth, clip, wrapCells } from '../renderer/cells.ts';
import type { Span } from '../renderer/styled-line.ts';
import type { ConfirmDialog } from '../ui-state/dialog.ts';
import { toHint, toInputSpans, toRule } from './chrome.ts';
import type { Block, Cell, Model, Panel } from './model.ts';
import { toCountSpans } from './process-line.ts';

export function toConfirm(model: Model, dialog: ConfirmDialog, most: number): Panel {
  const { orders, expected, typed, hidden } = dialog;
  const { styler, size, snapshot, setting } = model;
  const { title, stakes, consequences } = toQuestion(snapshot, orders, hidden);
  const heavy = orders.action === 'shutdown' || orders.action === 'reload';
  const question: readonly Span[] = [
    { text: ` ${escapeText(title)}`, role: heavy ? 'bad' : 'title' },
    { text: hidden > 0 ? `   ${toHiddenText(hidden)}` : '', role: 'warn' },
  ];
  const command = escapeText(toCommandLine(snapshot, orders, setting.commandOptions));
  const warnings = consequences.flatMap((text) => wrapCells(escapeText(text), size.columns - 2));
  // Where the terminal is low these are cut: the question and its answer never are.
  const shown = toShownCommand(command, { width: size.columns - 4, most: most - 4 - Math.min(1, warnings.length) });
  const warningLines = warnings
    .slice(0, Math.max(1, most - 4 - shown.length))
    .map((text): readonly Span[] => [{ text: ` ${text}`, role: 'warn' }]);
  const answer: readonly Span[] =
    expected === null
      ? [
          { text: ' y', role: 'key' },
          { text: ' yes   ', role: 'dim' },
          { text: 'any other key', role: 'key' },
          { text: ' no', role: 'dim' },
        ]
      : [
          { text: ' type ', role: 'dim' },
          { text: escapeText(expected), role: 'accent' },
          { text: ' and press enter: ', role: 'dim' },
          ...toInputSpans(typed),
        ];
  const commandLines = shown.map((text, index): readonly Span[] => [
    { text: index === 0 ? ' $ ' : '   ', role: 'faint' },
    { text, role: 'dim' },
  ]);
  const room = Math.max(1, most - 3 - commandLines.length - warningLines.length);
  const line = (spans: readonly Span[]) => styler.line(spans, { width: size.columns });
  const canRoll = orders.action === 'restart' && orders.targets.length > 1;
  return {
    blocks: [
      { kind: 'lines', lines: [toRule(model), line(question), ...warningLines.map(line)] },
      toStakeTable(model, stakes, room),
      { kind: 'lines', lines: [...commandLines.map(line), line(answer)] },
    ],
    footer: [
      ...toHint('esc', 'leave it'),
      ...(canRoll ? toHint('ctrl-b', 'in batches') : []),
      ...toHint('ctrl-y', 'copy the command'),
    ],
  };
}

/** Longer than two lines it is shown in part; `ctrl-y` copies it whole. */
function toShownCommand(
  command: string,
  { width, most }: { readonly width: number; readonly most: number },
): readonly string[] {
  const lines = wrapCells(command, width);
  if (lines.length <= Math.min(2, most)) return lines;
  if (most > 2) return [...lines.slice(0, 2), '… (ctrl-y copies all of it)'];
  const kept = lines.slice(0, Math.max(1, most));
  return [...kept.slice(0, -1), `${clip(kept.at(-1) ?? '', width - 1)}…`];
}

/** Supervisor by supervisor: what would be touched, and what stands in the way. */
function toStakeTable({ size }: Model, stakes: readonly Stake[], room: number): Block {
  const narrow = size.columns < 80;
  const shown = stakes.length <= room ? stakes : stakes.slice(0, room - 1);
  const rest = stakes.slice(shown.length);
  const rows = shown.map((stake): readonly Cell[] => {
    const { supervisor, processes, counts, obstacle } = stake;
    const states = toCountSpans(counts, true)
      .map((span) => span.text)
      .join('');
    return [
      { text: `${linkGlyph(supervisor.link, 'unicode')} ${escapeText(supervisor.name)}`, role: 'calm' },
      ...(narrow
        ? []
        : [{ text: supervisor.host === supervisor.name ? '' : escapeText(supervisor.host), role: 'dim' } as const]),
      { text: `${processes.length} ${processes.length === 1 ? 'process' : 'processes'}`, role: 'calm' },
      { text: obstacle === null ? states : escapeText(obstacle), role: obstacle === null ? 'dim' : 'warn' },
      { text: supervisor.protected ? 'protected' : '', role: 'warn' },
    ];
  });
  const processes = rest.reduce((sum, stake) => sum + stake.processes.length, 0);
  const more: readonly Cell[] = [
    { text: `… and ${rest.length} more`, role: 'dim' },
    ...(narrow ? [] : [{ text: '' }]),
    { text: `${processes} processes`, role: 'dim' },
    { text: '' },
    { text: '' },
  ];
  const name = widest(
    16,
    shown.map(({ supervisor }) => `  ${supervisor.name}`),
  );
  const host = widest(
    4,
    shown.map(({ supervisor }) => (supervisor.host === supervisor.name ? '' : supervisor.host)),
  );
  const fixed = narrow ? [name, 14] : [name, host, 14];
  const states = size.columns - fixed.reduce((sum, width) => sum + width + 2, 0) - 9 - 4;
  const widths = [...fixed, Math.max(10, states), 9];
  return { kind: 'table', table: { headings: [], rows: rest.length > 0 ? [...rows, more] : rows, widths } };
}

function widest(least: number, texts: readonly string[]): number {
  return Math.min(28, Math.max(least, ...texts.map(cellWidth)));
}
