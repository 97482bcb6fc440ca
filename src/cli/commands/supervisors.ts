import type { Supervisor } from '../../core/model.ts';
import { escapeText } from '../../core/view/escape.ts';
import { countStatesOf } from '../../core/view/tally.ts';
import type { StateCounts } from '../../core/view/tally.ts';
import { toStatus } from '../../core/view/published/status.ts';
import { linkGlyph, stateGlyph } from '../../core/view/text.ts';
import { PROCESS_STATES } from '../../core/process-state.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { createPaint } from '../output/paint.ts';
import type { TableCell } from '../output/table.ts';
import { renderTable } from '../output/table.ts';
import { choiceOf, durationOf } from '../argv/values.ts';
import { FIRST_ANSWER_MS, withSession } from '../session/with-session.ts';

const SUPERVISORS_SCHEMA = 'multivisor.supervisors/v1';

export const supervisorsCommand: CliCommand = {
  name: 'supervisors',
  summary: 'Show the supervisors alone, one line each',
  args: '[SUPERVISOR…]',
  completes: 'supervisors',
  options: [
    ['output', 'table, name or json'],
    'json',
    ['timeout', 'how long to wait for those that do not answer (5s)'],
  ],
  examples: [
    { line: 'multivisor supervisors', says: 'address, version, source of events and errors of each' },
    { line: "multivisor supervisors 'eu-*' --json", says: 'those named eu-…, for a program' },
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { io, args } = invocation;
  const format = invocation.isOn('json') ? 'json' : choiceOf(invocation, 'output', ['table', 'name', 'json']);
  const timeoutMs = durationOf(invocation, 'timeout', FIRST_ANSWER_MS);
  return withSession(invocation, { supervisors: args, timeoutMs, sources: true }, ({ session, clock }) => {
    const snapshot = session.snapshot();
    const supervisors = [...snapshot.supervisors.values()];
    if (format === 'name') io.out(supervisors.map(({ name }) => `${escapeText(name)}\n`).join(''));
    else if (format === 'json') {
      const { generatedAt, name } = toStatus(snapshot, { supervisors: [], processes: [], now: clock.now() });
      const rows = supervisors.map((supervisor) => {
        const processes = [...supervisor.processes.values()];
        const status = toStatus(snapshot, { supervisors: [supervisor], processes, now: clock.now() });
        return { ...status.supervisors[0], processes: status.summary.processes };
      });
      io.out(`${toJson({ schema: SUPERVISORS_SCHEMA, generatedAt, name, supervisors: rows }, 2)}\n`);
    } else {
      const paint = createPaint(invocation);
      const titles = ['SUPERVISOR', 'ADDRESS', 'VERSION', 'PROCESSES', 'SOURCE', 'LATENCY', 'NOTE'];
      const header = titles.map((text): TableCell => ({ text, paint: paint.dim }));
      const rows = supervisors.map((supervisor) => rowOf(supervisor, paint));
      io.out(`${renderTable([header, ...rows], io.columns).join('\n')}\n`);
    }
    const up = supervisors.filter(({ link }) => link === 'up').length;
    if (up === 0) return EXIT.unreachable;
    return up < supervisors.length ? EXIT.someFailed : EXIT.ok;
  });
}

function rowOf(supervisor: Supervisor, paint: Paint): TableCell[] {
  const { link, name, url, version, source, latencyMs, error, sourceNote } = supervisor;
  const up = link === 'up';
  const glyph = linkGlyph(link, paint.ascii ? 'ascii' : 'unicode');
  const note = up ? sourceNote : (error?.message ?? 'no answer in time');
  return [
    { text: `${glyph} ${escapeText(name)}`, paint: up ? paint.good : paint.bad },
    { text: escapeText(url) },
    { text: escapeText(version ?? '-') },
    { text: countsText(countStatesOf(supervisor), paint) },
    { text: source ?? '-' },
    { text: latencyMs === null ? '-' : `${Math.round(latencyMs)} ms`, right: true },
    { text: escapeText(note), ...(up ? {} : { paint: paint.bad }) },
  ];
}

/** "● 7  ✖ 1", in supervisord's order of the states. */
function countsText(counts: StateCounts, paint: Paint): string {
  const glyphs = paint.ascii ? 'ascii' : 'unicode';
  const parts = PROCESS_STATES.flatMap((state) => {
    const count = counts[state];
    return count === undefined ? [] : [`${stateGlyph(state, glyphs)} ${count}`];
  });
  return parts.length === 0 ? '-' : parts.join('  ');
}
