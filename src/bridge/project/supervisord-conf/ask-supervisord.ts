// What supervisord itself would refuse: its own parser reads each section, in its own Python.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Environment } from '../project-files.ts';
import { findPythonDir } from '../project-files.ts';
import { runHelper } from '../template/run-python.ts';
import { originText } from './layers.ts';
import type { ConfOrigin, Merged } from './layers.ts';

export type AskOptions = {
  /** The command of supervisord. */
  readonly supervisord: readonly string[];
  readonly projectDir: string;
  /** Of supervisord. */
  readonly env: Environment;
  readonly shorten: (file: string) => string;
  readonly signal: AbortSignal;
};

const DEADLINE_MS = 30_000;
const READ = /^(?:program|fcgi-program|eventlistener):|^(?:supervisord|unix_http_server|inet_http_server)$/u;

const answerSchema = v.array(v.object({ section: v.string(), key: v.nullable(v.string()), message: v.string() }));

export async function askSupervisord(merged: Merged, options: AskOptions): Promise<readonly string[]> {
  const python = interpreterOf(options.supervisord);
  if (python === null) return [`supervisord was not asked: ${options.supervisord.join(' ')} is no script of Python`];
  const sections = Array.from(merged)
    .filter(([name]) => READ.test(name))
    .map(([name, settings]) => [name, Array.from(settings, ([key, { value }]) => [key, value])]);
  const run = await runHelper(python, [join(findPythonDir(), 'multivisor_check.py')], {
    request: JSON.stringify({ here: options.projectDir, sections }),
    cwd: options.projectDir,
    env: { ...options.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8' },
    deadlineMs: DEADLINE_MS,
    signal: options.signal,
  });
  if (run.end !== 'answered') {
    const why = run.end === 'missing' ? run.reason : run.end === 'silent' ? run.words : 'it does not answer';
    return [`supervisord was not asked: ${why.split('\n').at(-1) ?? ''}`];
  }
  const answers = v.parse(v.pipe(v.string(), v.parseJson(), answerSchema), run.answer);
  return answers.map(({ section, key, message }) => {
    const settings = merged.get(section);
    const setting = (key === null ? null : settings?.get(key)) ?? [...(settings?.values() ?? [])].find(isWritten);
    const words = `[${section}] ${key ?? 'it'}: ${message}${hintFor(message)}`;
    return setting === undefined ? words : `${originText(setting.origin, options.shorten)}: ${words}`;
  });
}

function isWritten({ origin }: { readonly origin: ConfOrigin }): boolean {
  return origin.via === 'file';
}

function hintFor(message: string): string {
  if (!/No closing quotation|No escaped character/u.test(message)) return '';
  return '; a ";" or "#" after a space begins a comment, also between quotes: put a backslash before it';
}

/** Of the script that pip, or a distribution, has made; null for anything else. */
function interpreterOf([command = '', ...args]: readonly string[]): string | null {
  // `PYTHON -m supervisor.supervisord`.
  if (args.length > 0) return command;
  const head = readFileSync(command, 'utf8').slice(0, 1_000);
  // pip writes the second where the path is too long, or has spaces, for the first.
  const found = /^#!(\S*python\S*)/u.exec(head) ?? /^'''exec' "?([^"\n]+?)"? "\$0"/mu.exec(head);
  return found?.[1] ?? null;
}
