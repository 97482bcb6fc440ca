import type { SupervisordAddress } from '../../core/config/types.ts';

/** A host and a port that one connects to. */
export type TcpAddress = Extract<SupervisordAddress, { kind: 'tcp' }>;
