// Writes docs/keys.md from the key table.
import { writeFile } from 'node:fs/promises';
import { keysDocument } from '../src/tui/keys/keys-document.ts';

await writeFile(new URL('../docs/keys.md', import.meta.url), keysDocument());
