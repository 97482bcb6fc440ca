// The end of the logs of the process that the details show.
import type { LogStream } from '../../core/ports.ts';

export type PreviewState = { readonly uid: string; readonly lines: Readonly<Record<LogStream, readonly string[]>> };

export type PreviewAction =
  | { readonly type: 'open'; readonly uid: string }
  | { readonly type: 'lines'; readonly stream: LogStream; readonly lines: readonly string[] };

export const NO_PREVIEW: PreviewState = { uid: '', lines: { stdout: [], stderr: [] } };

const KEPT = 100;

export function preview(state: PreviewState, action: PreviewAction): PreviewState {
  switch (action.type) {
    case 'open':
      return { ...NO_PREVIEW, uid: action.uid };
    case 'lines': {
      const lines = [...state.lines[action.stream], ...action.lines].slice(-KEPT);
      return { ...state, lines: { ...state.lines, [action.stream]: lines } };
    }
  }
}
