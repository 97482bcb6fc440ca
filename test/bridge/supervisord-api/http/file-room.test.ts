import test from 'ava';
import { createFileRoom } from '../../../../src/bridge/supervisord-api/http/file-room.ts';
import { LEAST_FOR_STREAM } from '../../../../src/bridge/supervisord-api/http/stream-connector.ts';

const away = { kind: 'tcp', protocol: 'http', host: '192.0.2.1', port: 9001, path: '/RPC2' } as const;

test('of a supervisord elsewhere the usual limit is assumed: many logs are followed, but not all of many', (t) => {
  const room = createFileRoom(away);
  room.learn({ pid: 1, processes: 150, down: 0 });
  t.is(room.spare('measured'), Infinity, 'its main log is followed whatever is assumed');
  let opened = 0;
  while (room.spare() >= LEAST_FOR_STREAM) {
    room.opened();
    opened += 1;
  }
  t.true(opened > 20 && opened < 100, `${opened} streams`);
});

test('whoever runs more than the usual limit bears has a higher one', (t) => {
  const room = createFileRoom(away);
  room.learn({ processes: 1_000 });
  t.true(room.spare() >= LEAST_FOR_STREAM);
});

test('a stream that is over takes no file any more, however often that is said', (t) => {
  const room = createFileRoom(away);
  const before = room.spare();
  const over = room.opened();
  t.is(room.spare(), before - 2);
  over();
  over();
  t.is(room.spare(), before);
});

test('the number of a process that is no supervisord tells nothing of one here', (t) => {
  const room = createFileRoom({ kind: 'unix', path: '/run/supervisor.sock' });
  room.learn({ pid: process.pid });
  t.is(room.spare('measured'), Infinity);
});
