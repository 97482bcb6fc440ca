// The farm's own process: N fake supervisords on unix sockets in one directory. Started by start-farm.ts.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import * as v from 'valibot';
import { createFakeSupervisord } from './fake-supervisord.ts';
import { farmRequest, type FarmRequest } from './farm-messages.ts';

const CHURN_STEP_MS = 50;
/** One crash is three transitions: EXITED, STARTING, RUNNING. */
const TRANSITIONS_PER_CRASH = 3;

/** supervisord closes nothing that stands still: a wake-up is a request that takes its time. */
const PATIENT = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, connectionsCheckingInterval: 60_000 };

const [dir = '', supervisors = '', processes = ''] = process.argv.slice(2);
const farm = Array.from({ length: Number(supervisors) }, (_, index) => createFakeSupervisord(1000 + index, programs()));
const servers = farm.map((fake) => createServer(PATIENT, fake.handle));
await Promise.all(
  servers.map(async (server, index) => {
    server.listen(join(dir, `${index}.sock`));
    await once(server, 'listening');
  }),
);

let churn: NodeJS.Timeout | undefined;
let next = 0;
process.on('message', (message) => obey(v.parse(farmRequest, message)));
// The parent is gone, however it ended.
process.on('disconnect', () => process.exit());
process.send?.('ready');

function programs(): { group: string; name: string }[] {
  const groups = ['PLC', 'Vacuum', 'Motion', 'CCD'];
  return Array.from({ length: Number(processes) }, (_, index) => ({
    group: groups[index % groups.length] ?? '',
    name: `server_${String(index).padStart(4, '0')}`,
  }));
}

function obey(request: FarmRequest): void {
  if (request.type === 'crash') {
    farm[request.supervisor]?.processes[0]?.crash();
    return;
  }
  clearInterval(churn);
  if (request.transitionsPerSecond === 0) return;
  const crashesPerMs = request.transitionsPerSecond / TRANSITIONS_PER_CRASH / 1000;
  const began = performance.now();
  let done = 0;
  churn = setInterval(() => {
    for (const due = (performance.now() - began) * crashesPerMs; done < due; done += 1) crashOne();
  }, CHURN_STEP_MS);
}

/** Each supervisord in turn, and in each its processes in turn. */
function crashOne(): void {
  const fake = farm[next % farm.length];
  fake?.processes[Math.floor(next / farm.length) % fake.processes.length]?.crash();
  next += 1;
}
