// What must outlive the server: open incidents, mutes, and messages that nobody has taken yet. A disk that is full or a
// file that is broken is told, and the server goes on without it: everything that is at work is in memory as well.
import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import type { GivenUp } from '../../core/alerts/desk.ts';
import type { Incident, Mute } from '../../core/alerts/incident.ts';
import { givenUpSchema, incidentSchema, muteSchema } from '../../core/alerts/incident-schema.ts';
import type { AlertMessage } from '../../core/alerts/message.ts';
import { alertMessage } from '../../core/alerts/message-schema.ts';
import { prepareStateFile } from './state-directory.ts';

/** A message for one channel. */
export type Delivery = {
  readonly id: string;
  readonly channel: string;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  readonly message: AlertMessage;
};

export type KeptAlerts = {
  readonly open: readonly Incident[];
  /** Newest first. */
  readonly closed: readonly Incident[];
  readonly mutes: readonly Mute[];
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
  /** Newest first. */
  readonly givenUp: readonly GivenUp[];
};

export type AlertStore = {
  readonly kept: KeptAlerts;
  /** Together or not at all: whoever is told of an incident is not told again by the next server. */
  save(news: { readonly incidents: readonly Incident[]; readonly deliveries: readonly Delivery[] }): void;
  done(delivery: string): void;
  giveUp(givenUp: GivenUp): void;
  setMutes(mutes: readonly Mute[]): void;
  close(): void;
};

const FILE = 'alerts.sqlite';
const VERSION = 1;
/** Of the closed ones, which are only to be looked at. */
export const KEPT_CLOSED = 1_000;
export const KEPT_GIVEN_UP = 100;

const TABLES = `
  CREATE TABLE IF NOT EXISTS incidents (id TEXT PRIMARY KEY, open INTEGER NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS incidents_by_seq ON incidents (open, seq);
  CREATE TABLE IF NOT EXISTS mutes (id TEXT PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, added REAL NOT NULL, body TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS given_up (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
  PRAGMA user_version = ${VERSION};
`;

export async function openAlertStore(dir: string, warn: (text: string) => void): Promise<AlertStore> {
  let broken = false;
  const attempt = (work: () => void): void => {
    try {
      work();
      if (broken) warn('alerts are kept on disk again');
      broken = false;
    } catch (error) {
      if (!broken) warn(`alerts cannot be kept on disk: ${wordsOf(error)}; they are told all the same`);
      broken = true;
    }
  };
  const database = await openDatabase(dir, warn);
  const kept = readKept(database);
  let seq = nextSeq(database);
  const put = {
    incident: database.prepare('INSERT OR REPLACE INTO incidents (id, open, seq, body) VALUES (?, ?, ?, ?)'),
    delivery: database.prepare('INSERT OR REPLACE INTO deliveries (id, channel, added, body) VALUES (?, ?, ?, ?)'),
    givenUp: database.prepare('INSERT INTO given_up (body) VALUES (?)'),
    mute: database.prepare('INSERT INTO mutes (id, body) VALUES (?, ?)'),
  };
  const drop = {
    delivery: database.prepare('DELETE FROM deliveries WHERE id = ?'),
    closed: database.prepare('DELETE FROM incidents WHERE open = 0 AND seq <= ?'),
    givenUp: database.prepare('DELETE FROM given_up WHERE seq <= ?'),
    mutes: database.prepare('DELETE FROM mutes'),
  };
  /** What is not on the disk yet: kept for when there is room again. */
  const unsaved = {
    incidents: new Map<string, Incident>(),
    deliveries: new Map<string, Delivery>(),
    done: new Set<string>(),
    givenUp: Array.of<GivenUp>(),
    mutes: Array.of<Mute>(),
    withMutes: false,
  };
  const writeAll = () => {
    for (const incident of unsaved.incidents.values()) {
      put.incident.run(incident.id, incident.end === null ? 1 : 0, ++seq, JSON.stringify(incident));
    }
    for (const { id, channel, addedAt, message } of unsaved.deliveries.values()) {
      put.delivery.run(id, channel, addedAt, JSON.stringify(message));
    }
    for (const id of unsaved.done) drop.delivery.run(id);
    for (const each of unsaved.givenUp) {
      const { lastInsertRowid } = put.givenUp.run(JSON.stringify(each));
      drop.givenUp.run(Number(lastInsertRowid) - KEPT_GIVEN_UP);
    }
    if (unsaved.withMutes) {
      drop.mutes.run();
      for (const mute of unsaved.mutes) put.mute.run(mute.id, JSON.stringify(mute));
    }
    drop.closed.run(seq - KEPT_CLOSED);
  };
  const flush = () =>
    attempt(() => {
      database.exec('BEGIN IMMEDIATE');
      try {
        writeAll();
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
      unsaved.incidents.clear();
      unsaved.deliveries.clear();
      unsaved.done.clear();
      unsaved.givenUp.length = 0;
      unsaved.withMutes = false;
    });

  return {
    kept,
    save: ({ incidents, deliveries }) => {
      if (incidents.length + deliveries.length === 0) return;
      for (const incident of incidents) unsaved.incidents.set(incident.id, incident);
      for (const delivery of deliveries) unsaved.deliveries.set(delivery.id, delivery);
      flush();
    },
    giveUp: (givenUp) => {
      unsaved.givenUp = [...unsaved.givenUp, givenUp].slice(-KEPT_GIVEN_UP);
      flush();
    },
    done: (id) => {
      if (!unsaved.deliveries.delete(id)) unsaved.done.add(id);
      flush();
    },
    setMutes: (mutes) => {
      unsaved.mutes = [...mutes];
      unsaved.withMutes = true;
      flush();
    },
    close: () => {
      flush();
      database.close();
    },
  };
}

async function openDatabase(dir: string, warn: (text: string) => void): Promise<DatabaseSync> {
  const { DatabaseSync } = await importQuietly();
  const open = (path: string): DatabaseSync => {
    const database = new DatabaseSync(path);
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000;');
      const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
      if (typeof version === 'number' && version > VERSION) throw new Error(`a newer multivisor wrote ${path}`);
      database.exec(TABLES);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  };
  try {
    return open(await prepareStateFile(dir, FILE));
  } catch (error) {
    const next = 'say --state-dir, or what is open is told again by the next server';
    warn(`alerts cannot be kept on disk: ${wordsOf(error)}; ${next}`);
    return open(':memory:');
  }
}

/** Node 22 calls it experimental, to everybody who reads our stderr. */
async function importQuietly() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return await import('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

function readKept(database: DatabaseSync): KeptAlerts {
  const bodies = (sql: string) => database.prepare(sql).all();
  const order = 'ORDER BY seq DESC';
  return {
    open: parseAll(incidentSchema, bodies('SELECT body FROM incidents WHERE open = 1 ORDER BY seq')),
    closed: parseAll(incidentSchema, bodies(`SELECT body FROM incidents WHERE open = 0 ${order} LIMIT ${KEPT_CLOSED}`)),
    givenUp: parseAll(givenUpSchema, bodies('SELECT body FROM given_up ORDER BY seq DESC')),
    mutes: parseAll(muteSchema, bodies('SELECT body FROM mutes')),
    deliveries: bodies('SELECT id, channel, added, body FROM deliveries ORDER BY seq').flatMap((row) => {
      const [message] = parseAll(alertMessage, [row]);
      const { id, channel, added } = row;
      if (!message || typeof id !== 'string' || typeof channel !== 'string' || typeof added !== 'number') return [];
      return [{ id, channel, addedAt: added, message }];
    }),
  };
}

function nextSeq(database: DatabaseSync): number {
  const highest = database.prepare('SELECT max(seq) AS seq FROM incidents').get()?.['seq'];
  return typeof highest === 'number' ? highest : 0;
}

/** What another version wrote and this one does not understand is left where it is. */
function parseAll<T>(schema: v.GenericSchema<unknown, T>, rows: readonly Record<string, unknown>[]): readonly T[] {
  return rows.flatMap(({ body }) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), body);
    return parsed.success ? [parsed.output] : [];
  });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
