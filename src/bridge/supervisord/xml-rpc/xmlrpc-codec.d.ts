// The codec inside the `xmlrpc` package: its client knows neither deadlines nor limits, so we bring our own transport.
declare module 'xmlrpc/lib/serializer.js' {
  export function serializeMethodCall(method: string, params: readonly unknown[]): string;
  export function serializeMethodResponse(value: unknown): string;
}

declare module 'xmlrpc/lib/deserializer.js' {
  import type { Readable } from 'node:stream';

  class Deserializer {
    deserializeMethodResponse(stream: Readable, callback: (error: unknown, value?: unknown) => void): void;
    deserializeMethodCall(
      stream: Readable,
      callback: (error: unknown, method: string, params: readonly unknown[]) => void,
    ): void;
  }
  export = Deserializer;
}
