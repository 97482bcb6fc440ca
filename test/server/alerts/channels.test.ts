// Each way to tell somebody, with the real other side or one that speaks as it does.
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import * as v from 'valibot';
import { parseTarget } from '../../../src/core/alerts/target.ts';
import { parseTemplate } from '../../../src/core/alerts/template.ts';
import { toMessage } from '../../../src/core/alerts/message.ts';
import { createChannel } from '../../../src/server/alerts/channels/create-channel.ts';
import { makeFolder } from '../../cli/run-main.ts';
import { NOW, processOf, snapshotOf, supervisorOf } from '../../helpers/core/snapshot.ts';
import { eventually } from '../../helpers/deadline.ts';
import { readCertificate } from '../../helpers/server/certificate.ts';
import { openReceiver } from '../../helpers/server/receiver.ts';

const INCIDENT = {
  id: 'i1',
  alert: 'night',
  cause: 'fatal',
  supervisor: 'a',
  uid: 'a:web:web',
  since: NOW - 60_000,
  times: 3,
  why: 'exit 1: <no> "disk" & \u001b[31mred',
  end: null,
  lengthMs: null,
  told: 'i1',
} as const;

const MESSAGE = toMessage(
  { kind: 'opened', alert: 'night', id: 'i1', incidents: [INCIDENT] },
  {
    snapshot: snapshotOf([supervisorOf('a', [processOf('a:web:web', 'FATAL', { restarts: 2 })])]),
    now: NOW,
    pageUrl: 'https://mv.example.org',
    lastWords: () => ({ stream: 'stderr', lines: ['first', 'last'] }),
  },
);

const soon = () => ({ signal: AbortSignal.timeout(20_000) });

function channel(text: string, template: string | null = null) {
  const target = parseTarget(text);
  if (!target.ok) throw new Error(target.message);
  const parsed = template === null ? null : parseTemplate(template);
  if (parsed && !parsed.ok) throw new Error(parsed.message);
  return createChannel(target.target, { template: parsed?.template ?? null, smtp: null });
}

test('the message says what, where, since when, why, how often, and links to the page', (t) => {
  t.is(MESSAGE.title, '[lab] a:web:web fatal');
  t.deepEqual(MESSAGE.text.split('\n'), [
    'exit 1: <no> "disk" & \\x1b[31mred',
    'since 2023-11-14 22:12:20 UTC, now FATAL',
    'host a',
    '3 times, 2 restarts since we watch',
    'last words:',
    '  first',
    '  last',
    'https://mv.example.org/#filter=a%3Aweb%3Aweb',
  ]);
});

test('a webhook takes our JSON with its login, and a template in the place of it', async (t) => {
  const receiver = await openReceiver(t);
  const url = receiver.url.replace('//', '//ann:s3cret@');
  t.deepEqual(await channel(`${url}/hook?x=1`).send(MESSAGE, soon()), { ok: true, said: '200 OK: said 200' });
  t.like(receiver.got.items[0], { method: 'POST', path: '/hook?x=1' });
  t.is(receiver.got.items[0]?.headers['authorization'], `Basic ${btoa('ann:s3cret')}`);
  t.deepEqual(receiver.messages()[0], MESSAGE);
  const template = '{"msg": "{{title}}: {{why}}", "n": {{count}}, "p": "{{ process }}"}';
  t.true((await channel(receiver.url, template).send(MESSAGE, soon())).ok);
  t.deepEqual(JSON.parse(receiver.got.items[1]?.body ?? ''), {
    msg: `[lab] a:web:web fatal: ${INCIDENT.why}`,
    n: 1,
    p: 'a:web:web',
  });
  t.true((await channel(receiver.url, 'down: {{process}} ({{cause}})').send(MESSAGE, soon())).ok);
  t.is(receiver.got.items[2]?.body, 'down: a:web:web (fatal)');
  t.is(receiver.got.items[2]?.headers['content-type'], 'text/plain; charset=utf-8');
});

test('Slack and what is like it get one text, in which nothing of a log is markup', async (t) => {
  const receiver = await openReceiver(t);
  t.true((await channel(`slack+${receiver.url}/T0/B0`).send(MESSAGE, soon())).ok);
  const { text } = v.parse(v.object({ text: v.string() }), JSON.parse(receiver.got.items[0]?.body ?? ''));
  t.true(text.startsWith('*[lab] a:web:web fatal*\nexit 1: &lt;no&gt; "disk" &amp; '), text);
  t.is(receiver.got.items[0]?.path, '/T0/B0');
});

test('ntfy gets the topic, a title, and a link to click', async (t) => {
  const receiver = await openReceiver(t);
  const url = receiver.url.replace('http://', 'ntfy+http://:tk_1@');
  t.true((await channel(`${url}/ops`).send({ ...MESSAGE, text: 'ä'.repeat(5_000) }, soon())).ok);
  const [got] = receiver.got.items;
  t.is(got?.path, '/');
  t.is(got?.headers['authorization'], 'Bearer tk_1');
  const body = v.parse(v.looseObject({ message: v.string() }), JSON.parse(got?.body ?? ''));
  t.like(body, { topic: 'ops', title: MESSAGE.title, click: MESSAGE.link, priority: 4 });
  t.true(Buffer.byteLength(body.message) <= 3_500);
  t.regex(body.message, /^ä+$/);
});

test('a command gets the message on its stdin; it is ended with all that it started when it takes too long', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const script = async (name: string, text: string) => {
    const path = await folder.write(name, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const take = await script('take', `cat > "${folder.path}/got-$1"; echo taken`);
  t.deepEqual(await channel(`exec:${take} one two`).send(MESSAGE, soon()), { ok: true, said: 'exit 0: taken' });
  t.deepEqual(JSON.parse(await readFile(join(folder.path, 'got-one'), 'utf8')), JSON.parse(JSON.stringify(MESSAGE)));
  const fail = await script('fail', 'echo no pager >&2; exit 3');
  t.deepEqual(await channel(`exec:${fail}`).send(MESSAGE, soon()), {
    ok: false,
    refused: false,
    said: 'exit 3: no pager',
  });
  t.like(await channel('exec:/nonexistent/x').send(MESSAGE, soon()), { ok: false, refused: false });
  const hang = await script('hang', `sleep 1000 & echo $! > "${folder.path}/pid"; wait`);
  const over = new AbortController();
  const hanging = channel(`exec:${hang}`).send(MESSAGE, { signal: over.signal });
  const pid = await eventually(
    () => readFile(join(folder.path, 'pid'), 'utf8').catch(() => ''),
    (text) => text.endsWith('\n'),
    { what: 'it hangs' },
  );
  over.abort();
  t.deepEqual(await hanging, { ok: false, refused: false, said: 'it did not end in time' });
  await eventually(
    () => isAlive(Number(pid)),
    (alive) => !alive,
    { what: 'what it started is gone' },
  );
  // Bytes that nobody reads are no failure.
  const deaf = await script('deaf', 'exit 0');
  const long = { ...MESSAGE, text: 'x'.repeat(1_000_000) };
  t.like(await channel(`exec:${deaf}`).send(long, soon()), { ok: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('what the other side answers decides whether it is tried again', async (t) => {
  const receiver = await openReceiver(t);
  const send = async (status: number) => {
    receiver.answer(status);
    return channel(receiver.url).send(MESSAGE, soon());
  };
  for (const status of [400, 413, 422]) t.like(await send(status), { ok: false, refused: true }, String(status));
  for (const status of [301, 401, 403, 404, 429, 500, 503]) {
    t.like(await send(status), { ok: false, refused: false }, String(status));
  }
  receiver.answer('never');
  const late = await channel(receiver.url).send(MESSAGE, { signal: AbortSignal.timeout(200) });
  t.deepEqual(late, { ok: false, refused: false, said: 'no answer in time' });
});

test('a certificate that nobody vouches for is refused, whatever the environment says', async (t) => {
  const { cert, key } = await readCertificate();
  const receiver = await openReceiver(t, { cert, key });
  // Node warns of it, rightly; in the output of the tests it would be a warning that nobody can heed.
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.teardown(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.emitWarning = emitWarning;
  });
  const answer = await channel(receiver.url.replace('127.0.0.1', 'localhost')).send(MESSAGE, soon());
  t.like(answer, { ok: false, refused: false });
  t.regex(answer.said, /self.signed/);
  t.is(receiver.got.items.length, 0);
});

test('files that are no template, and fields that there are not', (t) => {
  t.deepEqual(parseTemplate('{{titel}}'), {
    ok: false,
    message: 'the template has no field "titel"; did you mean "title"?',
  });
  t.true(parseTemplate('{"a": {"b": {}}}').ok);
});
