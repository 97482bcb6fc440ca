// What nobody wrote down, at every door: texts, and messages that are nearly sound.
import { asyncProperty, check } from 'fast-check';
import { LinkFailure } from '../../src/bridge/link/link-failure.ts';
import { readProcesses } from '../../src/bridge/supervisord-api/xml-rpc/read-processes.ts';
import { RpcFault, decodeAnswer } from '../../src/bridge/supervisord-api/xml-rpc/rpc.ts';
import { escapeText } from '../../src/core/view/escape.ts';
import { measureTurns } from '../helpers/longest-turn.ts';
import { text } from './arbitraries.ts';
import type { Door, Fuzz } from './door.ts';
import { openListenerPortDoor, stdinDoor } from './doors/listener-doors.ts';
import { argumentsDoor, configurationDoor, namesDoor } from './doors/own-doors.ts';
import { openListenerDoor, openMainLogDoor, openProcessLogDoor } from './doors/stream-doors.ts';
import { openTerminalDoor } from './doors/terminal-door.ts';
import { openHttpFuzz, openViewerFuzz, openWsFuzz, openZerorpcFuzz } from './fuzz-messages.ts';

/** Longer than this others do not wait. In CPU time: what the machine does beside it does not count. */
const MOST_TURN_MS = 50;
/** Less than that may also be the collector of garbage, which comes by itself. */
const TRIES = 3;
const SHRINK_MS = 60_000;

const ANSWER: Fuzz<string> = {
  name: 'supervisord answer',
  arbitrary: text,
  share: 1,
  take: async (said) => {
    const told: string[] = [];
    for (const read of [decodeAnswer, readProcesses]) {
      try {
        await read(said, 'x');
      } catch (error) {
        if (!(error instanceof LinkFailure) && !(error instanceof RpcFault)) throw error;
        told.push(error.message);
      }
    }
    return told.join(', ') || 'taken';
  },
  isOwn: () => true,
  close: async () => {},
};

async function ofText(open: () => Door | Promise<Door>, share: number): Promise<Fuzz<string>> {
  return { ...(await open()), arbitrary: text, share };
}

export type FuzzRound = { readonly found: string | null; readonly longestMs: number; readonly taken: number };

export type Fuzzer = {
  readonly names: readonly string[];
  /** Each door in its turn; stops at the first that is found. */
  round(seed: number, runs: number): Promise<FuzzRound>;
  close(): Promise<void>;
};

/** All doors, which stay open from round to round. */
export async function openFuzzer(): Promise<Fuzzer> {
  const texts = await Promise.all([
    ofText(openMainLogDoor, 0.1),
    ofText(openProcessLogDoor, 0.1),
    ofText(openListenerDoor, 0.1),
    ofText(() => stdinDoor, 1),
    ofText(openListenerPortDoor, 0.1),
    ofText(() => configurationDoor, 1),
    ofText(() => argumentsDoor, 1),
    ofText(() => namesDoor, 0.2),
    ofText(openTerminalDoor, 0.1),
  ]);
  const [http, viewer, zerorpc, ws] = await Promise.all([
    openHttpFuzz(),
    openViewerFuzz(),
    openZerorpcFuzz(),
    openWsFuzz(),
  ]);
  const doors = [
    toRunner(ANSWER),
    ...texts.map(toRunner),
    toRunner(http),
    toRunner(viewer),
    toRunner(zerorpc),
    toRunner(ws),
  ];
  return {
    names: doors.map(({ name }) => name),
    round: async (seed, runs) => {
      let longestMs = 0;
      let taken = 0;
      for (const door of doors) {
        const { found, longestMs: here, taken: times } = await door.run(seed, runs);
        longestMs = Math.max(longestMs, here);
        taken += times;
        if (found !== null) return { found: `${door.name}: seed ${seed}: ${found}`, longestMs, taken };
      }
      return { found: null, longestMs, taken };
    },
    close: async () => {
      for (const door of doors) await door.close();
    },
  };
}

type Runner = {
  readonly name: string;
  readonly run: (seed: number, runs: number) => Promise<FuzzRound>;
  readonly close: () => Promise<void>;
};

function toRunner<T>({ name, arbitrary, take, share, isOwn, close }: Fuzz<T>): Runner {
  return {
    name,
    close,
    run: async (seed, runs) => {
      let longestMs = 0;
      let taken = 0;
      const property = asyncProperty(arbitrary, async (made) => {
        let { told, tookMs } = await takeOnce(take, made);
        for (let more = 1; more < TRIES && tookMs > MOST_TURN_MS; more += 1) {
          const again = await takeOnce(take, made);
          tookMs = Math.min(tookMs, again.tookMs);
          told = again.told;
        }
        taken += 1;
        longestMs = Math.max(longestMs, tookMs);
        if (tookMs > MOST_TURN_MS) throw new Error(`it holds up others for ${tookMs.toFixed(0)} ms`);
        if (told === '' || !escapeText(told).isWellFormed() || !isOwn(told))
          throw new Error(`told: ${JSON.stringify(told)}`);
      });
      const numRuns = Math.max(1, Math.round(runs * share));
      const details = await check(property, { seed, numRuns, interruptAfterTimeLimit: SHRINK_MS });
      const found = details.failed
        ? `${JSON.stringify(details.counterexample)}: ${String(details.errorInstance)}`
        : null;
      return { found, longestMs, taken };
    },
  };
}

async function takeOnce<T>(
  take: Fuzz<T>['take'],
  made: T,
): Promise<{ readonly told: string; readonly tookMs: number }> {
  let told = '';
  const turns = await measureTurns(async () => (told = await take(made)));
  return { told, tookMs: turns.longestMs };
}
