// Assembles the terminal interface over a session and runs it until the user ends it.
import { writeFile } from 'node:fs/promises';
import type { Instance } from 'ink';
import { tellHalfDone } from '../core/commands/half-done.ts';
import type { Clock, Session } from '../core/ports.ts';
import type { AppProps } from './app.tsx';
import { createOrderDesk } from './actions/order-desk.ts';
import type { Handlers } from './actions/handlers.ts';
import type { Control, Outside } from './control/control.ts';
import { notify } from './control/control.ts';
import { createKeyHandler } from './control/keys.ts';
import { createLogTails } from './control/log-tails.ts';
import { landOnMatch } from './control/moves.ts';
import { feedStore } from './store-feed.ts';
import type { Frame } from './frame/model.ts';
import { heightOf } from './frame/page.ts';
import { createKeymap } from './keys/keymap.ts';
import { createLineStyler } from './renderer/styled-line.ts';
import type { Painter } from './renderer/painter.ts';
import { withBoundPastes } from './renderer/bound-pastes.ts';
import { createPainter } from './renderer/painter.ts';
import { readChoices, writeChoices } from './persistence.ts';
import type { Store } from './store.ts';
import { createStore } from './store.ts';
import type { Terminal, TerminalStreams } from './renderer/terminal.ts';
import { enterTerminal } from './renderer/terminal.ts';
import type { ThemeName } from './theme.ts';
import type { Arrangement } from './ui-state/arrangement.ts';
import { FIRST_ARRANGEMENT } from './ui-state/arrangement.ts';
import { createUiState } from './ui-state/ui-state.ts';

export type TuiOptions = {
  readonly session: Session;
  readonly clock: Clock;
  /** The name of the installation, for the header. */
  readonly title: string;
  /** 'local', or the address of the server. */
  readonly mode: string;
  /** Why nothing may be changed, in words ("started with --read-only"); null when it may. */
  readonly readOnly: string | null;
  /** The filter to begin with; '' for none. */
  readonly filter: string;
  /** Null: the one that was chosen last, or dark. */
  readonly theme: ThemeName | null;
  readonly ascii: boolean;
  readonly color: boolean;
  /** Remapped keys of the configuration: action → keys. */
  readonly keys: Readonly<Record<string, string>>;
  /** Where choices are kept from run to run; null: nowhere. */
  readonly stateDir: string | null;
  /** Options of a command line that reaches the same supervisors: `-c FILE` or `--remote URL`. */
  readonly commandOptions: readonly string[];
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly onFirstFrame?: () => void;
  /** Gives up, after the end, also what leaves processes down. */
  readonly leave: AbortSignal;
  /** What is still to be said when the terminal is the shell's again. */
  readonly onFarewell?: (line: string) => void;
  /** Has faults that nobody awaited told as messages here; the returned function takes it back. */
  readonly onFault?: (listener: (line: string) => void) => () => void;
};

/**
 * Resolves to the exit code: 0, or 128 + n after a signal. The session stays open: who made it closes it.
 * Rejects only for a fault of this program; the terminal is restored then too.
 */
export async function runTui(options: TuiOptions): Promise<number> {
  const { session, clock, stdin, stdout, stateDir } = options;
  const ending = new AbortController();
  const farewells: string[] = [];
  const exit = createExit();
  const store = createStore(await toFirstModel(options, clock));
  const painter = createPainter(stdout);
  const terminal: Terminal = enterTerminal(
    { stdin, stdout },
    {
      onResize: () => {
        store.update({ size: terminal.size(), now: clock.now() });
        painter.repaint();
      },
      onLeave: painter.pause,
      onReturn: painter.resume,
      onSpoilt: painter.repaint,
      onEnd: exit.resolve,
    },
  );
  const undo: (() => void)[] = [terminal.leave];
  try {
    store.update({ size: terminal.size() });
    // Ink takes its time to load; what there is to see need not wait for it.
    painter.show(toRows(store.frame()));
    options.onFirstFrame?.();
    const outside = toOutside({ terminal, painter, quit: exit.resolve, farewell: (line) => farewells.push(line) });
    const control: Control = { store, session, clock, outside, signal: ending.signal, leave: options.leave };
    const desk = createOrderDesk(control);
    const handlers: Handlers = { control, desk, tails: createLogTails(control) };
    // Before Ink hears of it, so that its layout finds the lines.
    store.subscribe(() => painter.show(toRows(store.frame())));
    const app = { store, onKeys: createKeyHandler(handlers), isPainted: true };
    const ink = await renderApp(app, { stdin: withBoundPastes(stdin), stdout: painter.stdout });
    if (options.filter !== '') landAtStart(store);
    undo.push(() => ink.unmount(), feedStore(store, session, clock));
    undo.push(options.onFault?.((line) => notify(control, 'bad', line)) ?? (() => {}));
    const keepChoices = persist(store, stateDir, (error) => notify(control, 'warn', notKept(error)));
    store.model().setting.keymap.problems.forEach((problem) => notify(control, 'warn', problem));
    const code = await Promise.race([exit.promise, failureOf(ink.waitUntilExit())]);
    const failure = await keepChoices();
    if (failure !== null) farewells.push(notKept(failure));
    const half = desk.halfDone();
    if (code !== 0 && half.length > 0) farewells.push(`${tellHalfDone(half)}: carried through`);
    return code;
  } finally {
    ending.abort();
    undo.toReversed().forEach((step) => step());
    farewells.forEach((line) => options.onFarewell?.(line));
  }
}

/** As when a filter is typed: on the first process that it lets through, as soon as there is one. */
function landAtStart(store: Store): void {
  const unsubscribe = store.subscribe(() => {
    if (store.model().ui.cursors.processes.key === null) landOnMatch(store);
    else unsubscribe();
  });
}

type OutsideParts = Pick<Outside, 'quit' | 'farewell'> & { readonly terminal: Terminal; readonly painter: Painter };

function toOutside({ terminal, painter, quit, farewell }: OutsideParts): Outside {
  return {
    quit,
    farewell,
    suspend: terminal.suspend,
    redraw: painter.repaint,
    copy: (text) => terminal.write(`\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`),
    save,
  };
}

/** Faster than keys repeat, so that each is seen at once. */
const MOST_FRAMES = 60;

async function renderApp(app: AppProps, streams: TerminalStreams): Promise<Instance> {
  // Where it believes in CI, Ink draws nothing before the end; and it looks when it is loaded. Here somebody watches.
  process.env['CI'] = 'false';
  process.env['CONTINUOUS_INTEGRATION'] = 'false';
  const [{ render }, { toAppElement }] = await Promise.all([import('ink'), import('./app.tsx')]);
  return render(toAppElement(app), { ...streams, exitOnCtrlC: false, patchConsole: false, maxFps: MOST_FRAMES });
}

type Exit = { readonly promise: Promise<number>; readonly resolve: (code: number) => void };

function createExit(): Exit {
  const asked = new AbortController();
  const promise = new Promise<number>((resolve) => {
    asked.signal.addEventListener('abort', () => resolve(Number(asked.signal.reason)), { once: true });
  });
  return { promise, resolve: (code) => asked.abort(code) };
}

/** Ink ends by itself only when a component threw. */
async function failureOf(exit: Promise<unknown>): Promise<number> {
  await exit;
  return 0;
}

async function toFirstModel(options: TuiOptions, clock: Clock) {
  const { session, title, mode, readOnly, keys, commandOptions, color, ascii, stdout } = options;
  const choices = options.stateDir === null ? {} : await readChoices(options.stateDir);
  const theme = color ? (options.theme ?? choices.theme ?? 'dark') : 'mono';
  return {
    snapshot: session.snapshot(),
    timeline: session.timeline(),
    connection: session.connection(),
    ui: createUiState({ ...FIRST_ARRANGEMENT, ...choices, theme }, options.filter),
    now: clock.now(),
    touchedAt: clock.now(),
    size: { columns: stdout.columns || 80, rows: stdout.rows || 24 },
    setting: { title, mode, readOnly, keymap: createKeymap(keys), commandOptions },
    styler: createLineStyler({ theme, ascii }),
  };
}

/** The finished lines; null for each line of a table. */
function toRows({ blocks }: Frame): readonly (string | null)[] {
  return blocks.flatMap<string | null>((block) =>
    block.kind === 'lines' ? [...block.lines] : Array.from({ length: heightOf(block) }, () => null),
  );
}

async function save(path: string, text: string): Promise<string | null> {
  try {
    // Never over a file that is there.
    await writeFile(path, text, { flag: 'wx' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function notKept(why: string): string {
  return `choices are not kept: ${why}`;
}

/**
 * Writes the choices when they changed; what it returns writes the last ones, and says why they could not be written.
 * `onError` hears once of a disk that is full; with the next change, and at the end, it is tried again.
 */
function persist(
  store: Store,
  directory: string | null,
  onError: (message: string) => void,
): () => Promise<string | null> {
  if (directory === null) return () => Promise.resolve(null);
  let tried: Arrangement = store.model().ui.arrangement;
  let written = tried;
  let failure: string | null = null;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    const { arrangement } = store.model().ui;
    if (arrangement === written) return;
    const { sort, reversed, groupBy, theme } = arrangement;
    try {
      await writeChoices(directory, { sort, reversed, groupBy, theme });
      written = arrangement;
      failure = null;
    } catch (error) {
      const told = failure !== null;
      failure = error instanceof Error ? error.message : String(error);
      if (!told) onError(failure);
    }
  };
  store.subscribe(() => {
    const { arrangement } = store.model().ui;
    if (arrangement === tried) return;
    tried = arrangement;
    writing = writing.then(write);
  });
  return async () => {
    await writing;
    await write();
    return failure;
  };
}
