// The help, made from the key table.
import { rightOf, refuseAction } from '../actions/rights.ts';
import { keyLabel } from '../keys/keymap.ts';
import type { Binding } from '../keys/key-table.ts';
import type { Topic } from '../keys/rule.ts';
import type { Block, Body, Cell, Model } from './model.ts';
import { toPage, toSection } from './page.ts';

const TOPICS: readonly Topic[] = ['Move', 'Find', 'Look', 'Act', 'Logs', 'Arrange', 'Leave'];

const FILTER_HELP: readonly (readonly [string, string])[] = [
  ['web', 'letters of a name, group or supervisor, in this order'],
  ['web plc', 'both'],
  ['!cron', 'not with this in its name'],
  ['web*', 'a glob'],
  ['state:fatal,backoff', 'one of these states'],
  ['sup:lid* group:plc host:h1 tag:lab', 'exact or glob'],
  ['~^lid.*:web', 'a regular expression over supervisor:group:name'],
];

export function toHelp(model: Model, height: number): Body {
  const { setting, styler } = model;
  const blocks = TOPICS.flatMap((topic): readonly Block[] => {
    const bindings = setting.keymap.bindings.filter((binding) => binding.topic === topic && binding.keys.length > 0);
    const refusal =
      topic === 'Act' ? (bindings.map((binding) => refusalOf(model, binding)).find((why) => why !== null) ?? '') : '';
    return [
      { kind: 'lines', lines: [toSection(styler, topic, refusal)] },
      toColumns(
        model,
        bindings.map((binding) => toEntry(binding, refusalOf(model, binding) !== null)),
      ),
      { kind: 'lines', lines: [''] },
    ];
  });
  const filters = FILTER_HELP.map(([word, help]): Entry => [{ text: word, role: 'key' }, { text: help }]);
  return toPage(
    [...blocks, { kind: 'lines', lines: [toSection(styler, 'Filter', '')] }, toColumns(model, filters)],
    model.ui.cursors.pages,
    height,
  );
}

function refusalOf({ setting, connection }: Model, { action }: Binding): string | null {
  const act = rightOf(action);
  return act === null ? null : refuseAction({ readOnly: setting.readOnly, connection }, act);
}

type Entry = readonly [Cell, Cell];

function toEntry(binding: Binding, disabled: boolean): Entry {
  return [
    { text: keyLabel(binding), role: disabled ? 'faint' : 'key' },
    { text: binding.help, role: disabled ? 'faint' : 'text' },
  ];
}

/** Two entries side by side where there is room, read downwards. */
function toColumns({ size }: Model, entries: readonly Entry[]): Block {
  const columns = size.columns >= 150 ? 2 : 1;
  const perColumn = Math.ceil(entries.length / columns);
  const keyWidth = Math.max(14, ...entries.map(([key]) => key.text.length));
  const width = Math.floor((size.columns - 2) / columns) - keyWidth - 4;
  const rows = Array.from({ length: perColumn }, (_, row) =>
    Array.from(
      { length: columns },
      (_, column) => entries[column * perColumn + row] ?? [{ text: '' }, { text: '' }],
    ).flat(),
  );
  return {
    kind: 'table',
    table: { headings: [], rows, widths: Array.from({ length: columns }, () => [keyWidth, width]).flat() },
  };
}
