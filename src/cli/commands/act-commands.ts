// start, stop, restart, signal and clear: the same command with another verb.
import { constants } from 'node:os';
import { didYouMean } from '../../core/config/nearest.ts';
import type { ProcessAction } from '../../core/model.ts';
import { act } from '../act.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Example, Invocation } from '../argv/command.ts';
import type { OptionName } from '../argv/options.ts';

const ROLL: readonly OptionName[] = ['batch', 'pause', 'maxFailures'];
const COMMON: CliCommand['options'] = ['yes', 'dryRun', 'json', 'allowEmpty'];
const WAIT: CliCommand['options'] = [
  'wait',
  ['timeout', 'for each process: ends the waiting (as long as its stopwaitsecs and startsecs allow)'],
];

/** As core/consent.ts decides. */
const ASKS =
  'At a terminal it asks before more than one process (no question for start), anything of a protected supervisor, or ' +
  'an agent that multivisor sees through is touched; above 10 the number must be typed. Without a terminal, what would ' +
  'be asked needs -y.';
const DETAILS = [
  'Ends with 0 also for what was so already. Without --wait it ends as soon as supervisord took it; with it, when the ' +
    'state is reached.',
  ASKS,
];

type Verb = {
  readonly action: Exclude<ProcessAction, 'signal'>;
  readonly summary: string;
  readonly options: CliCommand['options'];
  readonly examples: readonly Example[];
};

function toCommand({ action, summary, options, examples }: Verb): CliCommand {
  return {
    name: action,
    summary,
    args: 'SELECTOR…',
    completes: 'processes',
    options: [...options, ...COMMON],
    examples,
    details: DETAILS,
    run: (invocation) => act(invocation, { action, selectors: invocation.args }),
  };
}

const signalCommand: CliCommand = {
  name: 'signal',
  summary: 'Send a signal to processes',
  args: 'SIGNAL SELECTOR…',
  completes: 'processes',
  options: COMMON,
  examples: [
    { line: 'multivisor signal HUP web', says: 'SIGHUP to every "web"' },
    { line: "multivisor signal 10 'lid001:*' -y", says: 'by number, and without a question' },
  ],
  details: [ASKS],
  run: (invocation) => {
    const [name, ...selectors] = invocation.args;
    return act(invocation, { action: 'signal', selectors, signal: readSignal(name, invocation) });
  },
};

export const ACT_COMMANDS: readonly CliCommand[] = [
  toCommand({
    action: 'start',
    summary: 'Start processes',
    options: [...WAIT, ...ROLL],
    examples: [
      { line: 'multivisor start web', says: 'every process named web' },
      { line: "multivisor start 'state=stopped' 'sup=lid001' --wait", says: 'until each of them is RUNNING' },
    ],
  }),
  toCommand({
    action: 'stop',
    summary: 'Stop processes',
    options: [...WAIT, ...ROLL],
    examples: [
      { line: 'multivisor stop lid001:PLC:wcid00a', says: 'one process, by its full name' },
      { line: "multivisor stop 'PLC:*' '!*:wcid00a' -y", says: 'a group everywhere, but for one' },
    ],
  }),
  toCommand({
    action: 'restart',
    summary: 'Stop and start processes, all at once or in batches',
    options: [...WAIT, ...ROLL],
    examples: [
      { line: 'multivisor restart web --wait', says: 'ends when all of them are up again' },
      {
        line: 'multivisor restart web --batch 25% --pause 5s --max-failures 2',
        says: 'a quarter at a time; no further once two have failed',
      },
    ],
  }),
  signalCommand,
  toCommand({
    action: 'clear',
    summary: 'Empty the logs of processes',
    options: [],
    examples: [{ line: 'multivisor clear web', says: 'stdout and stderr of every "web"' }],
  }),
];

/** The name without SIG, or the number, as supervisord takes it. */
function readSignal(text: string | undefined, { args }: Invocation): string {
  if (text === undefined || args.length < 2)
    throw new CliError('say which signal and to what: multivisor signal HUP NAME');
  const name = text.toUpperCase().replace(/^SIG/u, '');
  const names = Object.keys(constants.signals).map((known) => known.slice(3));
  if (names.includes(name)) return name;
  if (/^\d{1,2}$/u.test(name) && Number(name) >= 1 && Number(name) <= 64) return name;
  throw new CliError(`"${text}" is no signal${didYouMean(name, names) || '; as in multivisor signal HUP NAME'}`);
}
