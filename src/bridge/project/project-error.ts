/** A project that cannot be used as it is. The message says what happened, where, and what to do next. */
export class ProjectError extends Error {
  /** 2: asked wrongly or configured wrongly; 1: everything else. */
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options);
    this.name = 'ProjectError';
    this.exitCode = options.exitCode ?? 2;
  }
}
