// The text of a configuration, parsed in a world of its own.
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import type { ConfigWorld } from '../../../src/core/config/types.ts';

export const FILE = '/etc/multivisor.conf';

export function worldOf(
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): ConfigWorld {
  return {
    env,
    resolve: (path, from) => (path.startsWith('/') ? path : `${from.slice(0, from.lastIndexOf('/'))}/${path}`),
    read: (path) => {
      const text = files[path];
      return text === undefined ? { ok: false, message: 'no such file' } : { ok: true, text };
    },
    list: (pattern) => Object.keys(files).filter((path) => path.startsWith(pattern.slice(0, pattern.indexOf('*')))),
  };
}

export const parse = (text: string, world = worldOf()) => parseConfig({ file: FILE, text }, world);
export const told = (text: string, world = worldOf()) =>
  parse(text, world).diagnostics.map(
    ({ severity, origin, message }) => `${severity} ${origin.file}:${origin.line} ${message}`,
  );
export const only = (url: string, name = 'web') => parse(`[supervisor:${name}]\n${url}\n`).config?.supervisors[0];
