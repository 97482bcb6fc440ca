// Texts that nobody wrote down, at the doors that need nothing but a text, and as answers of a supervisord.
import { asyncProperty, check, constantFrom, integer, oneof, string, tuple } from 'fast-check';
import { LinkFailure } from '../../src/bridge/link/link-failure.ts';
import { readProcesses } from '../../src/bridge/supervisord-api/xml-rpc/read-processes.ts';
import { RpcFault, decodeAnswer } from '../../src/bridge/supervisord-api/xml-rpc/rpc.ts';
import { BADNESSES } from './badness.ts';
import type { Door } from './doors.ts';
import { TEXT_DOORS } from './doors.ts';

const ANSWER: Door = {
  name: 'supervisord answer',
  take: async (text) => {
    const told: string[] = [];
    for (const read of [decodeAnswer, readProcesses]) {
      try {
        await read(text, 'x');
      } catch (error) {
        if (!(error instanceof LinkFailure) && !(error instanceof RpcFault)) throw error;
        told.push(error.message);
      }
    }
    return told.join(', ') || 'taken';
  },
};

const PIECES = BADNESSES.flatMap(({ texts }) => texts.filter((text) => text.length < 100));
const TAGS = [
  '<methodResponse>',
  '<params>',
  '<param>',
  '<value>',
  '<struct>',
  '<member>',
  '<name>',
  '<string>',
  '<array>',
  '<data>',
  '<fault>',
  '<int>',
];
const piece = oneof(
  string({ unit: 'binary', maxLength: 20 }),
  constantFrom(...PIECES, ...TAGS, ...TAGS.map((tag) => tag.replace('<', '</'))),
  tuple(constantFrom(...PIECES, ...TAGS), integer({ min: 1, max: 200 })).map(([text, times]) => text.repeat(times)),
);
const text = tuple(piece, piece, piece, piece, piece).map((pieces) => pieces.join(''));

/** The door and the text at which something was thrown that is no error of the one who said it; null: none. */
export async function fuzzDoors(seed: number, runs: number): Promise<string | null> {
  for (const door of [ANSWER, ...TEXT_DOORS]) {
    const run = asyncProperty(text, async (said) => {
      const told = await door.take(said);
      return told !== '' && !told.startsWith('DID');
    });
    const details = await check(run, { seed, numRuns: runs });
    if (details.failed)
      return `${door.name}: seed ${seed}: ${JSON.stringify(details.counterexample)}: ${String(details.errorInstance)}`;
  }
  return null;
}
