/** The ones that operators use, by what they are good for. */
export const SIGNALS: readonly (readonly [name: string, help: string])[] = [
  ['HUP', 'read the configuration again'],
  ['USR1', 'often: open the log files again'],
  ['USR2', 'often: upgrade in place'],
  ['INT', 'as ctrl-c'],
  ['QUIT', 'quit, with a core dump'],
  ['TERM', 'end'],
  ['KILL', 'end at once, without a chance to clean up'],
  ['STOP', 'hold'],
  ['CONT', 'go on'],
];
