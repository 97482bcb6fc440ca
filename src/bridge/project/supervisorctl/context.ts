// What a control command works with, and how it reads supervisord's answers.
import * as v from 'valibot';
import { RpcFault } from '../../supervisord-api/xml-rpc/rpc.ts';
import type { ControlClient } from '../daemon/supervisord-client.ts';
import type { ControlEndpoint } from '../supervisord-conf/control-channel.ts';
import type { RunDirectory } from '../run-directory/paths.ts';
import type { ProjectWorld } from '../project-world.ts';

export type CtlContext = {
  readonly client: ControlClient;
  readonly world: ProjectWorld;
  /** Of the project; null: it is another supervisord than that of a project. */
  readonly run: Pick<RunDirectory, 'dir'> | null;
  /** One line of data. */
  line(text: string): void;
  /** The exit code from now on; the last word counts, as in supervisorctl. */
  exit(code: number): void;
  /**
   * Renders the configuration again and puts it where supervisord reads it, which may listen elsewhere after a
   * `restart`. Null when it was refused; then it has been said.
   */
  renderAgain(options: { readonly restart: boolean }): Promise<ControlEndpoint | null>;
  /** Ends what programs left behind when they ended; `supervisord`: the pid of one that is gone by now. */
  endLeftBehind(supervisord?: number): Promise<void>;
  /** What is typed next; null when there is no more, or once `signal` is aborted. */
  nextLine(signal: AbortSignal): Promise<string | null>;
  /** Asked before what ends everything; always true outside of the shell. */
  confirm(question: string): Promise<boolean>;
};

export type CtlCommand = (context: CtlContext, args: readonly string[]) => Promise<void>;

export const resultsSchema = v.array(
  v.object({ group: v.string(), name: v.string(), status: v.number(), description: v.optional(v.string(), '') }),
);

export const processSchema = v.object({
  group: v.string(),
  name: v.string(),
  statename: v.string(),
  description: v.string(),
  pid: v.number(),
  /** 0: it never ran under this supervisord. */
  start: v.optional(v.number(), 0),
});

export const processesSchema = v.array(processSchema);

/** The answer, or the fault; everything else is thrown. */
export async function attempt(
  work: () => Promise<unknown>,
): Promise<
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: number; readonly words: string }
> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    return { ok: false, fault: error.faultCode, words: error.message };
  }
}
