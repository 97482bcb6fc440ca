import test from 'ava';
import { createLogReader } from '../../../../src/bridge/supervisord-api/process-log/read.ts';
import { SessionError } from '../../../../src/core/ports.ts';

/** Of a process whose log is this path, of which nothing can be read. */
function readerOf(path: string) {
  const rpc = {
    ask: (method: string): Promise<unknown> => {
      if (method === 'supervisor.getProcessInfo') return Promise.resolve({ stdout_logfile: path, stderr_logfile: '' });
      return Promise.resolve(method.startsWith('supervisor.tail') ? ['', 0, false] : '');
    },
  };
  return createLogReader(rpc, { name: 'web:web', stream: 'stdout' }, { signal: new AbortController().signal });
}

test('a log that is /dev/null, as in many a container, keeps nothing; one that is empty may yet say something', async (t) => {
  const error = await t.throwsAsync(readerOf('/dev/null').demand(), { instanceOf: SessionError });
  t.is(error.message, 'the stdout log of web:web is /dev/null, which keeps nothing');
  await t.notThrowsAsync(readerOf('/srv/web.log').demand());
});
