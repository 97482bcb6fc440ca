import { hashPassword } from '../../server/access/passwords.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import { askSecret } from '../io/ask-secret.ts';

export const passwdCommand: CliCommand = {
  name: 'passwd',
  summary: 'Make a password for [global] or [user:NAME] that no one can read back',
  args: '',
  options: [],
  examples: [
    { line: 'multivisor passwd', says: 'asks twice, prints what to write after password =' },
    { line: 'pass show multivisor | multivisor passwd', says: 'the first line of another program' },
  ],
  run: async ({ io, args }) => {
    if (args.length > 0) throw new CliError('a password on the command line can be read by everybody; it is asked for');
    const password = await askSecret(io, 'Password: ');
    if (password === '') throw new CliError('an empty password lets nobody in');
    if (io.interactive && (await askSecret(io, 'Again: ')) !== password) throw new CliError('the two are not the same');
    io.out(`${await hashPassword(password)}\n`);
    return EXIT.ok;
  },
};
