import test from 'ava';
import type { OutcomeCode } from '../../../../src/core/ports.ts';
import { toRefusal } from '../../../../src/bridge/supervisord-api/xml-rpc/faults.ts';

const rows: readonly [faultCode: number, text: string, code: OutcomeCode, message: string][] = [
  [1, 'UNKNOWN_METHOD', 'fault', 'this supervisord has no such method'],
  [6, 'SHUTDOWN_STATE', 'unreachable', 'supervisord is shutting down or restarting'],
  [10, 'BAD_NAME: shop:web', 'not-found', 'supervisord knows no such name: shop:web'],
  [11, 'BAD_SIGNAL: XX', 'fault', 'supervisord knows no such signal: XX'],
  [20, "NO_FILE: can't find command '/x'", 'failed', "no such file on its host: can't find command '/x'"],
  [
    21,
    "NOT_EXECUTABLE: command at '/x' is not executable",
    'failed',
    "the command cannot be executed: command at '/x' is not executable",
  ],
  [30, 'FAILED: web', 'failed', 'it failed: web'],
  [50, 'SPAWN_ERROR: web', 'failed', 'the process could not be spawned: web'],
  [91, 'STILL_RUNNING: shop', 'failed', 'a process of the group still runs: shop'],
  [92, "CANT_REREAD: Invalid value for 'x'", 'failed', "its configuration cannot be read: Invalid value for 'x'"],
  [4711, 'NEW: words', 'fault', 'supervisord refused it (fault 4711: words)'],
  [4711, '', 'fault', 'supervisord refused it (fault 4711)'],
];

for (const [faultCode, text, code, message] of rows) {
  test(`fault ${faultCode} "${text}" is ${code}, in words`, (t) => {
    t.deepEqual(toRefusal(faultCode, text), { code, message });
  });
}
