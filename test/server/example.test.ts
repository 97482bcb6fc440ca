import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parseConfig } from '../../src/core/config/parse-config.ts';
import type { ConfigResult } from '../../src/core/config/types.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { basic } from '../helpers/server/server.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../../examples/serve/${name}`, import.meta.url));

function load(name: string): ConfigResult {
  const file = pathOf(name);
  return parseConfig(
    { file, text: readFileSync(file, 'utf8') },
    {
      env: {},
      resolve: (path, from) => resolve(dirname(from), path),
      read: (path) => ({ ok: true, text: readFileSync(path, 'utf8') }),
      list: () => [],
    },
  );
}

test('the example is a configuration without a mistake, and its accounts open what it says', async (t) => {
  const { config, diagnostics } = load('multivisor.conf');
  t.deepEqual(diagnostics, []);
  if (!config) return t.fail();
  const { server } = await openServed(t, { accounts: config.accounts });
  t.deepEqual(server.warnings, [], 'no password in it is stored badly');
  const token = { authorization: 'Bearer mv1_example-token-for-the-documentation' };
  const rows = [
    [basic('operator', 'operator'), '/api/data', 200],
    [basic('viewer', 'viewer'), '/api/data', 200],
    [basic('viewer', 'operator'), '/api/data', 401],
    [token, '/metrics', 200],
    [token, '/api/config/file', 403],
    [basic('operator', 'operator'), '/api/config/file', 403],
  ] as const;
  for (const [headers, path, status] of rows) t.is((await server.fetch(path, { headers })).status, status, path);
  const list = await server.fetch('/api/process/list', { headers: basic('viewer', 'viewer') });
  t.deepEqual(await list.json(), [], 'a and b are not in the scope of the viewer');
});

test('what is had through that server it serves, with a login of its own', (t) => {
  const served = load('multivisor.conf').config;
  const { config, diagnostics } = load('through.conf');
  t.deepEqual(diagnostics, []);
  for (const { address, credentials } of config?.supervisors ?? []) {
    const names = served?.supervisors.map(({ name }) => name);
    t.true(address.kind === 'multivisor' && names?.includes(address.supervisor));
    t.true(served?.accounts.users.some(({ name }) => name === credentials?.username));
  }
});
