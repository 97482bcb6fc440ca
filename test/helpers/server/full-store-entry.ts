// A store on a small disk that is filled and cleared again, in a namespace of its own: SQLite looks up where a path really
// leads, and finds no way through /proc. Prints what it told and kept.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toTestMessage } from '../../../src/core/alerts/message.ts';
import { openAlertStore } from '../../../src/server/alerts/store.ts';

const disk = process.argv[2] ?? '';
const dir = join(disk, 'state');
const ballast = join(disk, 'ballast');
const warnings: string[] = [];
const warn = (text: string) => void warnings.push(text);
const message = toTestMessage('night', {
  snapshot: { name: 'lab', epoch: '', revision: 0, supervisors: new Map() },
  now: 0,
  pageUrl: 'http://h',
});
const deliver = (id: string) => ({ id, channel: 'c', addedAt: 5, message });
const open = (id: string) => {
  const where = { alert: 'night', cause: 'fatal', supervisor: 'a', uid: 'a:web:web' };
  return { ...where, id, since: 1, times: 1, why: '', end: null, lengthMs: null, told: null };
};

const store = await openAlertStore(dir, warn);
store.save({ incidents: [open('before')], deliveries: [deliver('early')] });
try {
  writeFileSync(ballast, Buffer.alloc(8 * 1024 * 1024));
  warn('the disk is not full');
} catch {
  // As it should be: to the last block.
}
// Its own files may have room for some.
for (let i = 0; i < 2_000 && warnings.length === 0; i++) {
  store.save({ incidents: [open(`i${i}`)], deliveries: [deliver(`d${i}`)] });
}
store.save({ incidents: [open('late')], deliveries: [deliver('late'), deliver('gone')] });
store.done('early');
store.done('gone');
const whileFull = warnings.length;
rmSync(ballast);
store.setMutes([]);
store.close();
const { kept, close } = await openAlertStore(dir, warn);
close();
const [incidents, deliveries] = [kept.open.map(({ id }) => id), kept.deliveries.map(({ id }) => id)];
process.stdout.write(JSON.stringify({ warnings, whileFull, incidents, deliveries }));
