import type { AlertsView } from '../../core/alerts/desk.ts';
import { parseDuration } from '../../core/duration.ts';
import { LONGEST_MUTE_MS } from '../../core/wire/alerts-schema.ts';
import { selectorsOf } from '../choose.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import { muteText } from '../output/alerts-output.ts';
import { toJson } from '../output/json.ts';
import { askAlerts } from '../session/ask-alerts.ts';

const muteCommand: CliCommand = {
  name: 'mute',
  summary: 'Have a server tell nobody of these processes for a while',
  args: 'SELECTOR…',
  completes: 'processes',
  options: [['for', 'how long, such as 2h', 'TIME'], 'why', 'json'],
  examples: [
    { line: "multivisor mute 'lid001:*' --for 2h --why 'new disk' --remote HOST", says: 'also that it is unreachable' },
  ],
  details: ['What is still wrong when the mute ends is told then.'],
  run: async (invocation) => {
    const { args } = invocation;
    if (args.length === 0) throw new CliError('name what to mute; * is everything');
    selectorsOf(args);
    const time = invocation.text('for');
    if (time === null) throw new CliError('say for how long: --for 2h');
    const forMs = parseDuration(time);
    if (forMs === null || forMs < 1_000 || forMs > LONGEST_MUTE_MS) {
      throw new CliError(`--for is a time from 1s to 366d, such as 2h, not "${time}"`);
    }
    const why = invocation.text('why') ?? '';
    const { view } = await askAlerts(invocation, { op: 'mute', selectors: args, forMs, why });
    return tell(invocation, view);
  },
};

const unmuteCommand: CliCommand = {
  name: 'unmute',
  summary: 'Have a server tell of them again',
  args: 'SELECTOR|ID',
  completes: 'processes',
  options: ['json'],
  examples: [{ line: "multivisor unmute 'lid001:*' --remote HOST", says: 'whatever was muted by this selector' }],
  run: async (invocation) => {
    const [which, ...more] = invocation.args;
    if (which === undefined || more.length > 0) throw new CliError('name one mute, by its id or by a selector of it');
    const { view } = await askAlerts(invocation, { op: 'unmute', which });
    return tell(invocation, view);
  },
};

export const MUTE_COMMANDS: readonly CliCommand[] = [muteCommand, unmuteCommand];

function tell(invocation: Invocation, { mutes }: AlertsView): number {
  const now = Date.now();
  const lines = mutes.length === 0 ? ['nothing is muted'] : mutes.map((mute) => muteText(mute, now));
  invocation.io.out(invocation.isOn('json') ? `${toJson({ mutes }, 2)}\n` : lines.map((line) => `${line}\n`).join(''));
  return EXIT.ok;
}
