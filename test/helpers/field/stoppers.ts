// Programs that are slow to end, as those that drain a queue are, and what a test sees of them.
import type { ProcessInfo, Supervisord } from '../supervisord/supervisord.ts';
import { eventually } from '../deadline.ts';

/** Takes so many seconds over its end. */
export const slow = (name: string, seconds: number, more = ''): string =>
  program(name, `trap "sleep ${seconds}; exit 0" TERM; while :; do sleep 0.1; done`, more);

/** Never ends by itself. */
export const deaf = (name: string, more: string): string =>
  program(name, 'trap "" TERM; while :; do sleep 0.1; done', more);

function program(name: string, script: string, more: string): string {
  return `[program:${name}]\ncommand=sh -c '${script}'\nstartsecs=0\n${more}\n`;
}

export async function untilStopping(host: Supervisord, name: string): Promise<ProcessInfo> {
  return eventually(
    () => host.info(name),
    ({ statename }) => statename === 'STOPPING',
    { what: `${name} is being stopped`, ms: 60_000 },
  );
}

/** Until it runs as another process than the one of before; it may be gone for a moment, as in an update. */
export async function untilUpAgain(host: Supervisord, name: string, before: number): Promise<void> {
  await eventually(
    async () => (await host.readAll()).find((process) => process.name === name),
    (process) => process?.statename === 'RUNNING' && process.pid !== before,
    { what: `${name} is up again`, ms: 60_000 },
  );
}
