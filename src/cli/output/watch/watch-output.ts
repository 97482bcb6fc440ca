import { escapeText } from '../../../core/view/escape.ts';
import type { Status } from '../../../core/view/published/status-schema.ts';
import { toStatusProcess, toStatusReason, toStatusSupervisor } from '../../../core/view/published/status.ts';
import { flappingText, formatReason, linkGlyph, staleText, stateGlyph } from '../../../core/view/text.ts';
import type { Io } from '../../io/io.ts';
import type { Told } from './watch-feed.ts';
import type { WatchLine } from './watch-schema.ts';
import { toJson } from '../json.ts';
import type { Paint } from '../paint.ts';

export type Teller = {
  snapshot(status: Status): void;
  tell(told: Told, now: number): void;
  heartbeat(now: number): void;
};

export function createJsonTeller(io: Io): Teller {
  let seq = 0;
  const line = (now: number, { type, ...fields }: WatchLine): void => {
    seq += 1;
    io.out(`${toJson({ type, seq, ts: new Date(now).toISOString(), ...fields })}\n`);
  };
  return {
    snapshot: (status) => line(Date.parse(status.generatedAt), { type: 'snapshot', source: null, snapshot: status }),
    heartbeat: (now) => line(now, { type: 'heartbeat', source: null }),
    tell: (told, now) => {
      switch (told.type) {
        case 'added':
        case 'removed': {
          const process = toStatusProcess(told.process, told.supervisor, now);
          return line(now, { type: told.type, uid: process.uid, source: told.supervisor.source, process });
        }
        case 'changed': {
          const { transition, supervisor } = told;
          const process = toStatusProcess(told.process, supervisor, now);
          const { at, from, to, by, source } = transition;
          const reason = transition.reason ? toStatusReason(transition.reason) : null;
          return line(at, { type: 'changed', uid: process.uid, from, to, reason, by, source, process });
        }
        case 'fields': {
          // Without `from` and `to`: whoever counts state changes must not count this one.
          const process = toStatusProcess(told.process, told.supervisor, now);
          return line(now, {
            type: 'changed',
            uid: process.uid,
            fields: told.fields,
            source: told.supervisor.source,
            process,
          });
        }
        case 'supervisor':
          return line(now, {
            type: 'supervisor',
            source: told.supervisor.source,
            supervisor: toStatusSupervisor(told.supervisor),
          });
        case 'supervisor-removed':
          return line(now, { type: 'removed', source: null, supervisor: { name: told.name } });
        case 'gap':
          return line(now, { type: 'gap', source: null, supervisor: told.supervisor, message: told.message });
      }
    },
  };
}

export function createTextTeller(io: Io, paint: Paint): Teller {
  const glyphs = paint.ascii ? 'ascii' : 'unicode';
  const arrow = paint.ascii ? '->' : '→';
  const line = (now: number, text: string) => io.out(`${paint.dim(clockTime(now))} ${text}\n`);
  return {
    // The table of `status` stands in its place, and a person needs no heartbeat.
    snapshot: () => {},
    heartbeat: () => {},
    tell: (told, now) => {
      switch (told.type) {
        case 'added':
        case 'removed': {
          const mark = told.type === 'added' ? '+' : '-';
          return line(now, `${mark} ${escapeText(told.process.uid)} ${told.type} (${told.process.state})`);
        }
        case 'changed': {
          const { process, transition } = told;
          const uid = escapeText(process.uid);
          const glyph = paint.state(process.state, stateGlyph(process.state, glyphs));
          const from = transition.from === null ? '' : `${transition.from} ${arrow} `;
          const details = [
            transition.reason ? formatReason(transition.reason) : '',
            transition.by === null ? '' : `by ${transition.by}`,
          ].filter((part) => part !== '');
          const why = details.length === 0 ? '' : ` (${escapeText(details.join(', '))})`;
          return line(transition.at, `${glyph} ${uid} ${from}${paint.state(process.state, process.state)}${why}`);
        }
        case 'fields': {
          const { uid, state, pid, flapping } = told.process;
          if (told.fields.includes('flapping')) {
            const text = flapping === null ? `${state}, flapping no more` : flappingText(told.process, flapping);
            return line(now, `${paint.state(state, stateGlyph(state, glyphs))} ${escapeText(uid)} ${escapeText(text)}`);
          }
          // What comes with a change of state is told with it; alone, only another child is worth a line.
          if (!told.fields.includes('pid') || pid === null) return;
          return line(now, `${paint.state(state, stateGlyph(state, glyphs))} ${escapeText(uid)} ${state} pid ${pid}`);
        }
        case 'supervisor': {
          const { supervisor, turned } = told;
          if (!turned) return;
          const text = staleText(supervisor, now) || `reached, ${supervisor.state ?? 'its state is not known yet'}`;
          return line(now, `${linkGlyph(supervisor.link, glyphs)} ${escapeText(supervisor.name)} ${escapeText(text)}`);
        }
        case 'supervisor-removed':
          return line(now, `- ${escapeText(told.name)} is not watched any more`);
        case 'gap':
          return line(
            now,
            `! ${escapeText(told.supervisor ?? '')} changes may be missing: ${escapeText(told.message)}`,
          );
      }
    },
  };
}

function clockTime(ms: number): string {
  const time = new Date(ms);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
