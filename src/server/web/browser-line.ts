// The line of a remote session in a browser, and its clock.
import type { Clock } from '../../core/ports.ts';
import type { Dial } from '../../core/wire/dial.ts';
import { SUBPROTOCOL } from '../../core/wire/messages.ts';

export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

export type Auth = {
  readonly wanted: boolean;
  readonly given: boolean;
};

/** Null when the server does not answer. */
export async function askAuth(): Promise<Auth | null> {
  try {
    const response = await fetch('api/auth', { signal: AbortSignal.timeout(10_000) });
    const answer: unknown = await response.json();
    const read = (key: string) => typeof answer === 'object' && answer !== null && Reflect.get(answer, key) === true;
    return { wanted: read('use_authentication'), given: read('is_authenticated') };
  } catch {
    return null;
  }
}

/** A browser does not say why a WebSocket was refused, so the server is asked over HTTP. */
export function createBrowserDial(onLoginWanted: () => void): Dial {
  return ({ onOpen, onMessage, onClose }) => {
    const url = new URL('ws', document.baseURI);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url, SUBPROTOCOL);
    let opened = false;
    let over = false;
    const finish = (...error: Parameters<typeof onClose>) => {
      if (over) return;
      over = true;
      onClose(...error);
    };
    const explain = async (reason: string) => {
      const auth = await askAuth();
      if (auth?.wanted && !auth.given) {
        onLoginWanted();
        finish({ code: 'unauthorized', message: 'a login is needed' });
      } else if (auth) finish({ code: 'closed', message: reason || 'the server closed the connection' });
      else finish({ code: 'unreachable', message: opened ? 'the connection was lost' : 'the server does not answer' });
    };
    socket.addEventListener('open', () => {
      opened = true;
      onOpen();
    });
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') onMessage(data);
    });
    socket.addEventListener('close', ({ reason }) => void explain(reason));
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: (error) => {
        finish(error);
        socket.close();
      },
    };
  };
}
