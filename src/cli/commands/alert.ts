import { escapeText } from '../../core/view/escape.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import { alertsText, testedText } from '../output/alerts-output.ts';
import { toJson } from '../output/json.ts';
import { createPaint } from '../output/paint.ts';
import { askAlerts } from '../session/ask-alerts.ts';
import { remoteOf } from '../session/remote.ts';

const WORDS = ['list', 'show', 'test'];

export const alertCommand: CliCommand = {
  name: 'alert',
  summary: 'Show what a server tells people of, or test that it reaches them',
  args: 'list | show ID | test NAME',
  completes: WORDS,
  options: ['json'],
  examples: [
    { line: 'multivisor alert list --remote HOST', says: 'incidents, mutes, and receivers that take nothing' },
    {
      line: 'multivisor alert test night',
      says: 'send everybody of [alert:night] a message, and show what they answer',
    },
  ],
  details: [
    'alert test sends from here, to the receivers of the configuration; with --remote the server sends, to those of its own.',
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const [word = 'list', name, ...more] = invocation.args;
  const wants = word !== 'list';
  if (!WORDS.includes(word) || more.length > 0 || (name !== undefined) !== wants) {
    throw new CliError('say: multivisor alert list, alert show ID or alert test NAME');
  }
  if (word === 'list') return list(invocation);
  return word === 'show' ? show(invocation, name ?? '') : test(invocation, name ?? '');
}

async function list(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const { view } = await askAlerts(invocation, { op: 'list' });
  const layout = { paint: createPaint(invocation), columns: io.columns, now: Date.now() };
  io.out(invocation.isOn('json') ? `${toJson(view, 2)}\n` : alertsText(view, layout));
  return EXIT.ok;
}

async function show(invocation: Invocation, id: string): Promise<number> {
  const { view } = await askAlerts(invocation, { op: 'list' });
  const incident = view.incidents.find((each) => each.id === id);
  if (!incident) throw new CliError(`there is no incident "${id}"; see: multivisor alert list`, EXIT.notFound);
  const fields = Object.entries({ ...incident, since: new Date(incident.since).toISOString() });
  const lines = fields.map(([key, value]) => `${key.padEnd(11)} ${escapeText(String(value ?? '-'))}\n`);
  invocation.io.out(invocation.isOn('json') ? `${toJson(incident, 2)}\n` : lines.join(''));
  return EXIT.ok;
}

async function test(invocation: Invocation, name: string): Promise<number> {
  const tested =
    remoteOf(invocation) === null
      ? await testFromHere(invocation, name)
      : (await askAlerts(invocation, { op: 'test', alert: name })).tested;
  invocation.io.out(
    invocation.isOn('json') ? `${toJson({ tested }, 2)}\n` : testedText(tested, createPaint(invocation)),
  );
  if (tested.every(({ ok }) => ok)) return EXIT.ok;
  return tested.some(({ ok }) => ok) ? EXIT.someFailed : EXIT.processFailed;
}

async function testFromHere(invocation: Invocation, name: string) {
  const { runAlertTest } = await import('../run-alert-test.ts');
  return runAlertTest(invocation, name);
}
