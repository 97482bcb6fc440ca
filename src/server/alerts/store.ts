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
  const putIncident = database.prepare('INSERT OR REPLACE INTO incidents (id, open, seq, body) VALUES (?, ?, ?, ?)');
  const putDelivery = database.prepare('INSERT INTO deliveries (id, channel, added, body) VALUES (?, ?, ?, ?)');
  const dropDelivery = database.prepare('DELETE FROM deliveries WHERE id = ?');
  const dropOld = database.prepare('DELETE FROM incidents WHERE open = 0 AND seq <= ?');
  const putGivenUp = database.prepare('INSERT INTO given_up (body) VALUES (?)');
  const dropGivenUp = database.prepare('DELETE FROM given_up WHERE seq <= ?');
  const transact = (work: () => void) =>
    attempt(() => {
      database.exec('BEGIN IMMEDIATE');
      try {
        work();
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });

  return {
    kept,
    save: ({ incidents, deliveries }) => {
      if (incidents.length + deliveries.length === 0) return;
      transact(() => {
        for (const incident of incidents) {
          putIncident.run(incident.id, incident.end === null ? 1 : 0, ++seq, JSON.stringify(incident));
        }
        for (const { id, channel, addedAt, message } of deliveries) {
          putDelivery.run(id, channel, addedAt, JSON.stringify(message));
        }
        dropOld.run(seq - KEPT_CLOSED);
      });
    },
    giveUp: (givenUp) =>
      attempt(() => {
        const { lastInsertRowid } = putGivenUp.run(JSON.stringify(givenUp));
        dropGivenUp.run(Number(lastInsertRowid) - KEPT_GIVEN_UP);
      }),
    done: (id) => attempt(() => void dropDelivery.run(id)),
    setMutes: (mutes) =>
      transact(() => {
        database.exec('DELETE FROM mutes');
        const put = database.prepare('INSERT INTO mutes (id, body) VALUES (?, ?)');
        for (const mute of mutes) put.run(mute.id, JSON.stringify(mute));
      }),
    close: () => database.close(),
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
