// supervisord's fault numbers, and what each means for a command.
import type { OutcomeCode } from '../../../core/ports.ts';

type Fault = { readonly name: string; readonly code: OutcomeCode; readonly words: string };

/** Of supervisor.xmlrpc.Faults. `words` say it for people, followed by supervisord's own text. */
const FAULTS: ReadonlyMap<number, Fault> = new Map([
  [0, { name: 'UNSAYABLE', code: 'unsayable', words: 'it holds a character that cannot be said to supervisord' }],
  [1, { name: 'UNKNOWN_METHOD', code: 'fault', words: 'this supervisord has no such method' }],
  [2, { name: 'INCORRECT_PARAMETERS', code: 'fault', words: 'this supervisord takes other parameters' }],
  [3, { name: 'BAD_ARGUMENTS', code: 'fault', words: 'supervisord refused the arguments' }],
  [4, { name: 'SIGNATURE_UNSUPPORTED', code: 'fault', words: 'this supervisord does not support it' }],
  [6, { name: 'SHUTDOWN_STATE', code: 'unreachable', words: 'supervisord is shutting down or restarting' }],
  [10, { name: 'BAD_NAME', code: 'not-found', words: 'supervisord knows no such name' }],
  [11, { name: 'BAD_SIGNAL', code: 'fault', words: 'supervisord knows no such signal' }],
  [20, { name: 'NO_FILE', code: 'failed', words: 'no such file on its host' }],
  [21, { name: 'NOT_EXECUTABLE', code: 'failed', words: 'the command cannot be executed' }],
  [30, { name: 'FAILED', code: 'failed', words: 'it failed' }],
  [40, { name: 'ABNORMAL_TERMINATION', code: 'failed', words: 'the process ended too early' }],
  [50, { name: 'SPAWN_ERROR', code: 'failed', words: 'the process could not be spawned' }],
  [60, { name: 'ALREADY_STARTED', code: 'fault', words: 'it runs already' }],
  [70, { name: 'NOT_RUNNING', code: 'fault', words: 'it does not run' }],
  [80, { name: 'SUCCESS', code: 'ok', words: '' }],
  [90, { name: 'ALREADY_ADDED', code: 'fault', words: 'the group is there already' }],
  [91, { name: 'STILL_RUNNING', code: 'failed', words: 'a process of the group still runs' }],
  [92, { name: 'CANT_REREAD', code: 'failed', words: 'its configuration cannot be read' }],
] satisfies [number, Fault][]);

export const FAULT = {
  /** None of supervisord's, which begin at 1: it was not sent at all. */
  UNSAYABLE: 0,
  UNKNOWN_METHOD: 1,
  SHUTDOWN_STATE: 6,
  BAD_NAME: 10,
  BAD_SIGNAL: 11,
  NO_FILE: 20,
  NOT_EXECUTABLE: 21,
  FAILED: 30,
  ABNORMAL_TERMINATION: 40,
  SPAWN_ERROR: 50,
  ALREADY_STARTED: 60,
  NOT_RUNNING: 70,
  SUCCESS: 80,
  ALREADY_ADDED: 90,
  STILL_RUNNING: 91,
  CANT_REREAD: 92,
} as const;

/** Never throws for a number that no version had so far. */
export function toRefusal(faultCode: number, text: string): { readonly code: OutcomeCode; readonly message: string } {
  const fault = FAULTS.get(faultCode);
  // supervisord puts its constant before its words: "BAD_NAME: web".
  const own = text.replace(/^[A-Z_]+(?:: |$)/, '');
  if (!fault) return { code: 'fault', message: `supervisord refused it (fault ${faultCode}${own && `: ${own}`})` };
  return { code: fault.code, message: own === '' ? fault.words : `${fault.words}: ${own}` };
}
