import { readProcesses } from '../src/bridge/supervisord-api/xml-rpc/read-processes.ts';
import { decodeAnswer } from '../src/bridge/supervisord-api/xml-rpc/rpc.ts';
import type { Bench } from './bench.ts';

const PROCESSES = 1_000;
const RUNS = 20;

/** What reading one answer costs us. */
export const reader: Bench = {
  name: 'reader',
  summary: `an answer of getAllProcessInfo with ${PROCESSES} processes, read, beside the xmlrpc package`,
  run: async () => {
    const xml = answerOf(PROCESSES);
    const samples: number[] = [];
    const general: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      samples.push(await time(() => readProcesses(xml, 'bench')));
      general.push(await time(() => decodeAnswer(xml, 'bench')));
    }
    const ratios = samples.map((sample, index) => sample / (general[index] ?? Number.NaN));
    return [
      { what: 'our reader, checked', unit: 'ms', samples, against: { what: 'xmlrpc', samples: general, ratios } },
    ];
  },
};

async function time(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** In supervisord's own layout. */
function answerOf(count: number): string {
  const structs = Array.from({ length: count }, (_, index) => {
    const log = `/var/log/app/worker_${index}-stdout---supervisor-abcdefgh.log`;
    const members = [
      ['name', 'string', `worker_${index}`],
      ['group', 'string', 'workers'],
      ['start', 'int', 1_795_245_896],
      ['stop', 'int', 0],
      ['now', 'int', 1_795_249_900],
      ['state', 'int', 20],
      ['statename', 'string', 'RUNNING'],
      ['spawnerr', 'string', ''],
      ['exitstatus', 'int', 0],
      ['logfile', 'string', log],
      ['stdout_logfile', 'string', log],
      ['stderr_logfile', 'string', log],
      ['pid', 'int', 10_000 + index],
      ['description', 'string', `pid ${10_000 + index}, uptime 1:06:44`],
    ].map(([name, type, value]) => {
      return `<member>\n<name>${name}</name>\n<value><${type}>${value}</${type}></value>\n</member>\n`;
    });
    return `<value><struct>\n${members.join('')}</struct></value>\n`;
  });
  const start = "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n";
  return `${start}${structs.join('')}</data></array></value>\n</param>\n</params>\n</methodResponse>\n`;
}
