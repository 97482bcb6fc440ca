// What nobody foresaw, a fault of this program: where it goes when nobody awaits it, and how people are told.

/** Where nobody can be told and work must go on: the last net of the process tells of it. */
export function raise(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** For people: what nobody foresaw, on one line and without a stack. */
export function toFaultText(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.slice(0, 300);
}
