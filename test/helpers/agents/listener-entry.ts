// `multivisor listener` without the rest of the command, for tests that start many.
import { parseArgs } from 'node:util';
import { runListener } from '../../../src/bridge/listener/run-listener.ts';

const string = { type: 'string' } as const;
const { values } = parseArgs({
  options: { bind: string, 'token-file': string, 'tls-cert': string, 'tls-key': string },
});
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());
const code = await runListener({
  bind: values.bind ?? null,
  tokenFile: values['token-file'] ?? null,
  tlsCert: values['tls-cert'] ?? null,
  tlsKey: values['tls-key'] ?? null,
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  parentPid: () => process.ppid,
  signal: ending.signal,
});
process.exit(code);
