// Streams of supervisord through a listener: their file there has a number that is not used again soon, as with a link
// of its own (src/bridge/supervisord-api/http/stream-connector.ts).
import { get } from 'node:http';
import type { RequestOptions } from 'node:http';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { LISTENER_AGENTS, startListenerHost } from '../../helpers/agents/listener-host.ts';
import { logFiles } from '../../helpers/supervisord/open-files.ts';

for (const agent of LISTENER_AGENTS) {
  test(`${agent}: the file of a stream has a higher number than one that is asked for without a listener`, async (t) => {
    const host = await startListenerHost(agent, { programs: '[program:web]\ncommand=sleep 1000\nstartsecs=0\n' });
    t.teardown(host.stop);
    await host.listens();
    const open = async (where: RequestOptions) => {
      const known = logFiles(host);
      const stream = get({ ...where, path: '/mainlogtail', agent: false });
      t.teardown(() => void stream.destroy());
      // It is cut off in the end.
      stream.on('error', () => stream.destroy());
      const [file = 0] = await eventually(
        () => logFiles(host).filter((number) => !known.includes(number)),
        (numbers) => numbers.length > 0,
        { what: 'the stream', ms: 30_000 },
      );
      return file;
    };
    const plain = await open({ socketPath: host.socketPath ?? '' });
    const relayed = await open({ host: '127.0.0.1', port: host.port });
    // The connection and the file of the first stream, and then eight connections at least.
    t.true(relayed >= plain + 8, `${plain}, ${relayed}`);
  });
}
