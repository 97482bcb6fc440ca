import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { jsonSchemas } from '../../../scripts/documents/json-schemas.ts';

const FOLDER = new URL('../../../schema/', import.meta.url);
const contentOf = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');

test('the published schemas are those of the code: npm run documents', async (t) => {
  const written = await jsonSchemas();
  t.deepEqual(
    [...written.keys()].toSorted((a, b) => a.localeCompare(b)),
    readdirSync(FOLDER).toSorted((a, b) => a.localeCompare(b)),
  );
  for (const [name, text] of written) t.is(contentOf(name), text, name);
});

const SUPERVISOR = {
  name: 'a',
  url: 'http://a:9001',
  reachable: true,
  stale: false,
  state: 'RUNNING',
  identification: 'supervisor',
  version: '4.3.0',
  apiVersion: '3.0',
  pid: 7,
  latencyMs: 0.5,
  source: 'log',
  error: null,
  tags: [],
  readOnly: false,
  protected: false,
};
const line = (more: object) => ({ seq: 1, ts: '2026-01-01T00:00:00.000Z', source: null, ...more });
const report = (...results: readonly object[]) => ({
  schema: 'multivisor.outcomes/v1',
  action: 'stop',
  dryRun: false,
  results,
  summary: { total: 1, ok: 1, failed: 0 },
});

test('a schema refuses what no command prints: an error of what is reached, a line of no kind, a result of nobody', (t) => {
  const ajv = new Ajv2020({ allowUnionTypes: true, formats: { 'date-time': /^\d{4}-/u }, strictTypes: false });
  ajv.addSchema(Object(JSON.parse(contentOf('status.v1.json'))));
  const supervisor = ajv.compile({ $ref: 'status.v1.json#/$defs/supervisor' });
  const error = { code: 'refused', message: 'nobody listens' };
  t.true(supervisor(SUPERVISOR));
  t.true(supervisor({ ...SUPERVISOR, reachable: false, error }));
  t.false(supervisor({ ...SUPERVISOR, error }));
  t.false(supervisor({ ...SUPERVISOR, reachable: false }));
  const watch = ajv.compile(Object(JSON.parse(contentOf('watch.v1.json'))));
  t.true(watch(line({ type: 'supervisor', supervisor: SUPERVISOR })));
  t.true(watch(line({ type: 'removed', supervisor: { name: 'a' } })));
  t.false(watch(line({ type: 'added', supervisor: { name: 'a' } })));
  t.false(watch(line({ type: 'told' })));
  const outcomes = ajv.compile(Object(JSON.parse(contentOf('outcomes.v1.json'))));
  const result = { from: null, to: null, ok: true, code: 'ok', message: '' };
  t.true(outcomes(report({ uid: 'a:g:x', ...result }, { supervisor: 'a', ...result })));
  t.false(outcomes(report(result)));
  t.false(outcomes(report({ uid: 'a:g:x', supervisor: 'a', ...result })));
});
