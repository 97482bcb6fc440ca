import { createToken } from '../../server/access/tokens.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';

export const tokenCommand: CliCommand = {
  name: 'token',
  summary: 'Make a token for a machine or a terminal far away',
  args: 'new [NAME]',
  completes: ['new'],
  options: [],
  examples: [{ line: 'multivisor token new ci', says: 'the token once, and the section for the configuration' }],
  run: async ({ io, args }) => {
    const [word, name = 'NAME', ...more] = args;
    if (word !== 'new' || more.length > 0) throw new CliError('say: multivisor token new NAME');
    if (!/^[^\s:\]]+$/u.test(name)) throw new CliError('the name of a token has no space, ":" or "]"');
    const { token, hash } = createToken();
    io.err('The token, shown this once:\n');
    io.out(`${token}\n`);
    io.err(`\nFor the configuration of the server:\n[token:${name}]\nhash = ${hash}\nrole = viewer\nsupervisors = *\n`);
    return EXIT.ok;
  },
};
