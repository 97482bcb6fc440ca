// Stories that nobody thought of: whatever happens, each incident is opened once and closed once, and nothing is told
// twice or never.
import * as fc from 'fast-check';
import test from 'ava';
import type { Incident } from '../../../src/core/alerts/incident.ts';
import { createAlertStory, ruleOf } from '../../helpers/core/alert-story.ts';
import { NOW } from '../../helpers/core/snapshot.ts';

const STORIES = 10_000;
const FOR_MS = 30_000;
/** Until what is due is told: the lull of a storm. */
const TELLING_MS = 10_000;

const HOSTS = { a: 3, b: 2 } as const;
const UIDS = Object.entries(HOSTS).flatMap(([host, count]) =>
  Array.from({ length: count }, (_, i) => `${host}:p:p${i}`),
);

const uid = fc.constantFrom(...UIDS);
const host = fc.constantFrom(...Object.keys(HOSTS));
const step = fc.oneof(
  fc.record({
    do: fc.constant('state' as const),
    uid,
    state: fc.constantFrom('FATAL', 'RUNNING', 'STARTING', 'BACKOFF', 'STOPPED', 'EXITED'),
  }),
  fc.record({ do: fc.constant('crash' as const), uid, back: fc.boolean() }),
  fc.record({ do: fc.constant('flap' as const), uid, on: fc.boolean() }),
  fc.record({ do: fc.constant('remove' as const), uid }),
  fc.record({ do: fc.constant('link' as const), host, link: fc.constantFrom('up', 'down', 'connecting') }),
  fc.record({ do: fc.constant('mute' as const), host, ms: fc.constantFrom(0, 20_000, 600_000) }),
  fc.record({ do: fc.constant('storm' as const) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(10, 200, 2_000, 6_000, 15_000, 45_000, 90_000) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const RULES = [
  ruleOf('fatal, flapping, unexpected-exit, unreachable, stopped-by-hand, backoff>60s, starting>5m', { name: 'now' }),
  ruleOf('fatal, unreachable', { name: 'later', forMs: FOR_MS, repeatMs: 60_000 }),
];

/** Since when, without a break, a process has been given up where somebody would have to be told. */
type Oracle = Map<string, number>;

function play(steps: readonly Step[]) {
  const story = createAlertStory(RULES, HOSTS);
  const fatal: Oracle = new Map();
  const mustBeTold = new Set<string>();
  let mutedUntil = new Map<string, number>();
  let elapsed = 0;
  /** Whoever is given up, reached and not muted for long enough must be told of by now. */
  const watch = () => {
    for (const each of UIDS) {
      const [name = ''] = each.split(':');
      const supervisor = story.snapshot().supervisors.get(name);
      const isFatal = supervisor?.link === 'up' && supervisor.processes.get(each)?.state === 'FATAL';
      if (!isFatal || (mutedUntil.get(name) ?? 0) > elapsed) fatal.delete(each);
      else if (!fatal.has(each)) fatal.set(each, elapsed);
      if (elapsed - (fatal.get(each) ?? Infinity) > FOR_MS + TELLING_MS + 2_000) mustBeTold.add(each);
    }
  };
  const pass = (ms: number) => {
    // In small steps, as mutes end by themselves.
    for (let left = ms; left > 0; left -= 5_000) {
      const part = Math.min(left, 5_000);
      story.pass(part);
      elapsed += part;
      watch();
    }
  };
  const act = (each: Step) => {
    switch (each.do) {
      case 'state':
        return story.set(each.uid, { state: each.state });
      case 'crash':
        story.crash(each.uid);
        return each.back && story.set(each.uid, { state: 'RUNNING' });
      case 'flap':
        return story.set(each.uid, { flapping: each.on ? { times: 5, minutes: 10 } : null });
      case 'remove':
        return story.remove(each.uid);
      case 'link':
        return story.link(each.host, each.link);
      case 'mute':
        mutedUntil = new Map([...mutedUntil, [each.host, elapsed + each.ms]]);
        return story.mute(
          Array.from(mutedUntil, ([name, until]) => {
            return { id: name, selectors: [`${name}:`], until: NOW + until, by: 'ops', supervisors: ['*'], why: '' };
          }),
        );
      case 'storm':
        for (let i = 0; i < 25; i++) story.set(`a:s:s${i}`, { state: 'FATAL' });
        return;
      case 'pass':
        return pass(each.ms);
    }
  };
  for (const each of steps) {
    act(each);
    watch();
  }
  // In the end all is well.
  story.mute([]);
  mutedUntil = new Map();
  for (const name of Object.keys(HOSTS)) {
    story.link(name, 'up');
    for (const each of story.snapshot().supervisors.get(name)?.processes.keys() ?? []) {
      story.set(each, { state: 'RUNNING', flapping: null, fall: null });
    }
  }
  pass(120_000);
  return { story, mustBeTold };
}

/** What is wrong with what was told; null: nothing. */
function whatIsWrong({ story, mustBeTold }: ReturnType<typeof play>): string | null {
  const opened = new Map<string, Incident>();
  const closed = new Set<string>();
  for (const { kind, incidents } of story.told) {
    for (const incident of incidents) {
      const { id, told } = incident;
      if (kind === 'opened' || kind === 'more') {
        if (opened.has(id)) return `${id} is told twice`;
        if (incident.end !== null) return `${id} is told to be open when it is over`;
        opened.set(id, incident);
      } else if (!opened.has(id)) return `${id} is told to be ${kind} before it is told at all`;
      else if (closed.has(id)) return `${id} is told to be ${kind} after its end`;
      else if (kind === 'closed') {
        if (incident.end === null || incident.lengthMs === null) return `${id} is over, and does not say how`;
        closed.add(id);
      } else if (told === null) return `${id} is told again under no name`;
    }
  }
  const unclosed = Array.from(opened.keys()).filter((id) => !closed.has(id));
  if (unclosed.length > 0) return `${unclosed.join(', ')} never told to be over`;
  if (story.machine.open().length > 0) return 'some are open for ever';
  const untold = story.kept().filter(({ id, told, end }) => (told !== null && !opened.has(id)) || end === null);
  if (untold.length > 0) return `${untold.map(({ id }) => id).join(', ')} kept otherwise than told`;
  const fatalTold = new Set([...opened.values()].filter(({ cause }) => cause === 'fatal').map((each) => each.uid));
  const forgotten = Array.from(mustBeTold).filter((each) => !fatalTold.has(each));
  return forgotten.length > 0 ? `${forgotten.join(', ')} never told` : null;
}

test('in ten thousand stories each incident is told once, and once that it is over', (t) => {
  let told = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const played = play(steps);
      told += played.story.told.length;
      const wrong = whatIsWrong(played);
      if (wrong !== null) throw new Error(`${wrong}: ${played.story.brief().join(', ')}`);
    }),
    { numRuns: STORIES },
  );
  t.true(told > STORIES);
});
