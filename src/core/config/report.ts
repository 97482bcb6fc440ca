import type { Diagnostic, Origin } from './types.ts';

/** Collects everything that is wrong, so that all of it is said at once. */
export type Report = {
  error(origin: Origin, message: string): void;
  warning(origin: Origin, message: string): void;
  /** By file, in the order in which files were first named, then by line. */
  all(): readonly Diagnostic[];
};

export function createReport(): Report {
  const diagnostics: Diagnostic[] = [];
  return {
    error: (origin, message) => void diagnostics.push({ severity: 'error', origin, message }),
    warning: (origin, message) => void diagnostics.push({ severity: 'warning', origin, message }),
    all: () => {
      const files = Array.from(new Set(diagnostics.map(({ origin }) => origin.file)));
      const place = ({ origin }: Diagnostic) => files.indexOf(origin.file);
      return diagnostics.toSorted((a, b) => place(a) - place(b) || a.origin.line - b.origin.line);
    },
  };
}
