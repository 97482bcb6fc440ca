// The list of processes: only the rows on the screen exist, and a row is touched only when it changed.
import type { Process, Supervisor } from '../../../core/model.ts';
import type { GroupRow, ProcessRow, Row, Rows } from '../../../core/view/row-model.ts';
import { createGroupFacts } from '../../../core/view/group-facts.ts';
import { formatUptime, stateGlyph, staleText, uptimeSeconds, whyText } from '../../../core/view/text.ts';
import { h, setClass, setText, toShown } from '../dom.ts';
import { STATE_ORDER } from '../state-order.ts';

export type ListHandlers = {
  readonly onOpen: (row: ProcessRow) => void;
  readonly onCursor: (key: string) => void;
  readonly onMark: (key: string) => void;
  readonly onFold: (row: GroupRow) => void;
};

export type ListState = { readonly cursor: string | null; readonly marked: ReadonlySet<string>; readonly now: number };

export type ListView = {
  readonly element: HTMLElement;
  render(rows: Rows, state: ListState): void;
  /** Brings the row into sight. */
  reveal(index: number): void;
  pageSize(): number;
};

/** Rows above and below the screen, so that a quick finger does not see them being made. */
const MARGIN = 10;

export function createListView(handlers: ListHandlers): ListView {
  const inner = h('div', { class: 'rows', attrs: { role: 'presentation' } });
  const element = h(
    'div',
    {
      class: 'list',
      attrs: { role: 'listbox', tabindex: '0', 'aria-label': 'Processes', 'aria-multiselectable': 'true' },
    },
    [inner],
  );
  const shown = new Map<string, ShownRow>();
  let latest: { rows: Rows; state: ListState } | null = null;

  const rowHeight = () => Number.parseFloat(getComputedStyle(element).getPropertyValue('--row')) || 34;

  const paint = () => {
    if (!latest) return;
    const { rows, state } = latest;
    const height = rowHeight();
    inner.style.height = `${rows.rows.length * height}px`;
    const first = Math.max(0, Math.floor(element.scrollTop / height) - MARGIN);
    const last = Math.ceil((element.scrollTop + element.clientHeight) / height) + MARGIN;
    const visible = new Set<string>();
    for (const [offset, row] of rows.rows.slice(first, last).entries()) {
      visible.add(row.key);
      let known = shown.get(row.key);
      if (!known) {
        known = row.kind === 'group' ? createGroupRow(handlers) : createProcessRow(handlers);
        shown.set(row.key, known);
        inner.append(known.element);
      }
      const top = `translateY(${(first + offset) * height}px)`;
      if (known.element.style.transform !== top) known.element.style.transform = top;
      known.update(row, state);
    }
    for (const [key, { element: gone }] of shown) {
      if (visible.has(key)) continue;
      gone.remove();
      shown.delete(key);
    }
    const active = state.cursor !== null && shown.get(state.cursor)?.element.id;
    if (active) element.setAttribute('aria-activedescendant', active);
    else element.removeAttribute('aria-activedescendant');
  };

  element.addEventListener('scroll', () => requestAnimationFrame(paint), { passive: true });
  new ResizeObserver(paint).observe(element);

  return {
    element,
    render: (rows, state) => {
      latest = { rows, state };
      paint();
    },
    reveal: (index) => {
      const height = rowHeight();
      if (index * height < element.scrollTop) element.scrollTop = index * height;
      const bottom = (index + 1) * height - element.clientHeight;
      if (bottom > element.scrollTop) element.scrollTop = bottom;
      paint();
    },
    pageSize: () => Math.max(1, Math.floor(element.clientHeight / rowHeight()) - 1),
  };
}

type ShownRow = { readonly element: HTMLElement; readonly update: (row: Row, state: ListState) => void };

function cell(name: string): HTMLElement {
  return h('span', { class: `cell ${name}` });
}

function createProcessRow(handlers: ListHandlers): ShownRow {
  let current: ProcessRow | null = null;
  const mark = h('input', { class: 'mark', attrs: { type: 'checkbox', tabindex: '-1' } });
  const state = cell('state');
  const name = cell('name');
  const where = cell('where');
  const pid = cell('pid');
  const uptime = cell('uptime');
  const restarts = cell('restarts');
  const why = cell('why');
  const element = h('div', { class: 'row process', attrs: { role: 'option' } }, [
    mark,
    state,
    name,
    where,
    pid,
    uptime,
    restarts,
    why,
  ]);
  element.addEventListener('click', (event) => {
    if (!current) return;
    handlers.onCursor(current.key);
    if (event.target === mark) handlers.onMark(current.key);
    else handlers.onOpen(current);
  });
  return {
    element,
    update: (row, { cursor, marked, now }) => {
      if (row.kind !== 'process') return;
      const { process, supervisor } = row;
      const isMarked = marked.has(row.key);
      if (current?.process !== process || current.supervisor !== supervisor) tell(process);
      current = row;
      const stale = supervisor.staleSince !== null || supervisor.link !== 'up';
      setText(uptime, uptimeText(process, supervisor, now));
      setText(why, whyText(process, supervisor, now));
      if (mark.checked !== isMarked) mark.checked = isMarked;
      element.setAttribute('aria-selected', String(isMarked));
      setClass(element, 'stale', stale);
      setClass(element, 'marked', isMarked);
      setClass(element, 'cursor', cursor === row.key);
    },
  };

  function tell(process: Process): void {
    element.id = toElementId(process.uid);
    element.dataset['state'] = process.state;
    element.dataset['flapping'] = process.flapping === null ? 'no' : 'yes';
    element.dataset['uid'] = process.uid;
    mark.setAttribute('aria-label', toShown(`Mark ${process.uid}`));
    setText(state, `${stateGlyph(process.state, 'unicode')} ${process.state}`);
    setText(name, process.name);
    setText(where, `${process.supervisor} · ${process.group}`);
    setText(pid, process.pid === null ? '' : String(process.pid));
    setText(restarts, process.restarts === 0 ? '' : `↻ ${process.restarts}`);
    restarts.title = process.restarts === 0 ? '' : `seen to start again ${process.restarts} times`;
    name.title = toShown(process.uid);
  }
}

function createGroupRow(handlers: ListHandlers): ShownRow {
  let current: GroupRow | null = null;
  const factsOf = createGroupFacts();
  const title = h('span', { class: 'cell title' });
  const counts = h('span', { class: 'cell counts' });
  const note = h('span', { class: 'cell note' });
  const element = h('div', { class: 'row group', attrs: { role: 'option' } }, [title, counts, note]);
  element.addEventListener('click', () => current && handlers.onFold(current));
  return {
    element,
    update: (row, { cursor, now }) => {
      if (row.kind !== 'group') return;
      const facts = factsOf(row);
      if (current?.members !== row.members || current.folded !== row.folded) {
        element.id = toElementId(row.key);
        setText(title, `${row.folded ? '▸' : '▾'} ${row.title}`);
        const parts = STATE_ORDER.flatMap((state) => {
          const count = facts.counts[state] ?? 0;
          return count === 0
            ? []
            : [
                h(
                  'span',
                  { class: 'count', attrs: { 'data-state': state, title: `${count} ${state}` } },
                  `${stateGlyph(state, 'unicode')} ${count}`,
                ),
              ];
        });
        counts.replaceChildren(...parts);
      }
      current = row;
      setText(note, facts.stale ? staleText(facts.stale, now) : '');
      element.setAttribute('aria-selected', 'false');
      setClass(element, 'cursor', cursor === row.key);
    },
  };
}

function uptimeText(process: Process, supervisor: Supervisor, now: number): string {
  const seconds = uptimeSeconds(process, supervisor, now);
  return seconds === null ? '' : formatUptime(seconds);
}

function toElementId(key: string): string {
  return `row-${encodeURIComponent(key)}`;
}
