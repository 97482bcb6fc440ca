// `ready_http = http://127.0.0.1:$PORT/health` → what is asked of one process.
import { parseRegex } from '../../../core/regex/linear-regex.ts';
import { expandPercent } from '../supervisord-conf/expand-percent.ts';
import type { ConfSetting } from '../supervisord-conf/layers.ts';
import { parseEnvironment } from '../supervisord-conf/parse-environment.ts';
import type { ReadyCheck } from './order-plan.ts';
import { CHECK_KINDS } from './order-plan.ts';
import { parseHttpCheck, parseTcpCheck } from './check-address.ts';

export type ExpandOptions = {
  readonly variables: Readonly<Record<string, string | number>>;
  /** `environment` of [supervisord]. */
  readonly general: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly complain: (key: string, message: string) => void;
};

type Expanded = { readonly environment: Record<string, string>; readonly checks: ReadyCheck[] };

export function expandChecks(settings: ReadonlyMap<string, ConfSetting>, options: ExpandOptions): Expanded {
  const { env, complain } = options;
  const named = Object.entries(env).map(([name, value]) => [`ENV_${name}`, value ?? '']);
  const general = { ...Object.fromEntries(named), ...options.variables };
  const read = (text: string) => parseEnvironment(expandPercent(text, general) ?? '') ?? {};
  const environment = { ...read(options.general), ...read(settings.get('environment')?.value ?? '') };
  const own = Object.entries(environment).map(([name, value]) => [`ENV_${name}`, value]);
  const variables = { ...general, ...Object.fromEntries(own) };
  const checks = CHECK_KINDS.flatMap((kind): readonly ReadyCheck[] => {
    const key = `ready_${kind}`;
    const written = settings.get(key)?.value;
    if (written === undefined) return [];
    const refuse = (message: string): readonly ReadyCheck[] => {
      complain(key, message);
      return [];
    };
    const text = expandPercent(written, variables);
    if (text === null) return refuse(`${key} cannot be expanded: ${written}`);
    // A shell does it by itself, and in a pattern a $ is the end of a line.
    if (kind === 'cmd') return [{ kind, text }];
    if (kind === 'log') {
      const problem = logProblem(text, settings);
      return problem === null ? [{ kind, text }] : refuse(problem);
    }
    const all = { ...env, ...environment };
    const unknown = variablesOf(text).find((name) => all[name] === undefined);
    if (unknown !== undefined) return refuse(`${key} names $${unknown}, which this program does not have`);
    const filled = fillVariables(text, all).trim();
    const message = kind === 'tcp' ? parseTcpCheck(filled) : parseHttpCheck(filled);
    return typeof message === 'string' ? refuse(message) : [{ kind, text: filled }];
  });
  return { environment, checks };
}

const VARIABLE = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/gu;

function variablesOf(text: string): readonly string[] {
  return [...text.matchAll(VARIABLE)].map(([, braced, plain]) => braced ?? plain ?? '');
}

function fillVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(VARIABLE, (_, braced?: string, plain?: string) => env[braced ?? plain ?? ''] ?? '');
}

function logProblem(text: string, settings: ReadonlyMap<string, ConfSetting>): string | null {
  const parsed = parseRegex(text, { exact: true });
  if (!parsed.ok) return `ready_log is no regular expression that is known here: ${parsed.message}`;
  const log = settings.get('stdout_logfile')?.value.trim() ?? '';
  if (!/^(?:none|syslog|\/dev\/.*|\/proc\/.*)$/iu.test(log)) return null;
  return `ready_log reads the log of the program, and stdout_logfile is ${log}`;
}
