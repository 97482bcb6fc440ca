import type { Outcome } from '../ports.ts';
import type { Command } from '../ports.ts';
import { runTargets } from './process-action.ts';
import { runRoll } from './roll.ts';
import { runSupervisors } from './supervisor-action.ts';
import type { CommandWorld, CommandRunOptions } from './world.ts';

/** One outcome per target, in their order. Never rejects. */
export function runCommand(
  world: CommandWorld,
  command: Command,
  options: CommandRunOptions,
): Promise<readonly Outcome[]> {
  switch (command.action) {
    case 'reread':
    case 'update':
    case 'reload':
    case 'shutdown':
      return runSupervisors(world, command, options);
    case 'start':
    case 'stop':
    case 'restart':
    case 'signal':
    case 'clear':
      return command.roll
        ? runRoll(world, { ...command, roll: command.roll }, options)
        : runTargets(world, command, options);
  }
}
