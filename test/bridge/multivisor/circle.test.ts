// A multivisor whose supervisor leads, through others or not, back to itself.
import test from 'ava';
import { createMultivisorLink } from '../../../src/bridge/multivisor/multivisor-link.ts';
import type { SupervisorLink } from '../../../src/core/ports.ts';
import { SessionError } from '../../../src/core/ports.ts';
import { eventually } from '../../helpers/deadline.ts';
import { freePort } from '../../helpers/free-port.ts';
import type { ServedSupervisor } from '../../helpers/server/serve-supervisor.ts';
import { linkConfig, serveLink } from '../../helpers/server/serve-supervisor.ts';

const never = new AbortController().signal;
const LEADS_BACK = /leads back to this multivisor/;

type Counted = { readonly link: SupervisorLink; observed(): number };

function counted(link: SupervisorLink): Counted {
  let count = 0;
  const run: SupervisorLink['run'] = (observe, options) =>
    link.run((observation) => {
      count += 1;
      observe(observation);
    }, options);
  return { link: { ...link, run }, observed: () => count };
}

function errorOf({ session }: ServedSupervisor): string {
  return session.snapshot().supervisors.get('x')?.error?.message ?? '';
}

for (const size of [1, 2, 3]) {
  test(`a circle of ${size} ends in words, and nothing goes round in it`, async (t) => {
    const ports = await Promise.all(Array.from({ length: size }, () => freePort()));
    const links = ports.map((_, index) =>
      counted(createMultivisorLink(linkConfig(ports[(index + 1) % size] ?? 0, 'x'))),
    );
    const servers = await Promise.all(
      links.map(({ link }, index) =>
        serveLink(t, { name: 'x', link }, { bind: { host: '127.0.0.1', port: ports[index] ?? 0 } }),
      ),
    );
    // Somebody looks at all of them: they try again as often as they ever do.
    const unsubscribe = servers.map(({ session }) => session.subscribe(() => {}));
    t.teardown(async () => unsubscribe.forEach((end) => end()));
    await eventually(
      () => servers.map(errorOf),
      (errors) => errors.every((error) => error !== '') && errors.some((error) => LEADS_BACK.test(error)),
      { what: 'all of them are down', ms: 60_000 },
    );
    const before = links.map(({ observed }) => observed());
    for (const { session } of servers) {
      const [outcome] = await session.send({ action: 'reread', targets: ['x'] }, { signal: never });
      t.is(outcome?.code, 'unreachable');
      const tail = session.tail({ uid: 'x:g:y', stream: 'stdout', backlogBytes: 9, follow: true }, { signal: never });
      const failure = await t.throwsAsync(async () => {
        for await (const chunk of tail) t.log(chunk);
      });
      t.true(failure instanceof SessionError && failure.code !== 'busy', String(failure));
    }
    // As many attempts as were asked for, each of which tells a few things; a circle that spins tells thousands.
    for (let i = 0; i < 10; i++) {
      const told = links.map(({ observed }) => observed());
      servers[0]?.session.reread([]);
      await eventually(
        () => links[0]?.observed() ?? 0,
        (now) => now > (told[0] ?? 0),
        { what: 'it is tried again' },
      );
    }
    const after = links.map(({ observed }, index) => observed() - (before[index] ?? 0));
    t.true(
      after.every((count) => count < 100),
      String(after),
    );
    await eventually(
      () => servers.map(errorOf),
      (errors) => errors.some((error) => LEADS_BACK.test(error)),
      { what: 'it is still told' },
    );
  });
}
