import type { CliCommand, Invocation } from '../argv/command.ts';

export const listenerCommand: CliCommand = {
  name: 'listener',
  summary: 'Serve the events of the supervisord that runs this, as an [eventlistener:…]',
  args: '',
  options: [['bind', 'where to listen (127.0.0.1:9002); :9002 is everywhere, and needs a token'], 'tlsCert', 'tlsKey'],
  examples: [
    {
      line: 'command=multivisor listener --bind :9002 --token-file /etc/multivisor.token',
      says: 'in a section [eventlistener:multivisor] of supervisord.conf',
    },
  ],
  details: [
    'The token is what --token-file holds, or MULTIVISOR_LISTENER_TOKEN; clients give it as the password of any user. See docs/listener.md for the whole section.',
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { runListener } = await import('../../bridge/listener/run-listener.ts');
  return runListener({
    bind: invocation.text('bind'),
    tokenFile: invocation.text('tokenFile'),
    tlsCert: invocation.text('tlsCert'),
    tlsKey: invocation.text('tlsKey'),
    env: invocation.io.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    parentPid: () => process.ppid,
    signal: invocation.io.signal,
  });
}
