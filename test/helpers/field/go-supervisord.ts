// A stand-in for the supervisord that is written in Go: its answers as it writes them, in front of a real supervisord,
// whose programs they are about. By its public source: each value a <param>, faults of one number, no system.* methods.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { decodeCall } from '../../../bench/farm/xml-rpc.ts';
import type { ProcessInfo, Supervisord } from '../supervisord/supervisord.ts';

export type GoSupervisord = { readonly port: number; readonly stop: () => Promise<void> };

/** The zero of its times, which it says of what never happened. */
const NEVER = -62_135_596_800;
const RUNNING = ['STARTING', 'RUNNING', 'STOPPING'];

class GoFault extends Error {
  constructor(words: string, number: number | null = null) {
    super(`Application Error: ${number === null ? '' : `${number}: `}${words}`);
  }
}

type Method = (...params: string[]) => Promise<readonly unknown[]>;

export async function startGoSupervisord(host: Supervisord): Promise<GoSupervisord> {
  const methods = createMethods(host);
  const server = createServer((request, response) => {
    answer(methods, request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    port: address.port,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(methods: ReadonlyMap<string, Method>, request: IncomingMessage, response: ServerResponse) {
  const body = await text(request);
  const end = (status: number, type: string, content: string) =>
    response.writeHead(status, { 'content-type': type }).end(content);
  // Its log streams have no beginning; this one has nothing else either.
  if (request.url?.startsWith('/logtail/')) return response.writeHead(200).flushHeaders();
  if (request.url !== '/RPC2') return end(404, 'text/plain', '404 page not found\n');
  const call = decodeCall(body);
  const method = methods.get(call.method);
  if (!method) return end(400, 'text/plain; charset=utf-8', `rpc: can't find method "${call.method}"`);
  try {
    const values = await method(...call.params.map(String));
    const inner = values.map((value) => `<param>${toXml(value)}</param>`).join('');
    end(200, 'text/xml; charset=utf-8', `<methodResponse><params>${inner}</params></methodResponse>`);
  } catch (error) {
    if (!(error instanceof GoFault)) throw error;
    const fault = toXml({ faultCode: -32_500, faultString: error.message });
    end(200, 'text/xml; charset=utf-8', `<methodResponse><fault>${fault}</fault></methodResponse>`);
  }
}

function createMethods(host: Supervisord): ReadonlyMap<string, Method> {
  const find = async (name: string, words = `no process named ${name}`, number: number | null = 10) => {
    const all = await host.readAll();
    const found = all.find((each) => name === each.name || name === `${each.group}:${each.name}`);
    if (!found) throw new GoFault(words, number);
    return found;
  };
  const logOf = async (name: string, stream: 'stdout' | 'stderr') => {
    const path = (await find(name, `no such process ${name}`, null))[`${stream}_logfile`];
    if (path === '') throw new GoFault('NO_FILE', 20);
    return readFile(path).catch(() => {
      throw new GoFault('FAILED', 30);
    });
  };
  const read = (stream: 'stdout' | 'stderr') => async (name: string, offset: string, length: string) => {
    const bytes = await logOf(name, stream);
    const from = Number(offset) < 0 ? Math.max(0, bytes.length + Number(offset)) : Number(offset);
    return [bytes.subarray(from, Number(length) === 0 ? undefined : from + Number(length)).toString('utf8')];
  };
  const tail = (stream: 'stdout' | 'stderr') => async (name: string, offset: string, length: string) => {
    const bytes = await logOf(name, stream);
    const from = Number(offset);
    if (from >= bytes.length) return ['', bytes.length, true];
    const part = bytes.subarray(from, from + Number(length));
    return [part.toString('utf8'), from + part.length, false];
  };
  const difference = async () => {
    const [parts] = v.parse(v.tuple([v.array(v.array(v.string()))]), await host.rpc('supervisor.reloadConfig'));
    return parts;
  };
  const members = async (group: string) => {
    const found = (await host.readAll()).filter((each) => each.group === group);
    if (found.length === 0) throw new GoFault(`no such group ${group}`);
    return found;
  };
  const methods: Readonly<Record<string, Method>> = {
    getVersion: async () => ['3.0'],
    getAPIVersion: async () => ['3.0'],
    getSupervisorVersion: async () => ['3.0'],
    getIdentification: async () => ['supervisor'],
    getPID: async () => [host.pid()],
    getState: async () => {
      await host.rpc('supervisor.getState');
      return [{ statecode: 1, statename: 'RUNNING' }];
    },
    readLog: async () => ['time="2026-01-31T12:00:00Z" level=info msg="success to start program" program=web\n'],
    getAllProcessInfo: async () => [(await host.readAll()).map(toInfo)],
    getProcessInfo: async (name) => [toInfo(await find(name))],
    startProcess: async (name) => {
      const found = await find(name);
      if (RUNNING.includes(found.statename)) throw new GoFault(`process ${name} is already running`, 60);
      await ignoringFaults(host.rpc('supervisor.startProcess', rpcName(found), false));
      throw new GoFault(`Fail to start process ${found.name}`, 30);
    },
    stopProcess: async (name) => {
      const found = await find(name);
      if (!RUNNING.includes(found.statename)) throw new GoFault(`Process ${name} is stopped already`, 70);
      await ignoringFaults(host.rpc('supervisor.stopProcess', rpcName(found), false));
      throw new GoFault(`Fail to stop process ${found.name}`, 30);
    },
    startProcessGroup: async (group) => {
      for (const each of await members(group))
        await ignoringFaults(host.rpc('supervisor.startProcess', rpcName(each), false));
      return [[]];
    },
    signalProcess: async (name, signal) => {
      const found = await find(name, `no process named ${name}`, null);
      await ignoringFaults(host.rpc('supervisor.signalProcess', rpcName(found), signal));
      return [true];
    },
    reloadConfig: difference,
    addProcessGroup: async (group) => {
      await host.rpc('supervisor.addProcessGroup', group).catch(() => {
        throw new GoFault(`no such group ${group}`);
      });
      return [true];
    },
    removeProcessGroup: async (group) => {
      for (const each of await members(group))
        await ignoringFaults(host.rpc('supervisor.stopProcess', rpcName(each), true));
      await host.rpc('supervisor.removeProcessGroup', group);
      return [true];
    },
    readProcessStdoutLog: read('stdout'),
    readProcessStderrLog: read('stderr'),
    tailProcessStdoutLog: tail('stdout'),
    tailProcessStderrLog: tail('stderr'),
    clearProcessLogs: async (name) => [await host.rpc('supervisor.clearProcessLogs', rpcName(await find(name)))],
    restart: async () => {
      await host.rpc('supervisor.restart');
      return [true];
    },
    shutdown: async () => {
      await host.rpc('supervisor.shutdown');
      return [true];
    },
  };
  return new Map(Object.entries(methods).map(([name, method]) => [`supervisor.${name}`, method]));
}

const rpcName = ({ group, name }: ProcessInfo): string => `${group}:${name}`;

/** It knows no reason of its own, and never says what could not be spawned. */
function toInfo(info: ProcessInfo) {
  const { start, stop, ...rest } = info;
  const times = { start: start || NEVER, stop: stop || NEVER };
  return { ...rest, ...times, spawnerr: '', logfile: info.stdout_logfile };
}

/** It tells of no failure of what it begins and does not wait for. */
async function ignoringFaults(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!(error instanceof Error && 'faultCode' in error)) throw error;
  });
}

function toXml(value: unknown): string {
  if (typeof value === 'number') return `<value><int>${value}</int></value>`;
  if (typeof value === 'boolean') return `<value><boolean>${value ? 1 : 0}</boolean></value>`;
  if (Array.isArray(value)) return `<value><array><data>${value.map(toXml).join('')}</data></array></value>`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, each]) => `<member><name>${name}</name>${toXml(each)}</member>`);
    return `<value><struct>${members.join('')}</struct></value>`;
  }
  const escaped = String(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<value><string>${escaped.replaceAll('>', '&gt;')}</string></value>`;
}
