// Writes docs/cli.md and docs/multivisor.1 from the tables of commands and options.
import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import packageJson from '../package.json' with { type: 'json' };
import { createCommands } from '../src/cli/commands.ts';
import { cliMarkdown, manPage } from '../src/cli/argv/manual.ts';

const commands = createCommands(() => Promise.resolve(0));
const markdown = await format(cliMarkdown(commands), { parser: 'markdown', printWidth: 120 });
await writeFile(new URL('../docs/cli.md', import.meta.url), markdown);
await writeFile(new URL('../docs/multivisor.1', import.meta.url), manPage(commands, packageJson.version));
