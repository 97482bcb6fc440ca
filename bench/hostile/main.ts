// The process of those who mean ill, each with another kind of badness for each connection. Started by start-peers.ts.
import { WEB_SOCKET, ZMTP, listen } from '../../test/hostile/peers.ts';
import type { Act } from './acts.ts';
import { RELAY, RELAY_HELLO, SUPERVISORD, ZERORPC } from './acts.ts';
import type { PeersReport } from './peer-messages.ts';

/** Another one for each connection. */
function inTurn(acts: readonly Act[]): Act {
  let next = 0;
  return (socket) => acts[next++ % acts.length]?.(socket);
}

const [onSupervisord, onZerorpc, onRelay] = [SUPERVISORD, ZERORPC, RELAY].map(inTurn);
const supervisord = await listen((socket) => {
  socket.once('data', () => onSupervisord?.(socket));
});
const zerorpc = await listen((socket) => {
  ZMTP.start(socket);
  socket.once('data', () => onZerorpc?.(socket));
});
const relayed = await listen((socket) => {
  socket.once('data', (request) => {
    socket.write(WEB_SOCKET.welcome?.(request.toString('latin1')) ?? '');
    socket.once('data', () => {
      socket.write(WEB_SOCKET.frame(Buffer.from(RELAY_HELLO)));
      socket.once('data', () => onRelay?.(socket));
    });
  });
});
const ready: PeersReport = {
  type: 'ready',
  supervisord: supervisord.port,
  zerorpc: zerorpc.port,
  relay: relayed.port,
};
process.on('disconnect', () => process.exit());
process.send?.(ready);
