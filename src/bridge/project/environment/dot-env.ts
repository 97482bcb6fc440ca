// The variables of `.env`, as dotenv reads them.
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parse } from 'dotenv';
import { ProjectError } from '../project-error.ts';
import { isFile } from '../project-files.ts';

export type DotEnv = {
  /** As it is told to the user; null: there is none. */
  readonly file: string | null;
  readonly variables: Readonly<Record<string, string>>;
};

/** `given`: what `-e` named, relative to where one stands; else the `.env` of the project. */
export function readDotEnv(
  given: string | null,
  { cwd, projectDir }: { readonly cwd: string; readonly projectDir: string },
): DotEnv {
  const path = given === null ? join(projectDir, '.env') : resolve(cwd, given);
  if (!isFile(path)) {
    if (given !== null) throw new ProjectError(`--env ${given}: there is no ${path}`);
    return { file: null, variables: {} };
  }
  const text = readFileSync(path, 'utf8');
  const file = relative(projectDir, path) || path;
  const variables = parse(text);
  const port = variables['PORT'];
  if (port !== undefined && !isPort(port)) {
    throw new ProjectError(`${file}:${lineOf(text, 'PORT')}: PORT is ${JSON.stringify(port)}, which is no port`);
  }
  const bad = Object.keys(variables).find((name) => variables[name]?.includes('\0'));
  if (bad !== undefined) throw new ProjectError(`${file}:${lineOf(text, bad)}: ${bad} holds a zero byte`);
  return { file, variables };
}

export function isPort(text: string): boolean {
  return /^\d{1,5}$/u.test(text) && Number(text) > 0 && Number(text) < 65_536;
}

/** Where the last word on it is said. */
function lineOf(text: string, name: string): number {
  const lines = text.split(/\r\n|\n|\r/u);
  return lines.findLastIndex((line) => new RegExp(String.raw`^\s*(?:export\s+)?${name}\s*[=:]`, 'u').test(line)) + 1;
}
