import { parseRemoteAddress } from '../../bridge/multivisor/remote-address.ts';
import type { TuiOptions } from '../../tui/run.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { escapeText } from '../../core/view/escape.ts';
import { boundHeap } from '../bound-heap.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Opened } from '../session/open-session.ts';
import { openSession } from '../session/open-session.ts';
import { createPaint } from '../output/paint.ts';
import { openRemote, remoteOf } from '../session/remote.ts';
import { ownFolder } from '../io/own-folder.ts';
import { untilAborted } from '../io/until-aborted.ts';

export const tuiCommand: CliCommand = {
  name: 'tui',
  summary: 'The full-screen view; also what multivisor alone does at a terminal',
  args: '',
  options: ['filter', 'readOnly', 'theme'],
  examples: [
    { line: 'multivisor', says: 'everything; ? shows the keys' },
    { line: "multivisor tui --filter 'state:fatal'", says: 'begin with what failed' },
    { line: 'multivisor tui --read-only', says: 'look, but do not act' },
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { io, args } = invocation;
  if (args.length > 0)
    throw new CliError(`tui takes no argument; to begin with a filter: --filter '${args.join(' ')}'`);
  if (!io.terminal || !io.interactive) {
    throw new CliError('the full-screen view needs a terminal; without one: multivisor status, multivisor watch');
  }
  // React and Ink take a quarter of a second to load, which no other command should pay.
  const [{ runTui }, { isThemeName, THEME_NAMES }] = await Promise.all([
    import('../../tui/run.ts'),
    import('../../tui/theme.ts'),
  ]);
  const theme = invocation.text('theme');
  if (theme !== null && !isThemeName(theme)) throw new CliError(`--theme is one of ${THEME_NAMES.join(', ')}`);
  const shown = new AbortController();
  const unbound = boundHeap();
  const leaving = new AbortController();
  let isOver = false;
  // Signals are the interface's own. Whatever becomes of the terminal, what is half done is carried through; who asks for
  // the end once more after that leaves it down.
  const release = io.holdEnd((ending) => {
    if (isOver && (ending === 'SIGINT' || ending === 'SIGTERM')) leaving.abort();
  });
  const { session, clock, close, title, mode, keys, commandOptions } = await open(
    invocation,
    untilAborted(shown.signal),
  );
  try {
    return await runTui({
      session,
      clock,
      title,
      mode,
      readOnly: invocation.isOn('readOnly') ? 'started with --read-only' : null,
      filter: invocation.text('filter') ?? '',
      theme,
      ascii: createPaint(invocation).ascii,
      color: invocation.isOn('color') && !io.env['NO_COLOR'],
      keys,
      stateDir: ownFolder('state', io),
      commandOptions,
      stdin: process.stdin,
      stdout: process.stdout,
      onFirstFrame: () => shown.abort(),
      leave: leaving.signal,
      onFarewell: (line) => io.err(`multivisor: ${escapeText(line)}\n`),
      onFault: (listener) => io.keepAlive(listener),
    });
  } finally {
    isOver = true;
    unbound();
    await close();
    release();
  }
}

type Opening = Opened & Pick<TuiOptions, 'title' | 'mode' | 'keys' | 'commandOptions'>;

/** Its links begin after that: what there is to see at once need not wait for them. */
async function open(invocation: Invocation, after: Promise<void>): Promise<Opening> {
  const remote = remoteOf(invocation);
  if (remote !== null) {
    // It shows by itself whether it is connected: the first screen does not wait for that.
    const { name } = parseRemoteAddress(remote);
    return {
      ...(await openRemote(invocation, remote)),
      title: name,
      mode: name,
      keys: {},
      commandOptions: ['--remote', remote],
    };
  }
  const config = loadConfig(invocation);
  const file = invocation.text('config');
  const commandOptions = file === null ? [] : ['-c', file];
  return { ...openSession(config, { after }), title: config.name, mode: 'local', keys: config.keys, commandOptions };
}
