import type { Config, Diagnostic } from '../../core/config/types.ts';
import { escapeText } from '../../core/view/escape.ts';
import { CliError } from '../cli-error.ts';
import type { Invocation } from '../argv/command.ts';
import { findConfig } from './find-config.ts';

/** The configuration that counts; its warnings go to stderr, its errors end the command. */
export function loadConfig({ io, text }: Invocation): Config {
  const { config, diagnostics } = findConfig(text('config'), io);
  if (!config) throw new CliError(formatDiagnostics(diagnostics));
  if (diagnostics.length > 0) io.err(`${formatDiagnostics(diagnostics)}\n`);
  return config;
}

export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ severity, origin, message }) => escapeText(`${origin.file}:${origin.line}: ${severity}: ${message}`))
    .join('\n');
}
