import { connect } from 'node:net';

/** Sends it all to a port of this machine, reads what comes first, and leaves. */
export function throwAt(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve());
    socket.once('data', () => socket.destroy());
    // What is no whole request is not answered: the end of ours ends the connection.
    socket.end(bytes);
  });
}
