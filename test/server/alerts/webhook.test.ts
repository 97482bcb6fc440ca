import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { openAlerted } from '../../helpers/server/alerted.ts';
import { openReceiver } from '../../helpers/server/receiver.ts';

const LIMIT_MS = 120_000;

test('a crash is told with all that one asks first, and its end once; the next server repeats nothing', async (t) => {
  t.timeout(2 * LIMIT_MS);
  const receiver = await openReceiver(t);
  const { host, serve, stateDir } = await openAlerted(t, {
    sections: `[alert:night]\nwhen = fatal, unexpected-exit\nto = ${receiver.url}/hook\n`,
  });
  const { running, url } = await serve();
  await t.throwsAsync(host.rpc('supervisor.startProcess', 'fails'));
  await receiver.got.until(() => receiver.messages().length >= 1 || undefined, { what: 'it is told', ms: LIMIT_MS });
  const [told] = receiver.messages();
  const of = (name: string) => receiver.messages().filter((each) => each.incidents[0]?.process === name);
  t.like(told, { kind: 'opened', name: 'lab', alert: 'night', count: 1, schema: 'multivisor.alert/v1' });
  t.like(told?.incidents[0], { process: 'a:fails:fails', supervisor: 'a', end: null });
  t.true(told?.link.startsWith(`${url}/#filter=a`), told?.link);
  await receiver.got.until(() => of('a:fails:fails').some(({ text }) => text.includes('no disk left')) || undefined, {
    what: 'the last words are told',
    ms: LIMIT_MS,
  });
  t.is(receiver.got.items[0]?.headers['content-type'], 'application/json');

  await host.rpc('supervisor.signalProcess', 'crash', 'KILL');
  await receiver.got.until(() => of('a:crash:crash').length >= 1 || undefined, { what: 'the crash', ms: LIMIT_MS });
  t.regex(of('a:crash:crash')[0]?.text ?? '', /killed by SIGKILL/);
  t.is((await stat(stateDir)).mode & 0o777, 0o700);
  t.is((await stat(join(stateDir, 'alerts.sqlite'))).mode & 0o777, 0o600);

  // Not a word of a goodbye.
  running.child.kill('SIGKILL');
  await running.ended;
  const before = receiver.messages().length;
  await serve();
  await host.rpc('supervisor.startProcess', 'crash');
  await receiver.got.until(() => of('a:crash:crash').length >= 2 || undefined, { what: 'its end', ms: LIMIT_MS });
  t.is(receiver.messages().length, before + 1, JSON.stringify(receiver.messages().map(({ title }) => title)));
  t.like(receiver.messages().at(-1), { kind: 'closed', incidents: [{ process: 'a:crash:crash', end: 'recovered' }] });
});

test('a receiver that is away for a while misses nothing, and hears it in order', async (t) => {
  t.timeout(2 * LIMIT_MS);
  const receiver = await openReceiver(t);
  const { host, serve } = await openAlerted(t, {
    programs:
      '[program:p]\ncommand=sleep 1000\nprocess_name=p%(process_num)d\nnumprocs=4\nautorestart=false\nstartsecs=0\n',
    sections: `[alert:night]\nwhen = unexpected-exit\nto = ${receiver.url}/hook?key=s3cret\n`,
  });
  const first = await serve();
  await receiver.listen(false);
  for (const i of [0, 1]) await host.rpc('supervisor.signalProcess', `p:p${i}`, 'KILL');
  const trouble = /takes no alert/;
  await t.notThrowsAsync(
    receiver.got
      .until(() => undefined, { what: 'nothing comes', ms: 3_000 })
      .catch(() => t.regex(first.running.stderr(), trouble)),
  );
  // A server that is killed has kept what nobody took.
  first.running.child.kill('SIGKILL');
  await first.running.ended;
  const second = await serve();
  receiver.answer(503);
  await receiver.listen(true);
  await receiver.got.until((_, index) => index >= 1 || undefined, { what: 'it is tried again', ms: LIMIT_MS });
  await host.rpc('supervisor.signalProcess', 'p:p2', 'KILL');
  receiver.answer(200);
  await receiver.got.until(() => receiver.messages().length >= 3 || undefined, { what: 'all of them', ms: LIMIT_MS });
  const names = receiver.messages().map(({ incidents }) => incidents[0]?.process);
  t.deepEqual(new Set(names.slice(0, 2)), new Set(['a:p:p0', 'a:p:p1']));
  t.deepEqual(names.slice(2), ['a:p:p2']);
  for (const { running } of [first, second]) t.false(running.stderr().includes('s3cret'), running.stderr());
});

test('a receiver that never answers holds up neither the engine nor another receiver', async (t) => {
  t.timeout(2 * LIMIT_MS);
  const [slow, good] = [await openReceiver(t), await openReceiver(t)];
  slow.answer('never');
  const { host, serve } = await openAlerted(t, {
    sections: `[alert:night]\nwhen = fatal, unexpected-exit\nto = ${slow.url}\n  ${good.url}\n`,
  });
  const { url } = await serve();
  await host.rpc('supervisor.signalProcess', 'crash', 'KILL');
  await good.got.until(() => good.messages().length >= 1 || undefined, { what: 'the other is told', ms: LIMIT_MS });
  await slow.got.until((_, index) => index >= 0 || undefined, { what: 'the slow one is asked', ms: LIMIT_MS });
  const began = performance.now();
  await t.throwsAsync(host.rpc('supervisor.startProcess', 'fails'));
  await good.got.until(() => good.messages().length >= 2 || undefined, { what: 'and again', ms: LIMIT_MS });
  t.true(performance.now() - began < 9_000, 'the time that the slow one is given');
  t.is((await fetch(`${url}/api/v1/status`)).status, 200);
});

test('a storm of 200 is one message, and so is its end; a host that goes away with all of them is one as well', async (t) => {
  t.timeout(3 * LIMIT_MS);
  const receiver = await openReceiver(t);
  const { host, serve } = await openAlerted(t, {
    programs:
      '[program:p]\ncommand=sleep 1000\nprocess_name=p%(process_num)d\nnumprocs=200\nautostart=false\nautorestart=false\nstartsecs=0\n',
    sections: `[alert:night]\nwhen = unexpected-exit, fatal, unreachable, stopped-by-hand\nto = ${receiver.url}\n`,
  });
  await serve();
  const of = (kind: string) => receiver.messages().filter((each) => each.kind === kind);
  const sum = (kind: string) => of(kind).reduce((all, { count }) => all + count, 0);
  const startAll = async () => {
    await host.rpc('supervisor.startAllProcesses', false);
    await eventually(host.readAll, (all) => all.every(({ statename }) => statename === 'RUNNING'), {
      what: 'all of them run',
      ms: LIMIT_MS,
    });
  };
  await startAll();
  await host.rpc('supervisor.signalAllProcesses', 'KILL');
  await receiver.got.until(() => sum('opened') >= 200 || undefined, { what: 'the storm', ms: LIMIT_MS });
  // Some may have fallen before anybody could know that it is a storm.
  t.true(of('opened').length <= 6, String(of('opened').map(({ count }) => count)));
  t.is(of('opened').at(-1)?.incidents.length, 50);
  await startAll();
  await receiver.got.until(() => sum('closed') >= 200 || undefined, { what: 'its end', ms: LIMIT_MS });
  t.true(of('closed').length <= 6);
  const before = receiver.messages().length;
  // supervisord stops all of them, and goes.
  await host.halt();
  await receiver.got.until(() => receiver.messages().length > before || undefined, { what: 'the host', ms: LIMIT_MS });
  await host.start();
  await receiver.got.until(() => receiver.messages().length > before + 1 || undefined, {
    what: 'it is back',
    ms: LIMIT_MS,
  });
  t.deepEqual(
    receiver
      .messages()
      .slice(before)
      .map(({ kind, incidents }) => [kind, incidents[0]?.cause, incidents.length]),
    [
      ['opened', 'unreachable', 1],
      ['closed', 'unreachable', 1],
    ],
  );
});
