// What the server counts about itself, for /metrics.

export type Counters = {
  /** By "action code". */
  readonly commands: Map<string, number>;
  readonly clients: { sockets: number; streams: number };
  readonly dropped: { deltas: number; logCharacters: number; observations: number; events: number; clients: number };
  readonly refused: { origin: number; host: number; login: number };
};

export function createCounters(): Counters {
  return {
    commands: new Map(),
    clients: { sockets: 0, streams: 0 },
    dropped: { deltas: 0, logCharacters: 0, observations: 0, events: 0, clients: 0 },
    refused: { origin: 0, host: 0, login: 0 },
  };
}

export function countUp(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
