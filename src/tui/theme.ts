// Colours are tables. One accent for the cursor and the keys; colour only where a state wants attention.
import type { ProcessState } from '../core/process-state.ts';

export const THEME_NAMES = ['dark', 'light', '16', 'mono'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];

export function isThemeName(text: string): text is ThemeName {
  return THEME_NAMES.some((name) => name === text);
}

/** `fg` and `bg` are numbers of the 256-colour table; below 16 they are the terminal's own colours. */
export type Style = {
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
};

export const TEXT_ROLES = [
  'text',
  'title',
  'dim',
  'faint',
  'accent',
  'key',
  'match',
  'good',
  'calm',
  'busy',
  'warn',
  'bad',
  'cause',
  'odd',
  'stale',
  'error-line',
  'log0',
  'log1',
  'log2',
  'log3',
  'log4',
  'log5',
  /** Backgrounds: they are laid under the spans of a whole line. */
  'cursor',
  'panel',
] as const;

export type TextRole = (typeof TEXT_ROLES)[number];

export type Theme = Readonly<Record<TextRole, Style>>;

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    text: {},
    title: { bold: true },
    dim: { fg: 246 },
    faint: { fg: 239 },
    accent: { fg: 80, bold: true },
    key: { fg: 80 },
    match: { fg: 80, bold: true, underline: true },
    good: { fg: 72 },
    calm: { fg: 250 },
    busy: { fg: 180 },
    warn: { fg: 214 },
    bad: { fg: 203, bold: true },
    cause: { fg: 217 },
    odd: { fg: 176 },
    stale: { fg: 242 },
    'error-line': { fg: 210 },
    log0: { fg: 80 },
    log1: { fg: 180 },
    log2: { fg: 111 },
    log3: { fg: 150 },
    log4: { fg: 176 },
    log5: { fg: 216 },
    cursor: { bg: 236 },
    panel: { bg: 235 },
  },
  light: {
    text: {},
    title: { bold: true },
    dim: { fg: 242 },
    faint: { fg: 250 },
    accent: { fg: 24, bold: true },
    key: { fg: 24 },
    match: { fg: 24, bold: true, underline: true },
    good: { fg: 28 },
    calm: { fg: 238 },
    busy: { fg: 94 },
    warn: { fg: 130 },
    bad: { fg: 160, bold: true },
    cause: { fg: 124 },
    odd: { fg: 90 },
    stale: { fg: 247 },
    'error-line': { fg: 124 },
    log0: { fg: 24 },
    log1: { fg: 94 },
    log2: { fg: 25 },
    log3: { fg: 64 },
    log4: { fg: 90 },
    log5: { fg: 130 },
    cursor: { bg: 254 },
    panel: { bg: 255 },
  },
  '16': {
    text: {},
    title: { bold: true },
    dim: { fg: 8 },
    faint: { fg: 8 },
    accent: { fg: 6, bold: true },
    key: { fg: 6 },
    match: { fg: 6, bold: true, underline: true },
    good: { fg: 2 },
    calm: {},
    busy: { fg: 3 },
    warn: { fg: 3, bold: true },
    bad: { fg: 1, bold: true },
    cause: { fg: 1 },
    odd: { fg: 5 },
    stale: { fg: 8 },
    'error-line': { fg: 1 },
    log0: { fg: 6 },
    log1: { fg: 3 },
    log2: { fg: 4 },
    log3: { fg: 2 },
    log4: { fg: 5 },
    log5: { fg: 1 },
    cursor: { bold: true },
    panel: {},
  },
  mono: {
    text: {},
    title: { bold: true },
    dim: {},
    faint: { dim: true },
    accent: { bold: true },
    key: { bold: true },
    match: { bold: true, underline: true },
    good: {},
    calm: {},
    busy: {},
    warn: { bold: true },
    bad: { bold: true },
    cause: {},
    odd: { bold: true },
    stale: { dim: true },
    'error-line': {},
    log0: { bold: true },
    log1: { bold: true },
    log2: { bold: true },
    log3: { bold: true },
    log4: { bold: true },
    log5: { bold: true },
    cursor: { inverse: true },
    panel: {},
  },
};

/** RUNNING is calm, FATAL shouts. */
export const STATE_ROLES: Readonly<Record<ProcessState, { readonly glyph: TextRole; readonly label: TextRole }>> = {
  RUNNING: { glyph: 'good', label: 'dim' },
  STARTING: { glyph: 'busy', label: 'busy' },
  STOPPING: { glyph: 'busy', label: 'busy' },
  BACKOFF: { glyph: 'warn', label: 'warn' },
  FATAL: { glyph: 'bad', label: 'bad' },
  STOPPED: { glyph: 'dim', label: 'dim' },
  EXITED: { glyph: 'dim', label: 'dim' },
  UNKNOWN: { glyph: 'odd', label: 'odd' },
};

export const LOG_ROLES: readonly TextRole[] = ['log0', 'log1', 'log2', 'log3', 'log4', 'log5'];
