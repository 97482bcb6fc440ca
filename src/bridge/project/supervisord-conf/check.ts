// What stands in a merged configuration and will not do what its author means.
import { didYouMean } from '../../../core/config/nearest.ts';
import type { Merged, ConfSetting } from './layers.ts';
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
  exclude autoreload autoreload_patterns autoreload_action autoreload_ignore autoreload_dirs autoreload_gitignore
  depends_on ready_tcp ready_http ready_cmd ready_log ready_timeout
`
  .trim()
  .split(/\s+/u);

export type CheckOptions = {
  readonly shorten: (file: string) => string;
  /** Whether a command of a program is there; words without a slash are looked for on PATH. */
  readonly isCommand: (word: string) => boolean;
  readonly isDirectory: (path: string) => boolean;
};

export function checkProject(merged: Merged, { shorten, isCommand, isDirectory }: CheckOptions): readonly string[] {
  return Array.from(merged).flatMap(([section, settings]) => {
    if (section === 'inet_http_server') return openDoor(settings.get('port'), shorten);
    if (!section.startsWith('program:')) return [];
    return Array.from(settings).flatMap(([key, { value, origin }]) => {
      const say = (words: string) => [`${originText(origin, shorten)}: [${section}] ${words}`];
      if (!OPTIONS.includes(key))
        return say(`has an option "${key}" that supervisord ignores${didYouMean(key, OPTIONS)}`);
      if (key === 'autoreload' && parseBoolean(value) === null)
        return say(`autoreload is "${value}", neither true nor false`);
      if (key === 'autoreload_action' && !['restart', 'retry'].includes(value.trim()) && toSignal(value) === null) {
        return say(`autoreload_action is "${value}"; write restart, retry, or signal:HUP`);
      }
      if (key === 'directory' && !value.includes('%') && !isDirectory(value)) {
        return say(`there is no directory ${value}`);
      }
      if (key !== 'command') return [];
      const [word = ''] = value.trim().split(/\s+/u);
      // What is quoted, escaped or expanded is supervisord's to read.
      return /["'\\%]/u.test(word) || isCommand(word) ? [] : say(`there is no command ${word}`);
    });
  });
}

/** A login over plain HTTP keeps nobody out who can read along. */
function openDoor(port: ConfSetting | undefined, shorten: CheckOptions['shorten']): readonly string[] {
  const text = port?.value.trim() ?? '';
  const host = text.slice(0, Math.max(0, text.lastIndexOf(':')));
  if (port === undefined || /^(?:127\.|localhost$|\[?::1\]?$|.*%\()/u.test(host)) return [];
  const where = ['', '*', '0.0.0.0', '::', '[::]'].includes(host) ? 'every address of this host' : host;
  const advice = `write port=127.0.0.1:${text.slice(text.lastIndexOf(':') + 1)} unless others are meant to come in`;
  return [`${originText(port.origin, shorten)}: [inet_http_server] listens at ${where}, without TLS; ${advice}`];
}
