// What stands in a merged configuration and will not do what its author means.
import { didYouMean } from '../../../core/config/nearest.ts';
import type { Merged } from './layers.ts';
import { originText } from './layers.ts';
import { parseBoolean } from './parse-boolean.ts';
import { toSignal } from '../run-directory/watch-plan.ts';

/** supervisord's, then ours. */
const OPTIONS: readonly string[] = `
  command process_name numprocs numprocs_start priority autostart startsecs startretries
  autorestart exitcodes stopsignal stopwaitsecs stopasgroup killasgroup user directory
  umask environment serverurl redirect_stderr stdout_logfile stdout_logfile_maxbytes
  stdout_logfile_backups stdout_capture_maxbytes stdout_events_enabled stdout_syslog
  stderr_logfile stderr_logfile_maxbytes stderr_logfile_backups stderr_capture_maxbytes
  stderr_events_enabled stderr_syslog
  exclude autoreload autoreload_patterns autoreload_action
`
  .trim()
  .split(/\s+/u);

export type CheckOptions = {
  readonly shorten: (file: string) => string;
  /** Whether a command of a program is there; words without a slash are looked for on PATH. */
  readonly isCommand: (word: string) => boolean;
};

export function checkProject(merged: Merged, { shorten, isCommand }: CheckOptions): readonly string[] {
  return Array.from(merged).flatMap(([section, settings]) => {
    if (!section.startsWith('program:')) return [];
    return Array.from(settings).flatMap(([key, { value, origin }]) => {
      const say = (words: string) => [`${originText(origin, shorten)}: [${section}] ${words}`];
      if (!OPTIONS.includes(key))
        return say(`has an option "${key}" that supervisord ignores${didYouMean(key, OPTIONS)}`);
      if (key === 'autoreload' && parseBoolean(value) === null)
        return say(`autoreload is "${value}", neither true nor false`);
      if (key === 'autoreload_action' && value !== 'restart' && toSignal(value) === null) {
        return say(`autoreload_action is "${value}"; write restart, or signal:HUP`);
      }
      if (key !== 'command') return [];
      const [word = ''] = value.trim().split(/\s+/u);
      // What is quoted, escaped or expanded is supervisord's to read.
      return /["'\\%]/u.test(word) || isCommand(word) ? [] : say(`there is no command ${word}`);
    });
  });
}
