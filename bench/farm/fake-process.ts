import { PROCESS_STATE_CODES, isAlive, type ProcessState } from '../../src/core/process-state.ts';
import type { Xml } from './xml-rpc.ts';

export type FakeProcess = {
  readonly group: string;
  readonly name: string;
  state(): ProcessState;
  /** False when it is alive already. */
  start(): boolean;
  /** False when it is not running. */
  stop(): boolean;
  /** Ends with status 1 and is started again, as with autorestart; false when it is not running. */
  crash(): boolean;
  /** As getProcessInfo tells it. */
  info(): Xml;
};

export type FakeProcessOptions = {
  readonly group: string;
  readonly name: string;
  readonly nextPid: () => number;
  /** A line of supervisord's log about it. */
  readonly log: (level: 'INFO' | 'WARN', message: string) => void;
};

const START_MS = 1_000;
const STOP_MS = 20;
const RESTART_MS = 100;

/** Takes the steps that a program with startsecs=1 takes under supervisord, and logs them in the same words. */
export function createFakeProcess(options: FakeProcessOptions): FakeProcess {
  const { group, name, nextPid, log } = options;
  let pid = nextPid();
  const fake = { state: 'RUNNING' as ProcessState, start: now(), stop: 0, exitStatus: 0 };
  let next: NodeJS.Timeout | undefined;

  const then = (ms: number, step: () => void): void => {
    clearTimeout(next);
    next = setTimeout(step, ms);
  };
  const spawn = (): void => {
    pid = nextPid();
    fake.state = 'STARTING';
    fake.start = now();
    log('INFO', `spawned: '${name}' with pid ${pid}`);
    then(START_MS, () => {
      fake.state = 'RUNNING';
      log('INFO', `success: ${name} entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)`);
    });
  };
  const end = (state: ProcessState, status: number): void => {
    pid = 0;
    fake.state = state;
    fake.stop = now();
    fake.exitStatus = status;
  };

  return {
    group,
    name,
    state: () => fake.state,
    start: () => {
      if (isAlive(fake.state)) return false;
      spawn();
      return true;
    },
    stop: () => {
      if (!isAlive(fake.state)) return false;
      fake.state = 'STOPPING';
      then(STOP_MS, () => {
        end('STOPPED', -1);
        log('WARN', `stopped: ${name} (terminated by SIGTERM)`);
      });
      return true;
    },
    crash: () => {
      if (fake.state !== 'RUNNING') return false;
      end('EXITED', 1);
      log('WARN', `exited: ${name} (exit status 1; not expected)`);
      then(RESTART_MS, spawn);
      return true;
    },
    info: () => {
      const log = `/var/log/supervisor/${name}-stdout---supervisor-x1y2z3.log`;
      return {
        name,
        group,
        start: fake.start,
        stop: fake.stop,
        now: now(),
        state: PROCESS_STATE_CODES[fake.state],
        statename: fake.state,
        spawnerr: '',
        exitstatus: fake.exitStatus,
        logfile: log,
        stdout_logfile: log,
        stderr_logfile: log.replace('stdout', 'stderr'),
        pid,
        description:
          pid > 0 ? `pid ${pid}, uptime 0:00:${String((now() - fake.start) % 60).padStart(2, '0')}` : 'Nov 21 07:28 AM',
      };
    },
  };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
