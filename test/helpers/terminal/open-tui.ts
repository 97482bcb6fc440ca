// The terminal interface without a terminal: keys in, lines out. Everything between is the real thing.
import type { Clock, Session } from '../../../src/core/ports.ts';
import { createOrderDesk } from '../../../src/tui/actions/order-desk.ts';
import type { Control } from '../../../src/tui/control/control.ts';
import type { KeyHandler } from '../../../src/tui/control/keys.ts';
import { createKeyHandler } from '../../../src/tui/control/keys.ts';
import { createLogTails } from '../../../src/tui/control/log-tails.ts';
import { feedStore } from '../../../src/tui/store-feed.ts';
import type { Block, ModelSetting, Size } from '../../../src/tui/frame/model.ts';
import { createKeymap } from '../../../src/tui/keys/keymap.ts';
import { createLineStyler } from '../../../src/tui/renderer/styled-line.ts';
import type { Store } from '../../../src/tui/store.ts';
import { createStore } from '../../../src/tui/store.ts';
import type { Arrangement } from '../../../src/tui/ui-state/arrangement.ts';
import { FIRST_ARRANGEMENT } from '../../../src/tui/ui-state/arrangement.ts';
import { createUiState } from '../../../src/tui/ui-state/ui-state.ts';
import { deadline } from '../deadline.ts';
import { plain } from './plain.ts';
import { realClock } from '../core/world.ts';

export type TuiForTest = {
  readonly store: Store;
  /** Presses these keys, by their names, as one chunk of input. */
  readonly press: (...keys: readonly string[]) => void;
  /** As one piece of text, which the terminal says was pasted. */
  readonly paste: (text: string) => void;
  /** Lets the time pass that a person needs to read a question. */
  readonly think: () => void;
  /** For what comes by another way than `press`. */
  readonly handler: KeyHandler;
  /** Types the text character by character. */
  readonly type: (text: string) => void;
  /** What the screen shows, a line each, without colours. */
  readonly lines: () => readonly string[];
  readonly screen: () => string;
  /** The screen once it holds this. */
  readonly until: (wanted: RegExp, ms?: number) => Promise<string>;
  readonly copied: readonly string[];
  readonly saved: ReadonlyMap<string, string>;
  /** Exit codes that were asked for, and what else was asked of the terminal. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
};

/** Longer than a question takes to be armed. */
const THOUGHT_MS = 400;

export type TuiSetting = Partial<ModelSetting> & {
  readonly size?: Size;
  readonly filter?: string;
  readonly arrangement?: Partial<Arrangement>;
  readonly ascii?: boolean;
};

export function openTui(session: Session, setting: TuiSetting = {}): TuiForTest {
  const { size = { columns: 120, rows: 30 }, filter = '', arrangement = {}, ascii = false, ...rest } = setting;
  const store = createStore({
    snapshot: session.snapshot(),
    timeline: session.timeline(),
    connection: session.connection(),
    ui: createUiState({ ...FIRST_ARRANGEMENT, theme: 'mono', ...arrangement }, filter),
    now: realClock.now(),
    touchedAt: realClock.now(),
    size,
    setting: { title: 'lab', mode: 'local', readOnly: null, keymap: createKeymap({}), commandOptions: [], ...rest },
    styler: createLineStyler({ theme: arrangement.theme ?? 'mono', ascii }),
  });
  // A person who reads before each key: what comes in one chunk comes at one moment.
  let thought = 0;
  const clock: Clock = {
    ...realClock,
    now: () => realClock.now() + thought,
    monotonic: () => realClock.monotonic() + thought,
  };
  const copied: string[] = [];
  const asked: string[] = [];
  const saved = new Map<string, string>();
  const ending = new AbortController();
  const control: Control = {
    store,
    session,
    clock,
    outside: {
      quit: (code) => asked.push(`quit ${code}`),
      farewell: (line) => asked.push(line),
      suspend: () => asked.push('suspend'),
      redraw: () => asked.push('redraw'),
      copy: (text) => copied.push(text),
      save: async (path, text) => {
        if (saved.has(path)) return 'it is there already';
        saved.set(path, text);
        return null;
      },
    },
    signal: ending.signal,
    leave: new AbortController().signal,
  };
  const onKeys = createKeyHandler({ control, desk: createOrderDesk(control), tails: createLogTails(control) });
  const think = (): void => {
    thought += THOUGHT_MS;
  };
  const keysAfterThought = (keys: readonly string[]): void => {
    think();
    onKeys.keys(keys);
  };
  const stopFeed = feedStore(store, session, clock);
  const lines = () => store.frame().blocks.flatMap(toLines);
  const screen = () => lines().join('\n');
  return {
    store,
    press: (...keys) => keysAfterThought(keys),
    paste: onKeys.paste,
    think,
    handler: onKeys,
    type: (text) => keysAfterThought(Array.from(text, (character) => (character === ' ' ? 'space' : character))),
    lines,
    screen,
    until: (wanted, ms = 20_000) => {
      const seen = new Promise<string>((resolve) => {
        const look = (): void => {
          if (!wanted.test(screen())) return;
          stop();
          resolve(screen());
        };
        const stop = store.subscribe(look);
        look();
      });
      return deadline(seen, ms, `the screen shows ${wanted.source}`).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${screen()}`);
      });
    },
    copied,
    saved,
    asked,
    close: async () => {
      ending.abort();
      stopFeed();
      await session.close();
    },
  };
}

function toLines(block: Block): readonly string[] {
  if (block.kind === 'lines') return block.lines.map((line) => plain(line).trimEnd());
  const { headings, rows } = block.table;
  const texts = rows.map((row) => row.map((cell) => cell.text));
  return [...(headings.length > 0 ? [headings] : []), ...texts].map((cells) => ` ${cells.join('  ')}`.trimEnd());
}
