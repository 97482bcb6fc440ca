// Writes schema/*.json, see json-schemas.ts.
import { writeFile } from 'node:fs/promises';
import { jsonSchemas } from './documents/json-schemas.ts';

for (const [name, text] of await jsonSchemas()) await writeFile(new URL(`../schema/${name}`, import.meta.url), text);
