// What `report --json` prints, and what the table is made from: report-schema.ts says its shape.
import type { Past } from '../../history/collect.ts';
import type { Extent, HistoryRequest } from '../../history/history.ts';
import { selectPast } from '../../history/select-past.ts';
import type { Figures, ProcessReport, Window } from '../../history/summarize.ts';
import { availabilityOf, meanTimeBetweenFailures, sumFigures, summarize } from '../../history/summarize.ts';
import type { Snapshot } from '../../model.ts';
import type { Selector } from '../../select.ts';
import { select } from '../../select.ts';
import { DAY_MS } from './day.ts';
import type { AvailabilityReport, ReportFigures } from './report-schema.ts';
import { toStatusReason } from './status.ts';

export type ReportWish = Window & { readonly selectors: readonly Selector[]; readonly now: number };

/** How things stood when the window began, the day before it tells. */
export function toReportRequest({ since, until }: Window): HistoryRequest {
  return { since: since - DAY_MS, until };
}

/** `past`: as `toReportRequest` asks for it. */
export function toReport(
  snapshot: Snapshot,
  past: Past,
  { selectors, since, until, now }: ReportWish,
): AvailabilityReport {
  const { processes } = select(snapshot, selectors);
  const events = selectPast(snapshot, selectors, past.events);
  const supervisors = [...snapshot.supervisors.values()];
  const rows = summarize(
    { supervisors, processes, events, everything: past.events, extents: past.extents },
    { since, until },
  );
  return {
    schema: 'multivisor.report/v1',
    generatedAt: toIso(now),
    name: snapshot.name,
    since: toIso(since),
    until: toIso(until),
    processes: rows.map(toRow),
    totals: {
      groups: totalsBy(rows, ({ group }) => group).map(([group, figures]) => ({ group, ...figures })),
      supervisors: totalsBy(rows, ({ supervisor }) => supervisor).map(([supervisor, figures]) => ({
        supervisor,
        ...figures,
      })),
      all: toFigures(sumFigures(rows)),
    },
    extents: past.extents.map((extent) => {
      const { supervisor, knownSince, complete, note } = reachingTo(since, extent);
      return { supervisor, knownSince: knownSince === null ? null : toIso(knownSince), complete, note };
    }),
  };
}

function toRow(row: ProcessReport): AvailabilityReport['processes'][number] {
  const { uid, supervisor, group, name, lastCrash } = row;
  return {
    uid: group === null ? null : uid,
    supervisor,
    group,
    name,
    ...toFigures(row),
    lastCrash: lastCrash && {
      at: toIso(lastCrash.at),
      approximate: lastCrash.approximate,
      reason: lastCrash.reason && toStatusReason(lastCrash.reason),
    },
  };
}

function totalsBy<Key>(
  rows: readonly ProcessReport[],
  keyOf: (row: ProcessReport) => Key,
): readonly (readonly [Key, ReportFigures])[] {
  const parts = Map.groupBy(rows, keyOf);
  return Array.from(parts, ([key, part]) => [key, toFigures(sumFigures(part))] as const);
}

function toFigures(figures: Figures): ReportFigures {
  const { upMs, downMs, stoppedMs, unknownMs, crashes, restarts, longestOutageMs } = figures;
  const between = meanTimeBetweenFailures(figures);
  return {
    availability: availabilityOf(figures),
    upSeconds: upMs / 1_000,
    downSeconds: downMs / 1_000,
    stoppedSeconds: stoppedMs / 1_000,
    unknownSeconds: unknownMs / 1_000,
    crashes,
    restarts,
    mtbfSeconds: between === null ? null : between / 1_000,
    longestOutageSeconds: longestOutageMs / 1_000,
  };
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}

/** More was asked for than the report is about. */
function reachingTo(since: number, extent: Extent): Extent {
  const { knownSince } = extent;
  if (knownSince === null || knownSince > since) return extent;
  return { ...extent, knownSince: since, complete: true, note: extent.complete ? extent.note : '' };
}
