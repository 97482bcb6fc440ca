// The choices that outlive a run: `tui.json` in the state directory.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { GROUPINGS } from '../core/view/row-model.ts';
import { SORT_KEYS } from '../core/view/sort.ts';
import { THEME_NAMES } from './theme.ts';
import type { Arrangement } from './ui-state/arrangement.ts';

const SCHEMA = v.object({
  sort: v.fallback(v.optional(v.picklist(SORT_KEYS)), undefined),
  reversed: v.fallback(v.optional(v.boolean()), undefined),
  groupBy: v.fallback(v.optional(v.picklist(GROUPINGS)), undefined),
  theme: v.fallback(v.optional(v.picklist(THEME_NAMES)), undefined),
});

export type Choices = Partial<Pick<Arrangement, 'sort' | 'reversed' | 'groupBy' | 'theme'>>;

const FILE = 'tui.json';

/** Nothing kept, or nothing that can be read, is no choices: the program must start all the same. */
export async function readChoices(directory: string): Promise<Choices> {
  let text: string;
  try {
    text = await readFile(join(directory, FILE), 'utf8');
  } catch {
    return {};
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), SCHEMA), text);
  if (!parsed.success) return {};
  const { sort, reversed, groupBy, theme } = parsed.output;
  return {
    ...(sort ? { sort } : {}),
    ...(reversed === undefined ? {} : { reversed }),
    ...(groupBy ? { groupBy } : {}),
    ...(theme ? { theme } : {}),
  };
}

/** Whole or not at all: another run may read it at this moment. */
export async function writeChoices(directory: string, choices: Choices): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, FILE);
  const temporary = `${path}.${process.pid}`;
  try {
    await writeFile(temporary, `${JSON.stringify(choices)}\n`);
    await rename(temporary, path);
  } catch (error) {
    // On a full disk the half of it would only fill it more.
    await rm(temporary, { force: true });
    throw error;
  }
}
