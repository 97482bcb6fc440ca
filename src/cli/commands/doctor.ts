import type { Description } from '../../bridge/link/description.ts';
import type { Config } from '../../core/config/types.ts';
import type { Supervisor } from '../../core/model.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import type { Finding } from '../doctor/diagnose.ts';
import { diagnose } from '../doctor/diagnose.ts';
import { EXIT } from '../exit-codes.ts';
import { loadConfig } from '../config/load-config.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { createPaint } from '../output/paint.ts';
import { remoteOf } from '../session/remote.ts';
import { resolveHost } from '../doctor/resolve-host.ts';
import type { Resolved } from '../doctor/resolve-host.ts';
import { pickSupervisors } from '../config/supervisor-args.ts';
import { durationOf } from '../argv/values.ts';
import { whatAnswers } from '../doctor/what-answers.ts';
import { FIRST_ANSWER_MS, withSession } from '../session/with-session.ts';

export const doctorCommand: CliCommand = {
  name: 'doctor',
  summary: 'Find out what is wrong with a supervisor, and what to do',
  args: '[SUPERVISOR…]',
  completes: 'supervisors',
  options: ['json', ['timeout', 'for each of them (5s)']],
  examples: [
    { line: 'multivisor doctor', says: 'all of them at once' },
    { line: 'multivisor doctor web1', says: 'name, port, login, version, log, latency and clock of one' },
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { io, args } = invocation;
  const timeoutMs = durationOf(invocation, 'timeout', FIRST_ANSWER_MS);
  // The name is looked up by whoever connects: behind a server that is not this machine.
  const config = remoteOf(invocation) === null ? pickSupervisors(loadConfig(invocation), args) : null;
  const looking = config ? resolveAll(config, timeoutMs) : [];
  const asking = config ? askAll(config, { timeoutMs, signal: io.signal }) : [];
  return withSession(invocation, { supervisors: args, timeoutMs, sources: true }, async ({ session }) => {
    const [resolved, answers] = await Promise.all([looking, asking]);
    if (!config)
      io.err('as the server reaches them; whether it can look a name up, doctor says when it is run there\n');
    const reports = [...session.snapshot().supervisors.values()].map((supervisor, index) => ({
      supervisor,
      findings: diagnose(supervisor, resolved[index] ?? null, answers[index] ?? null),
    }));
    if (invocation.isOn('json')) {
      const supervisors = reports.map(({ supervisor: { name, url }, findings }) => ({ name, url, findings }));
      io.out(`${toJson({ schema: 'multivisor.doctor/v1', supervisors }, 2)}\n`);
    } else {
      const paint = createPaint(invocation);
      io.out(reports.map(({ supervisor, findings }) => format(supervisor, findings, paint)).join('\n'));
    }
    const failed = reports.filter(({ findings }) => findings.some(({ level }) => level === 'bad')).length;
    if (failed === 0) return EXIT.ok;
    return failed === reports.length ? EXIT.unreachable : EXIT.someFailed;
  });
}

function resolveAll(config: Config, timeoutMs: number): Promise<Resolved[]> {
  return Promise.all(config.supervisors.map(({ address }) => resolveHost(address, timeoutMs)));
}

function format({ name, url }: Supervisor, findings: readonly Finding[], paint: Paint): string {
  const marks = paint.ascii ? { good: '+', warn: '!', bad: 'X' } : { good: '✔', warn: '!', bad: '✖' };
  const lines = findings.flatMap(({ level, check, message, next }) => {
    const text = `  ${paint[level](marks[level])} ${check.padEnd(10)}  ${escapeText(message)}`;
    return next === null ? [text] : [text, `    ${' '.repeat(10)}  ${paint.dim(escapeText(next))}`];
  });
  return `${[`${paint.bold(escapeText(name))}  ${paint.dim(escapeText(url))}`, ...lines].join('\n')}\n`;
}

function askAll(
  config: Config,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<(Description | null)[]> {
  return Promise.all(config.supervisors.map((supervisor) => whatAnswers(supervisor, limits)));
}
