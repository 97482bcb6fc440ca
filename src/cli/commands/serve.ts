import type { CliCommand } from '../argv/command.ts';

export const serveCommand: CliCommand = {
  name: 'serve',
  summary: 'Serve the web page, remote terminals, a REST interface and metrics',
  args: '',
  options: ['bind', 'tlsCert', 'tlsKey', 'basePath', 'trustProxy', 'allowHost', 'audit', 'stateDir', 'insecureNoAuth'],
  examples: [
    { line: 'multivisor serve', says: 'for this machine alone: http://127.0.0.1:22000' },
    {
      line: "multivisor serve --bind '*:22000' --tls-cert cert.pem --tls-key key.pem",
      says: 'for everybody who can log in',
    },
  ],
  details: [
    'SIGHUP rereads the configuration and keeps what did not change; SIGTERM lets what is under way come to its end.',
    'With [alert:NAME] in the configuration it tells people of what goes wrong (docs/alerts.md).',
    'MULTIVISOR_SECRET_KEY signs sessions, so that they outlive a restart.',
  ],
  run: async (invocation) => {
    // The server is a third of the program: no other command should load it.
    const { runServer } = await import('../run-server.ts');
    return runServer(invocation);
  },
};
