export type ServerErrorCode = 'open-door' | 'listen' | 'tls' | 'proxy';

/** The server cannot or must not be started; the message says what to do next. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServerError';
    this.code = code;
  }
}
