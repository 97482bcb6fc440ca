// What the link of a project tells of its processes.
import test from 'ava';
import { agentRole } from '../../../src/core/agent.ts';
import { toObservations } from '../../../src/core/session/known-state.ts';
import { whyText } from '../../../src/core/view/text.ts';
import { openEngine } from '../../helpers/core/open-engine.ts';
import { reading } from '../../helpers/core/readings.ts';

test('a note stays over readings, is the WHY of its row, and goes with the next notes', (t) => {
  const { engine, all, observe } = openEngine();
  const tell = (notes: Readonly<Record<string, string>>) =>
    observe({ type: 'notes', notes, companions: ['readiness:readiness'] });
  const known = () => {
    const supervisor = engine.snapshot().supervisors.get('a');
    const process = supervisor?.processes.get('a:web:web');
    if (!supervisor || !process) throw new Error('it is there');
    return { supervisor, process };
  };
  const rows = [reading('web:web', 'STOPPED', { startedAt: null }), reading('readiness:readiness', 'RUNNING')];
  all(...rows);
  tell({ 'web:web': 'waiting for db', 'gone:gone': 'x' });
  all(...rows);
  const { supervisor, process } = known();
  t.is(whyText(process, supervisor, 0), 'waiting for db');
  t.is(agentRole(process, supervisor), null);
  const keeper = supervisor.processes.get('a:readiness:readiness');
  t.is(keeper && agentRole(keeper, supervisor), 'companion');
  t.deepEqual(toObservations(supervisor, 0).at(-1), {
    type: 'notes',
    notes: { 'web:web': 'waiting for db' },
    companions: ['readiness:readiness'],
  });
  tell({});
  t.is(whyText(known().process, known().supervisor, 0), 'never started');
  const before = engine.snapshot();
  tell({});
  t.is(engine.snapshot(), before, 'the same once more is no news');
});
