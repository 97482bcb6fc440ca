// The original multivisor's agents under a real supervisord of their own environment, in both of their forms.
import { multivisorRpcPaths } from '../../../scripts/peers/find-multivisor-rpc.ts';
import type { TcpAddress } from '../../../src/bridge/link/tcp-address.ts';
import type { SupervisorConfig } from '../../../src/core/config/types.ts';
import { freePort, portOpens } from '../free-port.ts';
import type { Supervisord } from '../supervisord/supervisord.ts';
import { startSupervisord } from '../supervisord/supervisord.ts';

export const RPC_VARIANTS = ['listener', 'inside'] as const;
/** A program beside supervisord, or an rpcinterface that supervisord loads. */
export type RpcVariant = (typeof RPC_VARIANTS)[number];

export type RpcHost = Supervisord & {
  readonly rpcAddress: TcpAddress;
  /** A configuration of ours that reaches the agent. */
  rpcConfig(): SupervisorConfig & { readonly address: TcpAddress };
  /** Resolves when the port of the agent is open: supervisord starts it, and nobody says when it is ready. */
  agentListens(): Promise<void>;
};

export const AGENT_PROGRAM = 'multivisor-rpc';

export type RpcHostOptions = {
  readonly programs: string;
  /** supervisord's own is 10. */
  readonly bufferSize?: number;
  /** Which events it gets; those that it needs when left out. */
  readonly events?: string;
};

const EVENTS = 'PROCESS_STATE,SUPERVISOR_STATE_CHANGE';

export async function startRpcHost(variant: RpcVariant, options: RpcHostOptions): Promise<RpcHost> {
  const { supervisord } = multivisorRpcPaths();
  const port = await freePort();
  const programs = `${agentSection(variant, { port, ...options })}\n${options.programs}`;
  const host = await startSupervisord({
    executable: supervisord,
    programs,
  });
  const rpcAddress: TcpAddress = { kind: 'tcp', protocol: 'detect', host: '127.0.0.1', port, path: '/RPC2' };
  return {
    ...host,
    rpcAddress,
    agentListens: () => portOpens(port),
    rpcConfig: () => ({ ...host.config(), url: `tcp://127.0.0.1:${port}`, address: rpcAddress, credentials: null }),
  };
}

/** What makes a supervisord run one. */
export function agentSection(
  variant: RpcVariant,
  { port, bufferSize, events = EVENTS }: { readonly port: number } & Omit<RpcHostOptions, 'programs'>,
): string {
  const bind = `tcp://127.0.0.1:${port}`;
  if (variant === 'inside') {
    return `[rpcinterface:multivisor]\nsupervisor.rpcinterface_factory = multivisor.rpc:make_rpc_interface\nbind=${bind}\n`;
  }
  const buffer = bufferSize === undefined ? '' : `buffer_size=${bufferSize}\n`;
  return (
    `[eventlistener:${AGENT_PROGRAM}]\ncommand=${multivisorRpcPaths().agent} --bind ${bind}\n` +
    `events=${events}\n${buffer}stopwaitsecs=2\n`
  );
}
