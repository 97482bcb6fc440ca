// The table of keys. The footer, the help, the palette and docs/keys.md are made from it.
import { SHARED_KEYS } from '../../core/view/shared-keys.ts';
import { LOG_KEYS } from './log-keys.ts';
import type { Rule } from './rule.ts';

const LISTS = ['processes', 'supervisors', 'timeline'] as const;
const TARGETS = ['processes', 'supervisors', 'timeline', 'details', 'logs'] as const;
const SUPERVISORS = ['supervisors', 'details'] as const;

const KEY_TABLE = [
  { ...SHARED_KEYS.down, topic: 'Move', title: 'down' },
  { ...SHARED_KEYS.up, topic: 'Move', title: 'up' },
  { ...SHARED_KEYS.top, topic: 'Move', title: 'top' },
  { ...SHARED_KEYS.bottom, topic: 'Move', title: 'bottom' },
  { action: 'half-down', keys: ['ctrl-d'], topic: 'Move', title: 'half a page down', help: 'half a page down' },
  { action: 'half-up', keys: ['ctrl-u'], topic: 'Move', title: 'half a page up', help: 'half a page up' },
  { ...SHARED_KEYS.pageDown, topic: 'Move', title: 'page down' },
  { ...SHARED_KEYS.pageUp, topic: 'Move', title: 'page up' },
  {
    action: 'next-problem',
    keys: ['!'],
    topic: 'Move',
    title: 'next problem',
    help: 'to the next process in trouble',
    screens: ['processes'],
  },
  {
    ...SHARED_KEYS.restart,
    topic: 'Act',
    title: 'restart',
    screens: TARGETS,
    footer: 1,
  },
  {
    ...SHARED_KEYS.start,
    topic: 'Act',
    title: 'start',
    screens: TARGETS,
    footer: 2,
  },
  {
    ...SHARED_KEYS.stop,
    topic: 'Act',
    title: 'stop',
    screens: TARGETS,
    footer: 3,
  },
  {
    ...SHARED_KEYS.signal,
    topic: 'Act',
    title: 'signal',
    screens: TARGETS,
  },
  {
    action: 'update',
    keys: ['U'],
    topic: 'Act',
    title: 'update',
    help: 'make the supervisor run what its configuration says now',
    screens: TARGETS,
  },
  {
    action: 'reread',
    keys: ['R'],
    topic: 'Act',
    title: 'reread',
    help: 'ask the supervisor what changed in its configuration',
    screens: TARGETS,
  },
  {
    action: 'reload',
    keys: ['L'],
    topic: 'Act',
    title: 'reload',
    help: 'restart the supervisor itself with all its processes (type its name)',
    screens: SUPERVISORS,
  },
  {
    action: 'shutdown',
    keys: ['X'],
    topic: 'Act',
    title: 'shutdown',
    help: 'shut the supervisor down with all its processes (type its name)',
    screens: SUPERVISORS,
  },
  {
    action: 'cancel',
    keys: ['C'],
    topic: 'Act',
    title: 'cancel',
    help: 'give up the commands that are under way; what is done stays done',
  },
  {
    ...SHARED_KEYS.mark,
    topic: 'Find',
    title: 'mark',
    screens: ['processes', 'supervisors'],
    footer: 6,
  },
  {
    ...SHARED_KEYS.markAll,
    topic: 'Find',
    title: 'mark all',
    screens: ['processes', 'supervisors'],
  },
  {
    ...SHARED_KEYS.unmarkAll,
    topic: 'Find',
    title: 'unmark all',
    screens: ['processes', 'supervisors'],
  },
  {
    ...SHARED_KEYS.logs,
    topic: 'Look',
    title: 'logs',
    screens: ['processes', 'timeline', 'details'],
    footer: 4,
  },
  {
    ...SHARED_KEYS.open,
    topic: 'Look',
    title: 'details',
    screens: LISTS,
    footer: 5,
  },
  {
    ...SHARED_KEYS.filter,
    topic: 'Find',
    title: 'filter',
    screens: ['processes', 'supervisors', 'timeline', 'messages'],
    footer: 7,
  },
  { ...SHARED_KEYS.clear, topic: 'Find', title: 'clear' },
  { action: 'palette', keys: [':'], topic: 'Find', title: 'command', help: 'every command by its name', footer: 20 },
  {
    ...SHARED_KEYS.problems,
    topic: 'Find',
    title: 'problems',
    screens: ['processes', 'supervisors'],
    footer: 12,
  },
  {
    ...SHARED_KEYS.sort,
    topic: 'Arrange',
    title: 'sort',
    screens: ['processes'],
    footer: 13,
  },
  {
    ...SHARED_KEYS.group,
    topic: 'Arrange',
    title: 'group by',
    screens: ['processes'],
    footer: 14,
  },
  {
    action: 'fold-all',
    keys: ['z'],
    topic: 'Arrange',
    title: 'fold all',
    help: 'fold all groups, or unfold them',
    screens: ['processes'],
  },
  { action: 'theme', keys: ['T'], topic: 'Arrange', title: 'theme', help: 'the next theme' },
  { ...SHARED_KEYS.processes, topic: 'Look', title: 'processes' },
  { ...SHARED_KEYS.supervisors, topic: 'Look', title: 'supervisors' },
  { ...SHARED_KEYS.timeline, topic: 'Look', title: 'timeline' },
  { action: 'next-screen', keys: ['tab'], topic: 'Look', title: 'next screen', help: 'the next of these three' },
  { action: 'previous-screen', keys: ['shift-tab'], topic: 'Look', title: 'previous', help: 'the one before' },
  { action: 'messages', keys: ['m'], topic: 'Look', title: 'messages', help: 'the history of messages and outcomes' },
  { action: 'refresh', keys: ['ctrl-r'], topic: 'Look', title: 'reread', help: 'reread everything now' },
  { action: 'copy', keys: ['y'], topic: 'Look', title: 'copy', help: 'copy the row to the clipboard (OSC 52)' },
  ...LOG_KEYS,
  { ...SHARED_KEYS.help, topic: 'Leave', title: 'help', footer: 21 },
  { action: 'previous', keys: ['-'], topic: 'Leave', title: 'previous screen', help: 'to the screen before' },
  {
    action: 'back',
    keys: ['q'],
    topic: 'Leave',
    title: 'back',
    help: 'back, and from a list out of the program',
    footer: 22,
  },
  { action: 'quit', keys: ['ctrl-c'], topic: 'Leave', title: 'quit', help: 'out of the program, from anywhere' },
  { action: 'suspend', keys: ['ctrl-z'], topic: 'Leave', title: 'suspend', help: 'to the shell; fg comes back' },
  { action: 'redraw', keys: ['ctrl-l'], topic: 'Leave', title: 'redraw', help: 'draw the screen again' },
] as const satisfies readonly Rule[];

export type ActionId = (typeof KEY_TABLE)[number]['action'];

export type Binding = Rule & { readonly action: ActionId };

export const BINDINGS: readonly Binding[] = KEY_TABLE;
