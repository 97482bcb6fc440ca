// The codec inside the `xmlrpc` package: its client knows neither deadlines nor limits, so we bring our own transport.
declare module 'xmlrpc/lib/serializer.js' {
  export function serializeMethodCall(method: string, params: readonly unknown[]): string;
  export function serializeMethodResponse(value: unknown): string;
}

declare module 'xmlrpc/lib/deserializer.js' {
  /** What it asks of a stream. */
  type Source = {
    setEncoding(encoding: string): unknown;
    on(event: 'error', listener: (error: unknown) => void): unknown;
    pipe(parser: { write(text: string): unknown; end(): void }): unknown;
  };

  class Deserializer {
    deserializeMethodResponse(source: Source, callback: (error: unknown, value?: unknown) => void): void;
    deserializeMethodCall(
      source: Source,
      callback: (error: unknown, method: string, params: readonly unknown[]) => void,
    ): void;
  }
  export = Deserializer;
}
