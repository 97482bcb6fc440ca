// reread, update, reload and shutdown: what is asked of a whole supervisord.
import type { SupervisorAction } from '../../core/model.ts';
import type { Outcome } from '../../core/ports.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Example, Invocation } from '../argv/command.ts';
import { confirm } from '../io/confirm.ts';
import { createOutcomePrinter } from '../output/outcomes.ts';
import { limitOf } from '../argv/values.ts';
import { sendWhole } from '../send-whole.ts';
import { withSession } from '../session/with-session.ts';

type Verb = {
  readonly action: SupervisorAction;
  readonly summary: string;
  readonly examples: readonly Example[];
};

/** As core/consent.ts decides. */
const ASKS_UPDATE =
  'At a terminal it asks before more than one supervisor or a protected one is touched; without a terminal that needs -y.';
const ASKS_NAME =
  'At a terminal the name of the supervisor must be typed, or of several their number; without a terminal it needs -y.';

function toCommand({ action, ...rest }: Verb): CliCommand {
  return {
    name: action,
    args: 'SUPERVISOR…',
    completes: 'supervisors',
    ...(action === 'reread' ? {} : { details: [action === 'update' ? ASKS_UPDATE : ASKS_NAME] }),
    options: ['yes', 'dryRun', 'json', ['timeout', 'for each supervisor: ends the waiting (as its programs allow)']],
    run: (invocation) => run(invocation, action),
    ...rest,
  };
}

export const SUPERVISOR_COMMANDS: readonly CliCommand[] = [
  toCommand({
    action: 'reread',
    summary: 'Let supervisors read their configuration again, and tell what differs',
    examples: [
      { line: 'multivisor reread web1', says: 'which groups are added, changed or removed; nothing is restarted' },
    ],
  }),
  toCommand({
    action: 'update',
    summary: 'Reread, then stop, remove, add and start what differs',
    examples: [{ line: "multivisor update 'eu-*' -y", says: 'on every supervisor named eu-…' }],
  }),
  toCommand({
    action: 'reload',
    summary: 'Restart supervisors themselves, and all of their processes',
    examples: [{ line: 'multivisor reload web1', says: 'what supervisorctl calls reload' }],
  }),
  toCommand({
    action: 'shutdown',
    summary: 'End supervisors and all of their processes',
    examples: [{ line: 'multivisor shutdown web1', says: 'it must be started again on its host' }],
  }),
];

async function run(invocation: Invocation, action: SupervisorAction): Promise<number> {
  const { args } = invocation;
  if (args.length === 0) throw new CliError(`name the supervisors to ${action}; '*' means all of them`);
  const timeoutMs = limitOf(invocation);
  return withSession(invocation, { supervisors: args }, async ({ session }) => {
    const supervisors = [...session.snapshot().supervisors.values()];
    const targets = supervisors.map(({ name }) => name);
    const reporter = createOutcomePrinter(invocation, action);
    if (invocation.isOn('dryRun')) {
      return reporter.end(
        supervisors.map(({ name, state }): Outcome => {
          return { target: name, ok: true, code: 'ok', message: `would ${action}`, from: state, to: null };
        }),
      );
    }
    await confirm(invocation, session.snapshot(), { action, targets });
    const command = { action, targets, ...(timeoutMs === null ? {} : { timeoutMs }) };
    return reporter.end(await sendWhole(invocation, { session, command, reporter }));
  });
}
