import type { Process, Snapshot, Supervisor } from '../../core/model.ts';
import { escapeText } from '../../core/view/escape.ts';
import { compareNatural } from '../../core/view/sort.ts';
import type { Status, StatusProcess } from '../../core/view/published/status-schema.ts';
import { formatUptime, linkGlyph, staleText, stateGlyph, stateLabel, uptimeSeconds } from '../../core/view/text.ts';
import type { Io } from '../io/io.ts';
import { toCsv } from './csv.ts';
import { toJson } from './json.ts';
import type { Paint } from './paint.ts';
import type { TableCell } from './table.ts';
import { renderTable } from './table.ts';

export type StatusFormat = 'table' | 'wide' | 'name' | 'csv' | 'json' | 'ndjson';

export type StatusView = {
  readonly snapshot: Snapshot;
  readonly supervisors: readonly Supervisor[];
  readonly processes: readonly Process[];
  readonly status: Status;
};

export type StatusStyle = {
  readonly format: StatusFormat;
  readonly groupBy: 'supervisor' | 'group' | 'none';
  readonly io: Io;
  readonly paint: Paint;
};

export function printStatus(view: StatusView, style: StatusStyle): void {
  const { io, format } = style;
  const { status } = view;
  switch (format) {
    case 'json':
      return io.out(`${toJson(status, 2)}\n`);
    case 'ndjson': {
      const supervisors = status.supervisors.map((supervisor) => ({ type: 'supervisor', ...supervisor }));
      const processes = status.processes.map((process) => ({ type: 'process', ...process }));
      return io.out([...supervisors, ...processes].map((item) => `${toJson(item)}\n`).join(''));
    }
    case 'name':
      return io.out(status.processes.map(({ uid }) => `${escapeText(uid)}\n`).join(''));
    case 'csv':
      return io.out(toCsv([CSV_FIELDS, ...status.processes.map((row) => CSV_FIELDS.map((field) => row[field]))]));
    case 'table':
    case 'wide':
      return printTable(view, style);
  }
}

const CSV_FIELDS = [
  'uid',
  'supervisor',
  'group',
  'name',
  'state',
  'statecode',
  'pid',
  'startedAt',
  'stoppedAt',
  'uptimeSeconds',
  'exitStatus',
  'spawnError',
  'description',
  'stdoutLog',
  'stderrLog',
  'stale',
] as const satisfies readonly (keyof StatusProcess)[];

function printTable(view: StatusView, style: StatusStyle): void {
  const { io, paint } = style;
  const now = Date.parse(view.status.generatedAt);
  const wide = style.format === 'wide';
  const titles = ['STATE', 'PROCESS', 'PID', 'UPTIME', ...(wide ? ['EXIT', 'STDOUT', 'STDERR'] : []), 'WHY'];
  const whyOf = new Map(view.status.processes.map(({ uid, why }) => [uid, why]));
  const rows = view.processes.flatMap((process) => {
    const supervisor = view.snapshot.supervisors.get(process.supervisor);
    const why = whyOf.get(process.uid) ?? '';
    return supervisor ? [processRow(process, supervisor, { paint, wide, now, why })] : [];
  });
  const header = titles.map((text): TableCell => ({ text, paint: paint.dim }));
  const [head = '', ...lines] = renderTable([header, ...rows], io.columns);
  const lineOf = new Map(view.processes.map((process, i) => [process.uid, lines[i] ?? '']));
  const linesOf = (processes: readonly Process[]) => processes.map(({ uid }) => lineOf.get(uid) ?? '');
  const down = view.supervisors
    .filter(({ link }) => link !== 'up')
    .map((supervisor) => titleOf(supervisor, paint, now));

  const parts: string[][] = [];
  if (style.groupBy === 'supervisor') {
    for (const supervisor of view.supervisors) {
      const own = view.processes.filter((process) => process.supervisor === supervisor.name);
      if (own.length === 0 && supervisor.link === 'up' && supervisor.processes.size > 0) continue;
      parts.push([titleOf(supervisor, paint, now), ...linesOf(own)]);
    }
  } else if (style.groupBy === 'group') {
    const groups = new Map<string, Process[]>();
    for (const process of view.processes) {
      const members = groups.get(process.group);
      if (members) members.push(process);
      else groups.set(process.group, [process]);
    }
    const names = [...groups.keys()].toSorted(compareNatural);
    for (const name of names) parts.push([paint.bold(escapeText(name)), ...linesOf(groups.get(name) ?? [])]);
    parts.push(down);
  } else parts.push(linesOf(view.processes), down);
  const body = parts.filter((part) => part.length > 0).map((part) => part.join('\n'));
  if (view.processes.length > 0) io.out(`${head}\n`);
  if (body.length > 0) io.out(`${body.join(style.groupBy === 'none' ? '\n' : '\n\n')}\n`);
}

type RowStyle = { readonly paint: Paint; readonly wide: boolean; readonly now: number; readonly why: string };

function processRow(process: Process, supervisor: Supervisor, { paint, wide, now, why }: RowStyle): TableCell[] {
  const { state, pid, exitStatus, stdoutLog, stderrLog } = process;
  const painted = (text: string) => paint.state(state, text);
  const seconds = uptimeSeconds(process, supervisor, now);
  const more: TableCell[] = wide
    ? [
        { text: exitStatus === null ? '-' : String(exitStatus), right: true },
        { text: escapeText(stdoutLog) || '-' },
        { text: escapeText(stderrLog) || '-' },
      ]
    : [];
  return [
    { text: `${stateGlyph(state, paint.ascii ? 'ascii' : 'unicode')} ${stateLabel(state)}`, paint: painted },
    { text: escapeText(process.uid) },
    { text: pid === null ? '-' : String(pid), right: true },
    { text: seconds === null ? '-' : formatUptime(seconds), right: true },
    ...more,
    { text: escapeText(why) },
  ];
}

/** `● lid001  http://…  supervisor 4.2.5`, or why it cannot be read. */
function titleOf(supervisor: Supervisor, paint: Paint, now: number): string {
  const { name, link, url, version } = supervisor;
  const glyph = linkGlyph(link, paint.ascii ? 'ascii' : 'unicode');
  const up = link === 'up';
  const why = staleText(supervisor, now) || 'no answer in time';
  const tail = up ? paint.dim(escapeText(`${url}  supervisor ${version ?? '?'}`)) : paint.bad(escapeText(why));
  return `${up ? paint.good(glyph) : paint.bad(glyph)} ${paint.bold(escapeText(name))}  ${tail}`;
}
