// The supervisord that is written in Go (ochinchina/supervisord) has the methods of this one, and says some things
// otherwise: each value of an answer is a <param> of its own, a fault of its own has one number for all, a start and a stop
// that nobody waits for are told as failed, and it tells no changes and has no system.* methods.
import type { ProcessReading } from '../../../core/model.ts';
import { FAULT } from './faults.ts';

/** Who answers; known from the first contact on. */
export type Dialect = { isGo: boolean };

/** It calls itself and its API by the number of a supervisor of 2013, which had other numbers for the two. */
export const GO_VERSION = '3.0';
export const GO_LABEL = `${GO_VERSION} (Go)`;

const GO_FAULT = -32_500;
const BETWEEN_PARAMS = /<\/param>\s*<param>/gu;

/** Several values of an answer as the list that supervisord sends. */
export function joinParams(xml: string): string {
  if (xml.search(BETWEEN_PARAMS) < 0) return xml;
  return xml
    .replaceAll(BETWEEN_PARAMS, '')
    .replace(/<params>\s*<param>/u, '<params><param><value><array><data>')
    .replace(/<\/param>\s*<\/params>/u, '</data></array></value></param></params>');
}

export type OwnFault = { readonly code: number; readonly text: string };

/** supervisord's number of such a fault, which stands in its text, if anywhere. */
export function toOwnFault(code: number, text: string): OwnFault {
  if (code !== GO_FAULT) return { code, text };
  const [, number, words = text] = /^Application Error: (?:(\d{1,3}): )?([^]*)$/u.exec(text) ?? [];
  if (number !== undefined) return { code: Number(number), text: words };
  return { code: /^(?:no such|no process|fail to find)/iu.test(words) ? FAULT.BAD_NAME : FAULT.FAILED, text: words };
}

/** It looks at the process before its start or stop has had a moment, and says that it failed. What came of it is read. */
export function isHaste({ code, text }: OwnFault): boolean {
  return code === FAULT.FAILED && /^fail to (?:start|stop) process /iu.test(text);
}

/** It has no words for an exit that was not expected; supervisord's own are these. */
export function withExitWords(reading: ProcessReading): ProcessReading {
  const { state, exitStatus, spawnError } = reading;
  if (state !== 'EXITED' || exitStatus === null || exitStatus === 0 || spawnError !== '') return reading;
  return { ...reading, spawnError: `Bad exit code ${exitStatus}` };
}
