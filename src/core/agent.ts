// Processes that exist so that multivisor (ours, or the original) can see a supervisor or be seen: they are shown folded
// away, and whoever stops one cuts off what looks through it.
import type { Process, ProcessAction, Supervisor } from './model.ts';
import { toRpcName } from './ids.ts';

/**
 * `in-use`: we ourselves hear of this supervisor through it. `agent`: by its name it is one, though not ours. `server`:
 * by its name it serves multivisor to others. `companion`: of a project, it serves the others there.
 */
export type AgentRole = 'in-use' | 'agent' | 'server' | 'companion';

/** What our documentation and the original's call their programs. `multivisor` alone may as well be the server. */
const AGENT_NAME = /^multivisor[-_](?:rpc|listener|agent)$/iu;
const SERVER_NAME = /^multivisor[-_](?:serve|server|web)$/iu;

/** Null: an ordinary process. */
export function agentRole(process: Process, supervisor: Supervisor): AgentRole | null {
  if (supervisor.agent !== null && supervisor.agent === toRpcName(process.uid)) return 'in-use';
  if (supervisor.companions?.includes(toRpcName(process.uid)) === true) return 'companion';
  const isNamed = (pattern: RegExp) => pattern.test(process.name) || pattern.test(process.group);
  if (isNamed(AGENT_NAME)) return 'agent';
  return isNamed(SERVER_NAME) ? 'server' : null;
}

/** What to say before an act on an agent; null: nothing special. */
export function agentConsequence(process: Process, supervisor: Supervisor, action: ProcessAction): string | null {
  const role = agentRole(process, supervisor);
  if (role === null || action === 'start' || action === 'clear') return null;
  const whole = `${process.group}:${process.name}`;
  if (role === 'companion') {
    return `${whole} serves the other programs of this project: while it is not running, nothing restarts or starts them for it`;
  }
  if (role === 'server') {
    return `${whole} serves multivisor to others: whoever looks through it sees nothing while it is not running`;
  }
  if (role === 'agent') {
    return `${whole} is an agent: a multivisor that watches ${supervisor.name} through it goes blind while it is not running`;
  }
  if (action === 'stop') {
    return `${whole} is how we see ${supervisor.name}: once it is stopped, nothing of it can be seen or steered from here; only on its host can it be started again (supervisorctl start ${whole})`;
  }
  return `${whole} is how we see ${supervisor.name}: it is out of sight until the agent is back`;
}
