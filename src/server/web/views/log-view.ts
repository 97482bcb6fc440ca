// One live log: follows, pauses, searches, downloads.
import { createLineReader } from '../../../core/log-lines.ts';
import { toFaultText } from '../../../core/own-faults.ts';
import type { LogStream, Session } from '../../../core/ports.ts';
import { escapeLogLine } from '../../../core/view/escape.ts';
import { button, h, setText } from '../dom.ts';

const LINES_KEPT = 5_000;
const BACKLOG_BYTES = 64 * 1024;
const LIMIT = { longest: 8_192, beyond: 'cut' } as const;

export type LogView = { readonly element: HTMLElement; readonly stop: () => void };

export function createLogView(session: Session, uid: string): LogView {
  let stopping = new AbortController();
  let stream: LogStream = 'stdout';
  let paused = false;
  let waiting: HTMLElement[] = [];

  const lines = h('div', { class: 'log-lines', attrs: { tabindex: '0', role: 'log', 'aria-label': 'Log' } });
  const search = h('input', { attrs: { type: 'search', placeholder: 'search', 'aria-label': 'Search in the log' } });
  const found = h('span', { class: 'dim' });
  const download = h('a', { class: 'button', attrs: { download: '' } }, 'Download');
  const follow = button('Pause', () => setPaused(!paused));
  const streams = (['stdout', 'stderr'] as const).map((each) =>
    button(each, () => open(each), { attrs: { 'aria-pressed': 'false' } }),
  );
  const element = h('div', { class: 'log' }, [
    h('div', { class: 'toolbar' }, [...streams, follow, search, found, download]),
    lines,
  ]);

  const matches = (line: Element) => {
    const wanted = search.value.toLowerCase();
    return wanted !== '' && (line.textContent ?? '').toLowerCase().includes(wanted);
  };
  const highlight = () => {
    let count = 0;
    for (const line of lines.children) {
      const hit = matches(line);
      line.classList.toggle('hit', hit);
      if (hit) count++;
    }
    setText(found, search.value === '' ? '' : `${count} lines`);
  };
  const isAtEnd = () => lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;

  const flush = () => {
    if (paused || waiting.length === 0) return;
    const stick = isAtEnd();
    for (const line of waiting) line.classList.toggle('hit', matches(line));
    for (const line of waiting) lines.append(line);
    waiting = [];
    while (lines.childElementCount > LINES_KEPT) lines.firstElementChild?.remove();
    if (stick) lines.scrollTop = lines.scrollHeight;
  };
  const painting = setInterval(flush, 100);

  const push = (text: string, kind: string) => {
    waiting.push(h('div', { class: kind }, text === '' ? ' ' : text));
    if (waiting.length > LINES_KEPT) waiting = waiting.slice(-LINES_KEPT);
  };
  const setPaused = (next: boolean) => {
    paused = next;
    follow.textContent = paused ? 'Go on' : 'Pause';
    follow.setAttribute('aria-pressed', String(paused));
    flush();
  };

  const show = (texts: readonly string[]) => {
    for (const text of texts) push(escapeLogLine(text), 'line');
  };

  const read = async (signal: AbortSignal) => {
    const reader = createLineReader(LIMIT);
    try {
      const request = { uid, stream, backlogBytes: BACKLOG_BYTES, follow: true } as const;
      for await (const chunk of session.tail(request, { signal })) {
        if (signal.aborted) return;
        if (chunk.type === 'text') show(reader.push(chunk.text));
        else {
          show(reader.flush());
          push(`— ${chunk.reason} —`, 'gap');
        }
      }
    } finally {
      if (!signal.aborted) show(reader.flush());
    }
  };

  const open = (next: LogStream) => {
    stopping.abort();
    stopping = new AbortController();
    stream = next;
    waiting = [];
    lines.replaceChildren();
    for (const each of streams) each.setAttribute('aria-pressed', String(each.textContent === next));
    download.href = `api/v1/logs/${encodeURIComponent(uid)}?stream=${next}&bytes=16777216&download`;
    setPaused(false);
    const { signal } = stopping;
    read(signal).catch((error: unknown) => {
      if (!signal.aborted) push(toFaultText(error), 'gap');
    });
  };

  search.addEventListener('input', highlight);
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const hits = Array.from(lines.querySelectorAll('.hit'));
    const next = hits.find((hit) => hit.getBoundingClientRect().top > lines.getBoundingClientRect().top + 4) ?? hits[0];
    next?.scrollIntoView({ block: 'start' });
  });
  open('stdout');
  return {
    element,
    stop: () => {
      stopping.abort();
      clearInterval(painting);
    },
  };
}
