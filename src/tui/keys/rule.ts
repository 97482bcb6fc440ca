// What a row of the key table says.

/** A screen. The help and the history of messages are screens too. */
export const SCREENS = ['processes', 'supervisors', 'timeline', 'details', 'logs', 'help', 'messages'] as const;
export type Screen = (typeof SCREENS)[number];

export type Topic = 'Move' | 'Find' | 'Look' | 'Act' | 'Logs' | 'Arrange' | 'Leave';

export type Rule = {
  readonly action: string;
  readonly keys: readonly string[];
  readonly topic: Topic;
  readonly title: string;
  readonly help: string;
  /** Where the key works; everywhere when not given. */
  readonly screens?: readonly Screen[];
  /** Position in the footer; not there when not given. */
  readonly footer?: number;
};
