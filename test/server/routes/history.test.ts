import test from 'ava';
import * as v from 'valibot';
import { createLink } from '../../../src/bridge/create-link.ts';
import { availabilityReport } from '../../../src/core/view/published/report-schema.ts';
import { pastEvents } from '../../../src/server/routes/api-v1-schema.ts';
import { eventually } from '../../helpers/deadline.ts';
import { serveLink } from '../../helpers/server/serve-supervisor.ts';
import { accounts, user } from '../../helpers/server/server.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';

const LOOP = '[program:loop]\ncommand=sh -c "sleep 0.1; exit 3"\nstartsecs=0\nautorestart=true\n';

test('a server tells over REST what happened before it was there, to whom may see it', async (t) => {
  const host = await startSupervisord({ programs: LOOP });
  t.teardown(host.stop);
  await eventually(
    () => host.readLog(),
    (text) => text.split('exited: loop').length > 3,
    { what: 'it crashed a few times' },
  );
  const people = accounts([user('ann'), user('bob', { supervisors: ['other'] })]);
  const link = createLink(host.config({ name: 'a' }));
  const { server } = await serveLink(t, { name: 'a', link }, { accounts: people });
  const ask = (path: string, name = 'ann') => {
    const login = Buffer.from(`${name}:${name}-password`).toString('base64');
    return server.fetch(path, { headers: { authorization: `Basic ${login}` } });
  };

  const events = v.parse(pastEvents, await (await ask('/api/v1/events?since=1h')).json());
  t.like(events.extents[0], { supervisor: 'a', complete: false, note: 'its main log begins there' });
  const crashes = events.events.filter((event) => event.type === 'transition' && event.to === 'EXITED');
  t.true(crashes.length >= 3);
  t.like(crashes[0], { uid: 'a:loop:loop', reason: { kind: 'exit', status: 3 } });

  const told = v.parse(availabilityReport, await (await ask('/api/v1/report?since=1h&select=loop')).json());
  t.like(told.processes[0], { uid: 'a:loop:loop' });
  t.true((told.processes[0]?.crashes ?? 0) >= 3);

  const hidden = v.parse(pastEvents, await (await ask('/api/v1/events', 'bob')).json());
  t.deepEqual(hidden, { events: [], extents: [] });
  t.deepEqual(v.parse(availabilityReport, await (await ask('/api/v1/report', 'bob')).json()).processes, []);

  for (const path of ['/api/v1/events?since=soon', '/api/v1/report?since=1h&until=2h', '/api/v1/events?select=x%3Dy']) {
    t.is((await ask(path)).status, 400, path);
  }
  // Of what the server itself saw, which is from its first reading on.
  const metrics = await eventually(
    async () => (await ask('/metrics')).text(),
    (text) => /^multivisor_process_last_crash_timestamp_seconds\{.*\} \d+/m.test(text),
    { what: 'it crashed once more', ms: 20_000 },
  );
  t.regex(metrics, /_last_crash_timestamp_seconds\{.*name="loop"/m);
});
