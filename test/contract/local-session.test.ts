import test from 'ava';
import { toOwner } from '../../src/core/access/actor.ts';
import { testSessionContract } from './session-contract.ts';

testSessionContract(test, {
  name: 'local',
  open: async ({ session }) => ({ session, close: async () => {} }),
});

testSessionContract(test, {
  name: 'as an actor',
  open: async ({ session }) => ({
    session: session.as({ ...toOwner('ann'), supervisors: ['a', 'b'] }),
    close: async () => {},
  }),
});
