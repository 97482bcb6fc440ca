// Renders the supervisord.conf of a project without Django: the same variables in Jinja's language, by nunjucks.
import { randomInt } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import nunjucks from 'nunjucks';
import type { ValueMarkers } from '../supervisord-conf/value-markers.ts';
import { createValueMarkers, readValueMarkers } from '../supervisord-conf/value-markers.ts';
import { ProjectError } from '../project-error.ts';
import { isFile } from '../project-files.ts';
import type { RenderedFile } from './django.ts';

export type JinjaRequest = {
  readonly projectDir: string;
  readonly file: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly autoescape: boolean;
};

export type JinjaResult = RenderedFile & { readonly warnings: readonly string[] };

export function renderJinja({ projectDir, file, context, autoescape }: JinjaRequest): JinjaResult {
  const markers = createValueMarkers(String(randomInt(1e12, 9e12)));
  const warnings: string[] = [];
  const shown = (path: string) => relative(projectDir, path) || path;
  const search = [dirname(file), projectDir];
  const options = { autoescape, throwOnUndefined: true };

  const render = (path: string, marking: boolean): string => {
    const runtime = (name: string) => toRuntime({ markers: marking ? markers : null, warnings, name: shown(name) });
    const environment: nunjucks.Environment = new nunjucks.Environment(
      { getSource: (name: string) => load({ name, search, environment: () => environment, runtime }) },
      options,
    );
    environment.addFilter('templated', (name: string) => {
      const source = isAbsolute(name) ? name : join(projectDir, name);
      return writeBeside(source, render(source, false));
    });
    return environment.render(path, context);
  };

  try {
    const rendered = readValueMarkers(render(file, true), markers);
    if (rendered === null) throw new Error('a filter block changed where values begin and end; put it into the values');
    return { file, rendered, warnings };
  } catch (error) {
    const words = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/gu, ' ');
    throw new ProjectError(`${shown(file)}: ${words.replaceAll(`${projectDir}/`, '')}`, { cause: error });
  }
}

type Runtime = Readonly<Record<string, unknown>>;

type LoadOptions = {
  readonly name: string;
  readonly search: readonly string[];
  readonly environment: () => nunjucks.Environment;
  readonly runtime: (path: string) => Runtime;
};

/** A compiled template whose functions see our runtime instead of the library's own. */
function load({ name, search, environment, runtime }: LoadOptions): nunjucks.LoaderSource {
  const candidates = isAbsolute(name) ? [name] : search.map((folder) => join(folder, name));
  const path = candidates.find(isFile);
  if (path === undefined) throw new Error(`there is no template ${name} in ${search.join(' or ')}`);
  const template = new nunjucks.Template(readFileSync(path, 'utf8'), environment(), path, true);
  const ours = runtime(path);
  const root: unknown = Reflect.get(template, 'rootRenderFunc');
  const blocks: unknown = Reflect.get(template, 'blocks');
  const entries = typeof blocks === 'object' && blocks !== null ? Object.entries(blocks) : [];
  const code = Object.fromEntries([
    ['root', withRuntime(root, ours)],
    ...entries.map(([block, body]: [string, unknown]) => [`b_${block}`, withRuntime(body, ours)]),
  ]);
  const source: nunjucks.LoaderSource = { src: '', path, noCache: true };
  // The library takes compiled code in the place of text, which its types do not say.
  Reflect.set(source, 'src', { type: 'code', obj: code });
  return source;
}

function withRuntime(body: unknown, runtime: Runtime): unknown {
  if (typeof body !== 'function') throw new Error('this version of nunjucks compiles templates in another way');
  return (...args: readonly unknown[]): unknown => {
    const [env, context, frame, , done] = args;
    return Reflect.apply(body, undefined, [env, context, frame, runtime, done]);
  };
}

type RuntimeOptions = { readonly markers: ValueMarkers | null; readonly warnings: string[]; readonly name: string };

/** Every value goes through these two functions on its way into the text. */
function toRuntime({ markers, warnings, name }: RuntimeOptions): Runtime {
  const suppressValue: unknown = Reflect.get(nunjucks.runtime, 'suppressValue');
  const { SafeString } = nunjucks.runtime;
  if (typeof suppressValue !== 'function') throw new Error('this version of nunjucks writes values in another way');
  return {
    ...nunjucks.runtime,
    ensureDefined: (value: unknown, line: number) => {
      if (value === undefined) warnings.push(`${name}:${line + 1}: a variable is not defined and leaves nothing here`);
      return value;
    },
    suppressValue: (value: unknown, autoescape: boolean) => {
      const text = String(Reflect.apply(suppressValue, undefined, [value, autoescape]));
      // What a block or a macro made is text of a template, with markers of its own.
      if (!markers || text === '' || text.includes(markers.close)) return text;
      return (value instanceof SafeString ? markers.openSafe : markers.open) + text + markers.close;
    },
  };
}

/** The filter `templated`: the file next to itself, with its mode, written only when it differs. */
function writeBeside(source: string, text: string): string {
  const target = `${source}.templated`;
  if (isFile(target) && readFileSync(target, 'utf8') === text) return target;
  const temporary = `${target}.${process.pid}`;
  writeFileSync(temporary, text);
  chmodSync(temporary, statSync(source).mode);
  renameSync(temporary, target);
  return target;
}
