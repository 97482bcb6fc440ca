import test from 'ava';
import { agentConsequence, agentRole } from '../../src/core/agent.ts';
import type { Process, ProcessAction } from '../../src/core/model.ts';
import { toUnseen } from '../../src/core/engine/supervisor-info.ts';
import { reading, spec } from '../helpers/core/readings.ts';

function processOf(rpcName: string): Process {
  const base = { supervisor: 's', pending: null, restarts: 0, fall: null, flapping: null } as const;
  return { ...reading(rpcName, 'RUNNING'), ...base, uid: `s:${rpcName}` };
}

test('the process that its events name is the agent in use; others are known by their names', (t) => {
  const rows = [
    ['ours:ours', 'ours:ours', 'in-use'],
    ['ours:ours', 'ours:other', null],
    [null, 'multivisor-rpc:multivisor-rpc', 'agent'],
    [null, 'multivisor_listener:0', 'agent'],
    [null, 'multivisor-serve:multivisor-serve', 'server'],
    ['x:x', 'multivisor-rpc:multivisor-rpc', 'agent'],
    // May be the server: nobody else is cut off by stopping that.
    [null, 'multivisor:multivisor', null],
    [null, 'web:web', null],
    [null, 'my-multivisor-rpc-tests:a', null],
  ] as const;
  for (const [agent, name, role] of rows) {
    const supervisor = { ...toUnseen(spec('s')), agent };
    t.is(agentRole(processOf(name), supervisor), role, `${agent ?? '-'} ${name}`);
  }
});

test('stopping an agent has a consequence that is said before; starting and clearing have none', (t) => {
  const supervisor = { ...toUnseen(spec('s')), agent: 'a:a' };
  const rows: readonly (readonly [string, ProcessAction, RegExp | null])[] = [
    ['a:a', 'stop', /nothing of it can be seen.*supervisorctl start a:a/u],
    ['a:a', 'restart', /out of sight until/u],
    ['a:a', 'signal', /out of sight until/u],
    ['a:a', 'start', null],
    ['a:a', 'clear', null],
    ['multivisor-rpc:multivisor-rpc', 'stop', /goes blind/u],
    ['multivisor-serve:multivisor-serve', 'restart', /serves multivisor to others/u],
    ['web:web', 'stop', null],
  ];
  for (const [name, action, expected] of rows) {
    const said = agentConsequence(processOf(name), supervisor, action);
    if (expected === null) t.is(said, null);
    else t.regex(said ?? '', expected, `${name} ${action}`);
  }
});
