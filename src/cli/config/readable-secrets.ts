// Tells of passwords that everybody on this machine may read: in the configuration, what it includes and its files of
// passwords and tokens.
import type { ConfigSource, ConfigWorld, Diagnostic } from '../../core/config/types.ts';
import { isReadableByAll } from './trust-file.ts';

export type SecretsWatch = {
  /** The same world, whose reads are remembered. */
  overhear(world: ConfigWorld): ConfigWorld;
  warnings(main: ConfigSource): readonly Diagnostic[];
};

/** What a variable brings is not in the file; {SCRYPT} and {SHA256} are no passwords. */
const SECRET = /^[ \t]*(?:password|token)[ \t]*[=:][ \t]*(?!\$\{|\{SCRYPT\}|\{SHA256\})\S/imu;
const IN_URL = /^[ \t]*(?:url|to)[ \t]*[=:][ \t]*[a-z+]+:\/\/[^\s/@:]*:[^\s/@]+@/imu;
const SECTION = /^\s*\[[^\]\n]+\]/mu;

export function createSecretsWatch(): SecretsWatch {
  const read: ConfigSource[] = [];
  return {
    overhear: (world) => ({
      ...world,
      read: (path, kind) => {
        const text = world.read(path, kind);
        if (text.ok && kind !== 'public') read.push({ file: path, text: text.text });
        return text;
      },
    }),
    warnings: (main) =>
      [main, ...read].flatMap(({ file, text }) => {
        const line = lineOfSecret(text);
        if (line === null || !isReadableByAll(file)) return [];
        const message = `everybody on this machine may read the passwords in it; chmod 600 ${file}`;
        return [{ severity: 'warning' as const, origin: { file, line }, message }];
      }),
  };
}

function lineOfSecret(text: string): number | null {
  const found = SECRET.exec(text) ?? IN_URL.exec(text);
  if (found) return text.slice(0, found.index).split('\n').length;
  // No configuration: a file that holds nothing but a password or a token.
  return SECTION.test(text) ? null : 1;
}
