// Processes that exist so that multivisor (ours, or the original) can see a supervisor: they are shown folded away, and
// whoever stops one cuts off what watches through it.
import type { Process, ProcessAction, Supervisor } from './model.ts';
import { toRpcName } from './ids.ts';

/** `in-use`: we ourselves hear of this supervisor through it. `agent`: by its name it is one, though not ours. */
export type AgentRole = 'in-use' | 'agent';

/** What our documentation and the original's call their programs. `multivisor` alone may as well be the server. */
const AGENT_NAME = /^multivisor[-_](?:rpc|listener|agent)$/iu;

/** Null: an ordinary process. */
export function agentRole(process: Process, supervisor: Supervisor): AgentRole | null {
  if (supervisor.agent !== null && supervisor.agent === toRpcName(process.uid)) return 'in-use';
  return AGENT_NAME.test(process.name) || AGENT_NAME.test(process.group) ? 'agent' : null;
}

/** What to say before an act on an agent; null: nothing special. */
export function agentConsequence(process: Process, supervisor: Supervisor, action: ProcessAction): string | null {
  const role = agentRole(process, supervisor);
  if (role === null || action === 'start' || action === 'clear') return null;
  const whole = `${process.group}:${process.name}`;
  if (role === 'agent') {
    return `${whole} is an agent: a multivisor that watches ${supervisor.name} through it goes blind while it is not running`;
  }
  if (action === 'stop') {
    return `${whole} is how we see ${supervisor.name}: once it is stopped, nothing of it can be seen or steered from here; only on its host can it be started again (supervisorctl start ${whole})`;
  }
  return `${whole} is how we see ${supervisor.name}: it is out of sight until the agent is back`;
}
