// What every acting command does: choose, ask, send, tell.
import { refuseClear } from '../core/commands/clear.ts';
import type { Process, ProcessAction } from '../core/model.ts';
import type { Command, Outcome, RollPlan } from '../core/ports.ts';
import { select } from '../core/select.ts';
import { complain, selectorsOf } from './choose.ts';
import { CliError } from './cli-error.ts';
import type { Invocation } from './argv/command.ts';
import { confirm } from './io/confirm.ts';
import { EXIT } from './exit-codes.ts';
import { optionOf } from './argv/options.ts';
import type { OptionName } from './argv/options.ts';
import { createOutcomePrinter } from './output/outcomes.ts';
import { countOf, durationOf, limitOf } from './argv/values.ts';
import { sendWhole } from './send-whole.ts';
import { withSession } from './session/with-session.ts';

export type ActWish = {
  readonly action: ProcessAction;
  readonly selectors: readonly string[];
  /** For `signal`. */
  readonly signal?: string;
};

export async function act(invocation: Invocation, wish: ActWish): Promise<number> {
  const { action } = wish;
  if (wish.selectors.length === 0) {
    throw new CliError(`name what to ${action}, such as NAME, group:* or supervisor:*; '*' means everything`);
  }
  const selectors = selectorsOf(wish.selectors);
  const timeoutMs = limitOf(invocation);
  const plan = readPlan(invocation);
  return withSession(invocation, { selectors }, async ({ session }) => {
    const snapshot = session.snapshot();
    const selection = select(snapshot, selectors);
    const complaint = complain(snapshot, selection, selectors);
    if (complaint && !(complaint.exitCode === EXIT.notFound && invocation.isOn('allowEmpty'))) {
      throw new CliError(complaint.message, complaint.exitCode);
    }
    const { processes } = selection;
    const missed = selection.supervisors.filter(({ link }) => link !== 'up');
    const reporter = createOutcomePrinter(invocation, action);
    for (const { name, error } of missed) {
      reporter.narrate(`${name} is not reached and left out: ${error?.message ?? 'no answer in time'}`);
    }
    if (invocation.isOn('dryRun')) {
      return reporter.end(processes.map((process) => planned(process, action)));
    }
    const names = processes.map(({ uid }) => uid);
    const roll = plan?.(processes.length);
    const signal = wish.signal === undefined ? {} : { signal: wish.signal };
    await confirm(invocation, snapshot, { action, targets: names, ...signal, ...(roll ? { batch: roll.batch } : {}) });
    const command: Command = {
      action,
      targets: names,
      ...(timeoutMs === null ? {} : { timeoutMs }),
      wait: invocation.isOn('wait'),
      ...signal,
      ...(roll ? { roll } : {}),
    };
    const outcomes = await sendWhole(invocation, { session, command, reporter });
    const code = reporter.end(outcomes);
    return code === EXIT.ok && missed.length > 0 ? EXIT.someFailed : code;
  });
}

function planned(process: Process, action: ProcessAction): Outcome {
  const why = action === 'clear' ? refuseClear(process) : null;
  const verdict = why === null ? OK : ({ ok: false, code: 'not-allowed' } as const);
  return { target: process.uid, ...verdict, message: why ?? `would ${action}`, from: process.state, to: null };
}

const OK = { ok: true, code: 'ok' } as const;

/** Null without --batch; otherwise what it means for so many targets. */
function readPlan(invocation: Invocation): ((count: number) => RollPlan) | null {
  const text = invocation.text('batch');
  const pauseMs = durationOf(invocation, 'pause', 0);
  const maxFailures = countOf(invocation, 'maxFailures', 1);
  if (text === null) {
    const rollOnly: readonly OptionName[] = ['pause', 'maxFailures'];
    const unexpected = rollOnly.find((option) => invocation.text(option) !== null);
    if (unexpected)
      throw new CliError(`--${optionOf(unexpected).name} is about batches: give --batch N or --batch N%, too`);
    return null;
  }
  const [, number = '', percent] = /^(\d{1,6})(%)?$/u.exec(text) ?? [];
  if (!(Number(number) > 0)) throw new CliError(`--batch is a number such as 5 or a share such as 25%, not "${text}"`);
  const sizeOf = (count: number) =>
    percent === undefined ? Number(number) : Math.ceil((count * Number(number)) / 100);
  return (count) => ({ batch: Math.max(1, sizeOf(count)), pauseMs, maxFailures: Math.max(1, maxFailures) });
}
