// docs/keys.md, made from the key table; a test holds the file to it.
import type { Binding } from './key-table.ts';
import { BINDINGS } from './key-table.ts';
import type { Topic } from './rule.ts';

const TOPICS: readonly Topic[] = ['Move', 'Find', 'Look', 'Act', 'Logs', 'Arrange', 'Leave'];

export function keysDocument(): string {
  const sections = TOPICS.map((topic) => {
    const rows = BINDINGS.filter((binding) => binding.topic === topic).map(toRow);
    return [`## ${topic}`, '', '| keys | what it does | where | action |', '| --- | --- | --- | --- |', ...rows].join(
      '\n',
    );
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

function toRow({ keys, help, screens, action }: Binding): string {
  const shown = keys.map((key) => `\`${key}\``).join(' ');
  return `| ${shown} | ${help} | ${screens ? screens.join(', ') : 'everywhere'} | \`${action}\` |`;
}

const HEAD = `<!-- Written by \`npm run documents\` from src/tui/keys/key-table.ts: change that. -->

# Keys of the full-screen view

The same table makes the footer, the help (\`?\`) and the palette (\`:\`).

Every key can be changed in the configuration, by the name of its action; several keys are separated by spaces, and a
pair such as \`gg\` is the same key twice:

\`\`\`ini
[keys]
restart = ctrl-t
top = gg home
\`\`\`

A key is a character, \`space\`, \`enter\`, \`esc\`, \`tab\`, \`shift-tab\`, \`backspace\`, \`up\`, \`down\`, \`left\`, \`right\`,
\`home\`, \`end\`, \`pageup\`, \`pagedown\`, \`f1\`, or \`ctrl-\` and a letter. \`ctrl-c\`, \`ctrl-z\` and \`ctrl-l\` also work while
something is typed or asked.

In a dialog \`y\` agrees and any other key does not; \`ctrl-y\` copies the command line that does the same, \`ctrl-b\` makes a
restart of several a rolling one. While a line is typed, \`ctrl-a ctrl-e ctrl-u ctrl-k ctrl-w\` work as in a shell.`;
