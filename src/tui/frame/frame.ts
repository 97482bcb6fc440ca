// (Snapshot, UiState, time, size) -> every line of the screen. Nothing else decides what is seen.
import { findProcess } from '../../core/engine/reduce.ts';
import type { Span } from '../renderer/styled-line.ts';
import type { LogLine } from '../ui-state/logs.ts';
import { toFooter, toHeader, toNoticeLine, toRule, toStatusLine } from './chrome.ts';
import type { Derived } from './derive.ts';
import { createDerive } from './derive.ts';
import { toDetails } from './details.ts';
import { toHelp } from './help.ts';
import { createShownLines, toLogPrompt, toLogStatus, toLogView } from './log-view.ts';
import type { Block, Body, Frame, Model, Ticker } from './model.ts';
import { heightOf, sliceBlocks } from './page.ts';
import { toPanel } from './panel.ts';
import { toListStatus, toProcessList } from './process-list.ts';
import { createSupervisorRows, toSupervisorList } from './supervisor-list.ts';
import { createTimelineRows, toMessageList, toMessageRows, toTimelineList } from './timeline-list.ts';

/** Header, rule, status line; rule, notice line, footer. */
const CHROME_LINES = 6;
/** Below this the list itself would be gone: the panel is cut first. */
const LEAST_BODY = 2;

export type ToFrame = (model: Model) => Frame;

type Parts = {
  readonly derived: Derived;
  readonly shownLines: readonly LogLine[];
  readonly body: Body;
  readonly status: readonly Span[];
};

/** Keeps what did not change from one frame to the next. */
export function createToFrame(): ToFrame {
  const derive = createDerive();
  const supervisorRows = createSupervisorRows();
  const timelineRows = createTimelineRows();
  const shownLines = createShownLines();

  const toParts = (model: Model, height: number, ticker: Ticker): Parts => {
    const derived = derive(model);
    const shown = shownLines(model.ui.logs);
    const options = { height, ticker };
    const { place } = model.ui.navigation;
    const parts = (body: Body, status: readonly Span[]): Parts => ({ derived, shownLines: shown, body, status });
    switch (place.screen) {
      case 'processes':
        return parts(toProcessList(model, derived, options), toListStatus(model, derived));
      case 'supervisors': {
        const rows = supervisorRows(model.snapshot, model.ui.filter.filter, model.ui.arrangement.onlyProblems);
        return parts(toSupervisorList(model, rows, options), toCount(rows.length, model.snapshot.supervisors.size));
      }
      case 'timeline': {
        const rows = timelineRows(model);
        return parts(toTimelineList(model, rows, options), toCount(rows.length, model.timeline.length));
      }
      case 'messages': {
        const rows = toMessageRows(model);
        return parts(toMessageList(model, rows, options), toCount(rows.length, rows.length));
      }
      case 'details': {
        const body = toDetails(model, place.subject, options);
        return parts(body, toPosition(model, body));
      }
      case 'help': {
        const body = toHelp(model, height);
        return parts(body, toPosition(model, body));
      }
      case 'logs':
        return parts(toLogView(model, shown, height), toLogStatus(model, shown));
    }
  };

  return (model) => {
    let changesWithinMs = Infinity;
    const ticker: Ticker = {
      within: (ms) => {
        changesWithinMs = Math.min(changesWithinMs, ms);
      },
    };
    const height = Math.max(LEAST_BODY, model.size.rows - 1 - CHROME_LINES);
    const panel = toPanel(model, height - LEAST_BODY);
    const panelHeight = panel ? panel.blocks.reduce((sum, block) => sum + heightOf(block), 0) : 0;
    const { body, status, derived } = toParts(model, Math.max(LEAST_BODY, height - panelHeight), ticker);
    const { styler, size } = model;
    const prompt = model.ui.navigation.place.screen === 'logs' ? toLogPrompt(model.ui.logs) : null;
    const top: Block = {
      kind: 'lines',
      lines: [
        toHeader(model, derived.rows, ticker),
        toRule(model),
        prompt ? styler.line(prompt, { width: size.columns, right: status }) : toStatusLine(model, status),
      ],
    };
    const footer = panel ? styler.line(panel.footer, { width: size.columns }) : toFooter(model);
    const bottom: Block = {
      kind: 'lines',
      lines: [toRule(model), toNoticeLine(model, toRowStatus(model, body), ticker), footer],
    };
    const blocks = sliceBlocks([top, ...body.blocks, ...(panel?.blocks ?? []), bottom], 0, model.size.rows - 1);
    return { blocks, body, changesWithinMs };
  };
}

function toCount(shown: number, all: number): readonly Span[] {
  return [{ text: shown === all ? `${all} ` : `${shown}/${all} `, role: 'calm' }];
}

/** Which part of a page is seen, when it is only a part. */
function toPosition({ ui }: Model, { count, height }: Body): readonly Span[] {
  if (count <= height) return [];
  const top = Math.min(ui.cursors.pages.top, count - height);
  return [{ text: `${top + 1}–${top + height} of ${count} ↓↑ `, role: 'dim' }];
}

/** Where the row under the cursor comes from, and how old it can be. */
function toRowStatus(model: Model, body: Body): readonly Span[] {
  const { ui, snapshot } = model;
  const { screen } = ui.navigation.place;
  if (screen !== 'processes' && screen !== 'supervisors') return [];
  const { key, index } = ui.cursors[screen];
  const row = body.rows?.[index]?.key ?? key;
  const name = screen === 'supervisors' ? row : row === null ? null : findProcess(snapshot, row)?.supervisor;
  const supervisor = snapshot.supervisors.get(name ?? '');
  if (!supervisor || supervisor.source === null) return [];
  const latency = supervisor.latencyMs === null ? '' : ` · ${Math.round(supervisor.latencyMs)} ms`;
  return [{ text: ` ${supervisor.source}${latency} `, role: 'dim' }];
}
