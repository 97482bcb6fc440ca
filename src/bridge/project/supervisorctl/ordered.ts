// What the control commands say of programs that wait for others, and to the one that starts them.
import * as v from 'valibot';
import type { NotedRow, OrderReader } from '../order/order-notes.ts';
import { readOrder, waitingFor } from '../order/order-notes.ts';
import type { OrderedProgram } from '../order/order-plan.ts';
import { READINESS, readOrderPlan } from '../order/order-plan.ts';
import type { OrderRequest } from '../order/order-request.ts';
import { toOrderRequest } from '../order/order-request.ts';
import type { CtlContext } from './context.ts';
import { attempt, processesSchema } from './context.ts';
import type { StatusRow } from './texts.ts';
import { splitNamespec, toNamespec } from './texts.ts';

type Row = v.InferOutput<typeof processesSchema>[number];

/** `all`: what is known of every process; `rows`: those that are shown. */
export function addNotes(
  { run }: CtlContext,
  { rows, all }: { readonly rows: readonly Row[]; readonly all: readonly Row[] },
): readonly StatusRow[] {
  const reader = run && readOrder(run, all.map(toNotedRow));
  return rows.map((row) => addNote(row, reader));
}

function addNote(row: Row, reader: OrderReader | null): StatusRow {
  const note = reader?.noteOf(toNotedRow(row)) ?? null;
  if (note === null) return row;
  // Of what runs, what supervisord says of it is worth more than of what never ran.
  const description = [row.pid === 0 ? '' : row.description, note.words].filter((text) => text !== '').join(', ');
  return { ...row, description, order: note.failed ? 'failed' : 'waits' };
}

function toNotedRow({ group, name, statename, pid, start }: Row): NotedRow {
  return { group, name, state: statename, pid: pid === 0 ? null : pid, neverStarted: start === 0 };
}

/** `start all` keeps to the order. Returns the names that are left to be started at once. */
export async function startWaiting(context: CtlContext, names: readonly string[]): Promise<readonly string[]> {
  const programs = heldPrograms(context);
  if (!names.includes('all') || programs.length === 0) return names;
  const all = v.parse(processesSchema, await context.client.ask('supervisor.getAllProcessInfo'));
  const resting = programs.filter(({ targets }) =>
    targets.some(({ target }) => all.some((row) => toTarget(row) === target && row.pid === 0)),
  );
  const held = new Set(resting.flatMap(({ targets }) => targets.map(({ target }) => target)));
  await attempt(() => context.client.ask('supervisor.startProcess', `${READINESS}:${READINESS}`, false));
  await tellReadiness(context, { act: 'start', names: resting.map(({ name }) => name) });
  for (const { name, after } of resting) context.line(`${name}: ${after.length > 0 ? waitingFor(after) : 'starting'}`);
  return all
    .filter((row) => !held.has(toTarget(row)) && row.group !== READINESS)
    .map(({ group, name }) => `${group}:${name}`);
}

/** What waits need not be stopped, but must not be started later. Returns the names that are left to be stopped. */
export async function dropWaiting(context: CtlContext, names: readonly string[]): Promise<readonly string[]> {
  const programs = heldPrograms(context);
  if (names.includes('all') || programs.length === 0 || context.run === null) return names;
  const all = v.parse(processesSchema, await context.client.ask('supervisor.getAllProcessInfo'));
  const reader = readOrder(context.run, all.map(toNotedRow));
  const waits = (row: Row | undefined) => row !== undefined && row.pid === 0 && reader?.noteOf(toNotedRow(row)) != null;
  const dropped = programs.filter(({ targets }) =>
    targets.every(
      ({ target }) => waits(all.find((row) => toTarget(row) === target)) && names.some((name) => isNamed(target, name)),
    ),
  );
  if (dropped.length === 0) return names;
  await tellReadiness(context, { act: 'drop', names: dropped.map(({ name }) => name) });
  const targets = dropped.flatMap((program) => program.targets.map(({ target }) => target));
  targets.forEach((target) => {
    const [group = '', name = ''] = target.split(':');
    context.line(`${toNamespec(group, name)}: no longer waits`);
  });
  return names.filter((name) => !targets.some((target) => isNamed(target, name)));
}

function heldPrograms({ run }: CtlContext): readonly OrderedProgram[] {
  return (run && readOrderPlan(run))?.programs.filter(({ held }) => held) ?? [];
}

function toTarget({ group, name }: Row): string {
  return `${group}:${name}`;
}

function isNamed(target: string, text: string): boolean {
  const { group, name } = splitNamespec(text);
  return name === null ? target.startsWith(`${group}:`) : target === `${group}:${name}`;
}

async function tellReadiness({ client }: CtlContext, request: OrderRequest): Promise<void> {
  if (request.names.length === 0) return;
  await client.ask('supervisor.sendProcessStdin', `${READINESS}:${READINESS}`, toOrderRequest(request));
}
