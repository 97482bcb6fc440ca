import type { ProcessAction, SupervisorAction } from '../../core/model.ts';
import type { Outcome } from '../../core/ports.ts';
import { parseUid } from '../../core/ids.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { Invocation } from '../argv/command.ts';
import { exitOfOutcomes } from '../exit-codes.ts';
import { toJson } from './json.ts';
import type { OutcomesReport } from './outcomes-schema.ts';
import { createPaint } from './paint.ts';

export type OutcomePrinter = {
  /** Each outcome as it is known. */
  progress(outcome: Outcome): void;
  /** Something beside the outcomes. */
  narrate(text: string): void;
  /** Prints what was not printed yet; the exit code. */
  end(outcomes: readonly Outcome[]): number;
};

export function createOutcomePrinter(invocation: Invocation, action: ProcessAction | SupervisorAction): OutcomePrinter {
  const { io } = invocation;
  const paint = createPaint(invocation);
  const json = invocation.isOn('json');
  const told = new Set<string>();
  const marks = paint.ascii ? { ok: '+', same: '=', bad: 'X', left: '-' } : { ok: '✔', same: '=', bad: '✖', left: '-' };

  const line = ({ target, ok, code, message, from, to }: Outcome) => {
    const untouched = code === 'untouched';
    const mark = ok ? (code === 'unchanged' ? marks.same : marks.ok) : untouched ? marks.left : marks.bad;
    const way = from === null || to === null || from === to ? (from ?? to ?? '') : `${from} → ${to}`;
    const moved = escapeText(paint.ascii ? way.replace('→', '->') : way);
    const paintMark = ok ? paint.good : untouched ? paint.dim : paint.bad;
    const parts = [`${paintMark(mark)} ${escapeText(target)}`, moved, escapeText(message)].filter(
      (part) => part !== '',
    );
    return `${parts.join('  ')}\n`;
  };

  const progress = (outcome: Outcome): void => {
    if (json || told.has(outcome.target)) return;
    told.add(outcome.target);
    io.out(line(outcome));
  };
  return {
    progress,
    narrate: (text) => io.err(`multivisor: ${escapeText(text)}\n`),
    end: (outcomes) => {
      const failed = outcomes.filter(({ ok }) => !ok).length;
      const summary = { total: outcomes.length, ok: outcomes.length - failed, failed };
      if (json) {
        const results = outcomes.map(toResult);
        const dryRun = invocation.isOn('dryRun');
        const report: OutcomesReport = { schema: 'multivisor.outcomes/v1', action, dryRun, results, summary };
        io.out(`${toJson(report, 2)}\n`);
      } else {
        outcomes.forEach(progress);
        if (outcomes.length > 1) io.err(`${action}: ${summary.ok} done${failed > 0 ? `, ${failed} failed` : ''}\n`);
      }
      return exitOfOutcomes(outcomes);
    },
  };
}

function toResult({ target, ok, code, message, from, to, difference }: Outcome): OutcomesReport['results'][number] {
  const named = parseUid(target) === null ? { supervisor: target } : { uid: target };
  return { ...named, from, to, ok, code, message, ...(difference === undefined ? {} : { difference }) };
}
