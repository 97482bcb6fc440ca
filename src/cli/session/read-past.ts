import { collectHistory } from '../../core/history/collect.ts';
import type { Past } from '../../core/history/collect.ts';
import type { Session, SessionHistoryRequest } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import type { Selector } from '../../core/select.ts';
import { select } from '../../core/select.ts';
import type { Invocation } from '../argv/command.ts';
import { CliError } from '../cli-error.ts';
import { exitOfCode } from '../exit-codes.ts';
import { tellReading } from '../output/tell-reading.ts';

export type PastWish = { readonly selectors: readonly Selector[]; readonly request: SessionHistoryRequest };

/** Of the supervisors that may be meant. A CliError says why there is none. */
export async function readPast({ io }: Invocation, session: Session, { selectors, request }: PastWish): Promise<Past> {
  const meant = select(session.snapshot(), selectors).supervisors.map(({ name }) => name);
  const done = tellReading(io, meant.length);
  try {
    return await collectHistory(session, { ...request, supervisors: meant }, { signal: io.signal });
  } catch (error) {
    if (error instanceof SessionError) throw new CliError(error.message, exitOfCode(error.code), { cause: error });
    throw error;
  } finally {
    done();
  }
}
