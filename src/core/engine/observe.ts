// What a link tells of its supervisor, into the turn.
import type { Supervisor, SupervisorInfo } from '../model.ts';
import type { Observation } from '../observation.ts';
import { settleClockOffset, settleError, settleLatency, settlePeriod } from '../supervisor-info.ts';
import { diffInfo, findGone } from './diff.ts';
import { forgetProcesses, readProcesses, report } from './record.ts';
import type { Turn } from './turn.ts';
import { change } from './turn.ts';

export function observe(turn: Turn, name: string, observation: Observation): void {
  const supervisor = turn.draft.get(name);
  if (!supervisor) return;
  switch (observation.type) {
    case 'connecting':
      // Each further attempt at a dead host is no news: it stays down, with its error, until it answers.
      break;
    case 'identity': {
      const { identification, version, apiVersion, pid, state } = observation.identity;
      turn.lastAnswer.set(name, turn.now);
      update(turn, name, { identification, version, apiVersion, pid, state });
      break;
    }
    case 'all':
      readAll(turn, supervisor, observation);
      break;
    case 'some': {
      turn.lastAnswer.set(name, turn.now);
      const gone = observation.gone.map((rpcName) => `${name}:${rpcName}`);
      forgetProcesses(
        turn,
        gone.filter((uid) => supervisor.processes.has(uid)),
      );
      const { readings, askedMsAgo = 0 } = observation;
      readProcesses(turn, { supervisor: name, readings, askedMsAgo });
      break;
    }
    case 'transitions':
      turn.lastAnswer.set(name, turn.now);
      for (const reported of observation.transitions) report(turn, name, reported);
      break;
    case 'source':
      update(turn, name, { source: observation.source, sourceNote: observation.note });
      break;
    case 'agent':
      update(turn, name, { agent: observation.process });
      break;
    case 'gap':
      turn.gaps.push({ type: 'gap', supervisor: name, message: observation.message });
      break;
    case 'down': {
      const staleSince = supervisor.staleSince ?? turn.lastAnswer.get(name) ?? null;
      update(turn, name, { link: 'down', error: settleError(supervisor.error, observation.error), staleSince });
      break;
    }
  }
}

function readAll(turn: Turn, supervisor: Supervisor, observation: Extract<Observation, { type: 'all' }>): void {
  const { name } = supervisor;
  turn.lastAnswer.set(name, turn.now);
  update(turn, name, {
    link: 'up',
    error: null,
    staleSince: null,
    pollMs: settlePeriod(supervisor.pollMs, observation.pollMs),
    latencyMs: settleLatency(supervisor.latencyMs, observation.latencyMs),
    clockOffsetMs: settleClockOffset(supervisor.clockOffsetMs, observation.hostNow, turn.now),
  });
  forgetProcesses(turn, findGone(supervisor, observation.readings));
  const { readings, askedMsAgo = 0 } = observation;
  readProcesses(turn, { supervisor: name, readings, askedMsAgo });
}

export function update(turn: Turn, name: string, fields: Partial<SupervisorInfo>): void {
  const supervisor = turn.draft.get(name);
  if (supervisor) change(turn, diffInfo(supervisor, fields));
}
