// What an action works with.
import type { Control } from '../control/control.ts';
import type { LogTails } from '../control/log-tails.ts';
import type { OrderDesk } from './order-desk.ts';

export type Handlers = { readonly control: Control; readonly desk: OrderDesk; readonly tails: LogTails };
