import { escapeText } from '../../core/view/escape.ts';
import type { AvailabilityReport, ReportFigures } from '../../core/view/published/report-schema.ts';
import { formatAge } from '../../core/view/text.ts';
import type { Io } from '../io/io.ts';
import { toCsv } from './csv.ts';
import { extentText } from './event-output.ts';
import { toJson } from './json.ts';
import type { Paint } from './paint.ts';
import type { TableCell } from './table.ts';
import { renderTable } from './table.ts';

export type ReportFormat = 'table' | 'json' | 'csv';

export type ReportStyle = { readonly format: ReportFormat; readonly io: Io; readonly paint: Paint };

export function printReport(report: AvailabilityReport, { format, io, paint }: ReportStyle): void {
  if (format === 'json') return io.out(`${toJson(report, 2)}\n`);
  if (format === 'csv') return io.out(toCsv(csvRows(report)));
  io.out(`${renderTable(tableRows(report, paint), io.columns).join('\n')}\n`);
  for (const extent of report.extents) {
    const knownSince = extent.knownSince === null ? null : Date.parse(extent.knownSince);
    const text = extentText({ ...extent, knownSince });
    if (text !== '') io.err(`multivisor: ${escapeText(text)}\n`);
  }
}

const TITLES = ['AVAILABLE', 'CRASHES', 'RESTARTS', 'MTBF', 'LONGEST', 'UNKNOWN', 'PROCESS', 'LAST CRASH'];

function tableRows({ processes, totals }: AvailabilityReport, paint: Paint): readonly (readonly TableCell[])[] {
  const header = TITLES.map((text): TableCell => ({ text, paint: paint.dim }));
  const about = paint.ascii ? '~' : '≈';
  const rows = processes.map(({ uid, supervisor, name, lastCrash, ...figures }) => {
    const last = lastCrash && `${lastCrash.approximate ? about : ''}${lastCrash.at} ${lastCrash.reason?.text ?? ''}`;
    return toCells(figures, { who: uid ?? `${supervisor}:?:${name}`, last: last ?? '', paint });
  });
  const sums = [
    ...totals.groups.map(({ group, ...figures }) => ({ who: `group ${group ?? '?'}`, figures })),
    ...totals.supervisors.map(({ supervisor, ...figures }) => ({ who: `supervisor ${supervisor}`, figures })),
    { who: 'all', figures: totals.all },
  ];
  return [
    header,
    ...rows,
    [{ text: '' }],
    ...sums.map(({ who, figures }) => toCells(figures, { who, last: '', paint })),
  ];
}

type Row = { readonly who: string; readonly last: string; readonly paint: Paint };

function toCells(figures: ReportFigures, { who, last, paint }: Row): readonly TableCell[] {
  const { availability, crashes, restarts, mtbfSeconds, longestOutageSeconds, unknownSeconds } = figures;
  const share = availability === null ? '-' : `${cut(availability * 100)} %`;
  const color = availability !== null && availability < 0.99 ? paint.bad : undefined;
  return [
    { text: share, right: true, ...(color && { paint: color }) },
    number(String(crashes)),
    number(String(restarts)),
    number(mtbfSeconds === null ? '-' : formatAge(mtbfSeconds * 1_000)),
    number(longestOutageSeconds === 0 ? '-' : formatAge(longestOutageSeconds * 1_000)),
    number(unknownSeconds === 0 ? '-' : formatAge(unknownSeconds * 1_000)),
    { text: escapeText(who) },
    { text: escapeText(last) },
  ];
}

function number(text: string): TableCell {
  return { text, right: true };
}

/** Rounded down: what was down for a second was not there all the time. */
function cut(percent: number): string {
  return (Math.floor(percent * 1_000) / 1_000).toFixed(3);
}

const FIGURES = [
  'availability',
  'upSeconds',
  'downSeconds',
  'stoppedSeconds',
  'unknownSeconds',
  'crashes',
  'restarts',
  'mtbfSeconds',
  'longestOutageSeconds',
] as const;

function csvRows({ processes, totals }: AvailabilityReport): readonly (readonly (string | number | null)[])[] {
  const values = (figures: ReportFigures) => FIGURES.map((field) => figures[field]);
  return [
    ['kind', 'supervisor', 'group', 'name', ...FIGURES, 'lastCrashAt', 'lastCrashReason'],
    ...processes.map((row) => {
      const { supervisor, group, name, lastCrash } = row;
      return [
        'process',
        supervisor,
        group,
        name,
        ...values(row),
        lastCrash?.at ?? null,
        lastCrash?.reason?.text ?? null,
      ];
    }),
    ...totals.groups.map((row) => ['group', null, row.group, null, ...values(row), null, null]),
    ...totals.supervisors.map((row) => ['supervisor', row.supervisor, null, null, ...values(row), null, null]),
    ['all', null, null, null, ...values(totals.all), null, null],
  ];
}
