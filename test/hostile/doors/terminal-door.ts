// Keys and pastes, as bytes through Ink: what a terminal sends that nobody typed.
import { setTimeout as after } from 'node:timers/promises';
import { render } from 'ink-testing-library';
import { createElement } from 'react';
import { App } from '../../../src/tui/app.tsx';
import { createPasteBound } from '../../../src/tui/renderer/bound-pastes.ts';
import { openWorld } from '../../helpers/core/world.ts';
import { openTui } from '../../helpers/terminal/open-tui.ts';
import type { Door } from '../door.ts';

const PASTE = '\u001b[200~';
const END = '\u001b[201~';
const PART = 'x'.repeat(64 * 1024);
const MANY = 160;
const CHUNK = 4_096;
const MOST_TYPED = 80;

/** One interface, which stays open through all of it. */
export async function openTerminalDoor(): Promise<Door> {
  const { session, link } = openWorld(['alpha']);
  const tui = openTui(session, { arrangement: { groupBy: 'none' } });
  const ink = render(createElement(App, { store: tui.store, onKeys: tui.handler, isPainted: false }));
  await tui.until(/RUNNING/u);
  const bound = createPasteBound();
  /** A terminal says one after the other. What was done to a process, and whether the interface still lives. */
  const inTerminal = async (chunks: Iterable<string>): Promise<string> => {
    const before = link('alpha').calls.length;
    for (const chunk of chunks) {
      ink.stdin.write(bound(chunk));
      await after(0);
    }
    ink.stdin.write(bound(END));
    const broken = /ERROR|at .*node_modules/u.test(ink.lastFrame() ?? '');
    tui.press('esc', 'esc', 'esc', '1');
    if (broken || !/multivisor {2}lab/u.test(tui.screen())) return 'ENDED';
    const acts = link('alpha').calls.length - before;
    return acts === 0 ? 'nothing was done' : `DID ${acts}`;
  };
  return {
    name: 'keyboard and paste',
    take: (text) =>
      inTerminal([
        `${PASTE}${text}${END}`,
        '/',
        `${PASTE}${text}${END}`,
        // Into the line; enter and esc would leave it.
        ...Array.from(plain(text.slice(0, 40))),
        '\u001b',
        // Without brackets: a short text is what was typed, whatever it does.
        ...(Array.from(plain(text)).length > MOST_TYPED ? inChunks(plain(text)) : []),
      ]),
    manners: {
      endless: () => inTerminal([PASTE, ...Array.from({ length: MANY }, () => PART)]),
      slow: () => inTerminal(Array.from(`${PASTE}xy${END}\u001b[31m\u001b[<0;1;1M\u001b]0;x\u0007`)),
      silent: () => inTerminal(['\u001b[']),
      cut: () => inTerminal([PASTE, 'xyxy']),
      'lying about its length': () =>
        inTerminal([`${PASTE}abc${END}`, `${PASTE}${END}\u001b[9999999999;9999999999R`, `${PASTE}a${END}`]),
    },
    isOwn: (told) => told === 'nothing was done',
    close: async () => {
      ink.unmount();
      await tui.close();
    },
  };
}

/** Without what cuts a chunk into several. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '');
}

/** As much as a terminal hands over at once. */
function inChunks(text: string): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, i) => text.slice(i * CHUNK, (i + 1) * CHUNK));
}
