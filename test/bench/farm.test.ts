import { request } from 'node:http';
import test from 'ava';
import { startFarm } from '../../bench/farm/start-farm.ts';
import { collect, deadline } from '../helpers/deadline.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const PROGRAMS = ['[program:a]\ncommand=sleep 1000\n', '[program:b]\ncommand=sh -c "sleep 1.3; exit 1"\n'].join('\n');

type Reply = { readonly status: number; readonly type: string; readonly text: string };

/** One call over a unix socket; the answer as it came. */
function post(socketPath: string, method: string, ...params: readonly string[]): Promise<Reply> {
  const values = params.map((param) => `<param><value><string>${param}</string></value></param>`).join('');
  const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`;
  return new Promise((settle, reject) => {
    const call = request(
      { socketPath, path: '/RPC2', method: 'POST', headers: { 'content-type': 'text/xml' } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () =>
          settle({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text }),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** The answer without its values, one process for many: what is left is the form. */
function formOf({ status, type, text }: Reply): string {
  const bare = text.replaceAll(/<(string|int|boolean)>[^<]*<\/\1>/g, '<$1/>');
  const [first = ''] = /<value><struct>[\s\S]*?<\/struct><\/value>\n/.exec(bare) ?? [];
  return `${status} ${type}\n${bare.replaceAll(first, '*').replaceAll(/\*+/g, '*')}${first}`;
}

const CALLS: readonly (readonly [string, ...string[]])[] = [
  ['supervisor.getAPIVersion'],
  ['supervisor.getSupervisorVersion'],
  ['supervisor.getIdentification'],
  ['supervisor.getPID'],
  ['supervisor.getState'],
  ['supervisor.getAllProcessInfo'],
  ['supervisor.getProcessInfo', 'NAME'],
  ['supervisor.getProcessInfo', 'nobody'],
  ['supervisor.startProcess', 'NAME'],
  ['supervisor.startProcess', 'nobody'],
  ['supervisor.stopProcess', 'NAME'],
  ['supervisor.unheardOf'],
];

test('the farm answers in the form in which a real supervisord answers', async (t) => {
  const real = await startSupervisord({ programs: PROGRAMS });
  t.teardown(real.stop);
  const farm = await startFarm({ supervisors: 1, processes: 2 });
  t.teardown(farm.stop);
  for (const [method, ...params] of CALLS) {
    const named = (name: string): string[] => params.map((param) => (param === 'NAME' ? name : param));
    const theirs = await post(real.socketPath ?? '', method, ...named('a'));
    const ours = await post(farm.socketPaths[0] ?? '', method, ...named('PLC:server_0000'));
    t.is(formOf(ours), formOf(theirs), `${method} ${params.join(' ')}`);
  }
});

/** The first line of its main log about each event, without what differs from one run to the next. */
async function linesOf(socketPath: string, events: readonly string[]): Promise<readonly string[]> {
  const lines = collect<string>();
  const stream = request({ socketPath, path: '/mainlogtail' }, (answer) => {
    let rest = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      parts.forEach(lines.push);
    });
    answer.on('error', () => 'it is ended below');
  });
  stream.on('error', () => 'it is ended below');
  stream.end();
  const find = (event: string): Promise<string> =>
    lines.until((line) => (line.includes(` ${event}: `) ? line : undefined), { what: event, ms: 15_000 });
  const found = await deadline(Promise.all(events.map(find)), 16_000, 'all events');
  stream.destroy();
  return found.map((line) => line.replace(/\b(a|b|server_\d+)\b/, 'NAME').replaceAll(/\d+/g, '#'));
}

test('the farm logs a crash in the words of a real supervisord', async (t) => {
  const real = await startSupervisord({ programs: PROGRAMS });
  t.teardown(real.stop);
  const farm = await startFarm({ supervisors: 1, processes: 1 });
  t.teardown(farm.stop);
  farm.churn(30);
  const events = ['exited', 'spawned', 'success'];
  const [theirs, ours] = await Promise.all([
    linesOf(real.socketPath ?? '', events),
    linesOf(farm.socketPaths[0] ?? '', events),
  ]);
  t.is(ours.length, 3);
  t.deepEqual(ours, theirs);
});

test('the farm makes as many transitions as it is told to', async (t) => {
  const farm = await startFarm({ supervisors: 4, processes: 50 });
  t.teardown(farm.stop);
  farm.churn(60);
  const began = performance.now();
  const counted = await Promise.all(
    farm.socketPaths.map(
      (socketPath) =>
        new Promise<number>((settle, reject) => {
          let text = '';
          const stream = request({ socketPath, path: '/mainlogtail', timeout: 4_000 }, (answer) => {
            answer.setEncoding('utf8').on('data', (chunk: string) => {
              text += chunk;
              if (performance.now() - began < 3_000) return;
              answer.destroy();
              settle(text.match(/ (exited|spawned|success): /g)?.length ?? 0);
            });
          });
          stream.on('error', reject);
          stream.end();
        }),
    ),
  );
  const perSecond = counted.reduce((sum, count) => sum + count, 0) / 3;
  t.true(perSecond > 30 && perSecond < 90, `${perSecond} transitions a second`);
});
