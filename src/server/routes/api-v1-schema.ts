// What /api/v1 is asked and answers, declared once: it checks the requests, and openapi.json is made of it.
import * as v from 'valibot';
import { daemonLine, extentLine, transitionLine } from '../../core/view/published/events-schema.ts';
import { statusSupervisor } from '../../core/view/published/status-schema.ts';
import { commandSchema, outcome } from '../../core/wire/messages.ts';
import { transition } from '../../core/wire/model-schema.ts';

const TIMELINE_LIMIT = 200;
const BACKLOG_BYTES = 64 * 1024;
const MOST_BACKLOG_BYTES = 16 * 1024 * 1024;
const FLAGS: Readonly<Record<string, boolean>> = {
  '': true,
  1: true,
  true: true,
  yes: true,
  on: true,
  0: false,
  false: false,
  no: false,
  off: false,
};

const text = v.string();
const name = v.pipe(text, v.maxLength(1_000));
/** Names, or selectors as on the command line. */
const names = v.pipe(v.array(name), v.minLength(1));

/** A parameter as it stands in an address; what it means there is described by what comes out. */
function whole(told: string, [least, most]: readonly [number, number]) {
  return v.pipe(
    text,
    v.regex(/^-?\d+$/u, told),
    v.transform(Number),
    v.number(),
    v.integer(told),
    v.minValue(least, told),
    v.maxValue(most, told),
  );
}

function flag(told: string) {
  return v.pipe(
    text,
    v.transform((given) => FLAGS[given]),
    v.boolean(told),
  );
}

const EVERYTHING = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;

export const statusQuery = v.object({
  select: v.pipe(v.array(text), v.description('Selectors as on the command line; several add up')),
});

const moment = (words: string) => v.exactOptional(v.pipe(text, v.maxLength(100), v.description(words)));

export const historyQuery = v.object({
  since: moment('24h, 2h30m, yesterday, 2026-11-25T08:00Z; 24h for events and 7d for a report when left out'),
  until: moment('As since; now when left out'),
  select: v.pipe(v.array(text), v.description('Selectors as on the command line; several add up')),
});

export const timelineQuery = v.object({
  after: v.optional(v.pipe(whole('after is a whole number', EVERYTHING), v.description('Only with a higher id')), '0'),
  limit: v.optional(
    v.pipe(
      whole('limit is a whole number from 1 on', [1, Number.MAX_SAFE_INTEGER]),
      v.description(`At most so many, the newest (${TIMELINE_LIMIT})`),
    ),
    String(TIMELINE_LIMIT),
  ),
});

export const logsQuery = v.object({
  stream: v.optional(
    v.pipe(v.picklist(['stdout', 'stderr'], 'stream is stdout or stderr'), v.description('stdout when left out')),
    'stdout',
  ),
  bytes: v.optional(
    v.pipe(
      whole(`bytes is a whole number from 0 to ${MOST_BACKLOG_BYTES}`, [0, MOST_BACKLOG_BYTES]),
      v.description(`How much of its end (${BACKLOG_BYTES})`),
    ),
    String(BACKLOG_BYTES),
  ),
  follow: v.optional(
    v.pipe(
      flag('follow is true or false'),
      v.description(
        'Events instead of text, for as long as one listens: text, gap, error. Also by Accept: text/event-stream',
      ),
    ),
    'false',
  ),
  download: v.optional(v.pipe(flag('download is true or false'), v.description('As a file')), 'false'),
});

const [onProcesses, onSupervisors] = commandSchema.options;

export const processCommand = v.object({
  ...onProcesses.entries,
  targets: v.exactOptional(v.pipe(names, v.description('Uids; or select'))),
  select: v.exactOptional(v.pipe(names, v.description('Selectors as on the command line, instead of targets'))),
});
export const supervisorCommand = v.object({
  ...onSupervisors.entries,
  targets: v.pipe(names, v.description('Names of supervisors')),
});
export const commandBody = v.variant('action', [processCommand, supervisorCommand]);

const EXPECTED: Readonly<Record<string, string>> = {
  action: `one of ${[...onProcesses.entries.action.options, ...onSupervisors.entries.action.options].join(', ')}`,
  targets: 'a list of at least one name',
  select: 'a list of at least one selector',
  signal: 'the name or the number of a signal, as HUP or 1',
  wait: 'true or false',
  timeoutMs: 'a number of milliseconds, a day at most',
  roll: 'an object of three numbers: batch (from 1 on), pauseMs and maxFailures',
};

/** What is wrong with the body of a command, in words. */
export function whatIsWrong(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue)?.split('.')[0] ?? '';
  const expected = EXPECTED[field];
  return expected === undefined ? 'the body is an object in JSON, with an action' : `${field} is ${expected}`;
}

/** Any failure. That of a command says what became of each target. */
export const problem = v.object({
  message: text,
  ok: v.exactOptional(v.pipe(v.boolean(), v.description('false'))),
  outcomes: v.exactOptional(v.array(outcome)),
});

export const commandResult = v.object({
  ok: v.pipe(v.boolean(), v.description('Whether all worked')),
  message: v.pipe(text, v.description('In words')),
  outcomes: v.pipe(v.array(outcome), v.description('One for each target, in their order')),
});

export const supervisors = v.object({ supervisors: v.array(statusSupervisor) });

export const pastEvents = v.object({
  events: v.pipe(v.array(v.union([transitionLine, daemonLine])), v.description('Oldest first')),
  extents: v.pipe(v.array(extentLine), v.description('How far back the memory of each supervisor reaches')),
});

export const timeline = v.object({
  epoch: v.pipe(text, v.description('Ids of another epoch mean nothing here')),
  transitions: v.array(transition),
});
