// What is said when a proxy answers for supervisord: it cannot reach it, or sends the call elsewhere.
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { runMain, makeFolder } from '../cli/run-main.ts';
import { freePort } from '../helpers/free-port.ts';
import { startNginx } from '../helpers/field/proxy.ts';
import { testWith } from '../helpers/peers.ts';

/** What `status` complains of behind an nginx with these lines. */
async function statusThrough(t: ExecutionContext, lines: string, path = ''): Promise<string> {
  const proxy = await startNginx(lines);
  t.teardown(proxy.stop);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const url = `http://127.0.0.1:${proxy.port}${path}`;
  return (await runMain(['status', '-c', await folder.write('multivisor.conf', `[supervisor:s]\nurl = ${url}\n`)])).err;
}

const SETTINGS = [
  ['502, as nothing listens behind it', async () => `location / { proxy_pass http://127.0.0.1:${await freePort()}; }`],
  ['503', () => Promise.resolve('location / { return 503; }')],
  ['504', () => Promise.resolve('location / { return 504; }')],
] as const;

for (const [title, lines] of SETTINGS) {
  testWith('nginx', test)(`a proxy that answers ${title}, is named, not the log of supervisord`, async (t) => {
    const err = await statusThrough(t, await lines());
    t.regex(err, new RegExp(`HTTP ${title.slice(0, 3)}\\): the proxy there cannot reach supervisord`));
    t.notRegex(err, /see the log of supervisord/);
  });
}

const REDIRECTS = [
  ['without /RPC2 below a prefix', '/sup', 'location /sup/ { proxy_pass http://127.0.0.1:9/; }'],
  ['to https', '/RPC2', 'return 308 https://$host$request_uri;'],
] as const;

for (const [title, path, lines] of REDIRECTS) {
  testWith('nginx', test)(`a url that a proxy sends elsewhere, ${title}, is told to be given whole`, async (t) => {
    const err = await statusThrough(t, lines, path);
    t.regex(err, /elsewhere \(HTTP 30[18]\): give the url with its whole path/);
    t.notRegex(err, /see the log of supervisord/);
  });
}
