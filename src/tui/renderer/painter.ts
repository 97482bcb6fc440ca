// Ink lays the screen out; this writes it. Ink measures, splits and joins every styled cell of every line on every frame:
// 13 to 25 ms at 200×50 (docs/decisions/0110-painter.md). So a finished line is only a slot for Ink, four plain cells that
// name its row, and is filled in
// here. A key, an event or a second that changes lines but no layout never comes to Ink at all. Lines that did not change
// are skipped, the others written at their absolute position: nothing is ever cleared, and whatever a line does to the
// terminal, the next one stands where it should.

const ESC = '\u001b';

/** Plain ASCII, which is measured in no time. Tables, which Ink writes itself, begin with a space. */
const MARK = '\\';

/** What stands for the finished line of this row. */
export function slotOf(row: number): string {
  return MARK + String(row).padStart(3, '0');
}

/** Ink starts a frame by erasing the lines of the last one. */
const ERASE = new RegExp(`^(?:${ESC}\\[(?:2K|1A|G))*`, 'u');

export type Painter = {
  /** What Ink takes for the terminal. */
  readonly stdout: NodeJS.WriteStream;
  /** The finished lines by row; null where Ink writes itself. Shown at once, or with the layout that Ink is about to make. */
  readonly show: (rows: readonly (string | null)[]) => void;
  /** Everything is written again: after a resize, or foreign output. */
  readonly repaint: () => void;
  /** Nothing is written from now on: the screen belongs to somebody else. */
  readonly pause: () => void;
  /** The screen is ours again, and nothing of ours is on it. */
  readonly resume: () => void;
};

export type PaintedTerminal = {
  readonly write: (text: string) => boolean;
  readonly columns: number;
  readonly rows: number;
};

export function createPainter(terminal: PaintedTerminal): Painter {
  let filling: readonly (string | null)[] = [];
  /** Null until Ink has made one: rows that are all slots need none. */
  let layout: readonly string[] | null = null;
  let painted: readonly string[] = [];
  let isPaused = false;

  const paint = (): void => {
    if (isPaused) return;
    const rows = layout ?? filling.map((_, row) => slotOf(row));
    const isLaidOut =
      rows.length === filling.length && filling.every((line, row) => (line === null) === (rows[row] !== slotOf(row)));
    if (!isLaidOut) return;
    const wanted = rows.map((text, row) => filling[row] ?? text);
    const out: string[] = [];
    for (const [row, line] of wanted.entries()) {
      if (painted[row] !== line) out.push(`${ESC}[${row + 1};1H${ESC}[2K${line}`);
    }
    for (let row = wanted.length; row < painted.length; row++) out.push(`${ESC}[${row + 1};1H${ESC}[2K`);
    painted = wanted;
    // In one piece, on terminals that know how.
    if (out.length > 0) terminal.write(`${ESC}[?2026h${out.join('')}${ESC}[?2026l`);
  };

  const write = (chunk: string): void => {
    const text = chunk.replace(ERASE, '');
    // Ink also hides the cursor and brackets its frames: both are done already.
    if (text === '' || (text.startsWith(ESC) && !text.includes('\n'))) return;
    layout = text.replace(/\n$/u, '').split('\n');
    paint();
  };

  // Inherits what a terminal is; only the writing and the width are its own. Ink must not hear of resizes: it would lay
  // out before we have said what to show. Slots are narrow, and so is the grid of cells that Ink then fills.
  const stdout: NodeJS.WriteStream = Object.create(terminal, {
    write: {
      value: (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
        write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
        const done = rest.findLast((argument) => typeof argument === 'function');
        if (typeof done === 'function') queueMicrotask(() => Reflect.apply(done, undefined, []));
        return true;
      },
    },
    columns: { get: () => (filling.includes(null) ? terminal.columns : slotOf(0).length) },
    // Ink clears the whole terminal around a frame that it takes to be as high as the screen.
    rows: { value: Infinity },
    on: { value: () => stdout },
    off: { value: () => stdout },
  });

  const repaint = (): void => {
    painted = Array.from({ length: Math.max(painted.length, terminal.rows) }, () => '\u0000');
    paint();
  };

  return {
    stdout,
    show: (rows) => {
      filling = rows;
      paint();
    },
    repaint,
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
      repaint();
    },
  };
}
