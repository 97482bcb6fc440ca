// A configuration as it may be shown: the keys that we know and know to be no secret, and nothing of the rest. A secret in
// a comment, or under a mistyped key, looks like anything else.

const SHOWN: ReadonlySet<string> = new Set(
  (
    'name url project username read_only protected tags files role supervisors audit_required flapping_count ' +
    'flapping_minutes page_url when selector for repeat template every from'
  ).split(' '),
);
/** Whose address is a secret: whoever knows it may say that we are well. */
const HEARTBEAT = '[heartbeat]';
const SECTION = /^\s*\[[^\]\r\n]*\]/u;
const SETTING = /^\s*([^\s=:#;[]+)\s*[=:]\s*(.*)$/u;
/** As far as the last @, for who writes a password with a slash; what stands behind a ? may be a key. */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)\S*@/giu;
const QUERY = /(:\/\/[^\s?]*\?)\S+/gu;
const COMMENT = /\s[#;].*$/u;
const HIDDEN = '********';

export function redactConfig(text: string): string {
  let shown = true;
  /** Its keys are actions and keys of the keyboard, and none is a secret. */
  let inKeys = false;
  let inHeartbeat = false;
  return text
    .split(/(?<=\n)/u)
    .map((raw) => {
      const end = /\r?\n?$/u.exec(raw)?.[0] ?? '';
      const line = raw.slice(0, raw.length - end.length);
      const section = SECTION.exec(line)?.[0];
      if (section !== undefined) {
        inKeys = section.trim() === '[keys]';
        inHeartbeat = section.trim() === HEARTBEAT;
        return section + end;
      }
      if (line.trim() === '') return raw;
      if (/^\s*[#;]/u.test(line)) return `# ${HIDDEN}${end}`;
      // A value may go on over indented lines.
      const [, key = '', value = ''] = /^\s/u.test(line) ? [] : (SETTING.exec(line) ?? []);
      if (key === '') return (shown && /^\s/u.test(line) ? show(line) : HIDDEN) + end;
      shown = inKeys || (SHOWN.has(key.toLowerCase()) && !(inHeartbeat && key.toLowerCase() === 'url'));
      const head = line.slice(0, line.length - value.length).trimEnd();
      if (value === '') return raw;
      return (shown ? show(line) : `${head} ${HIDDEN}`) + end;
    })
    .join('');
}

function show(value: string): string {
  return value.replace(COMMENT, '').replace(USER_INFO, `$1${HIDDEN}@`).replace(QUERY, `$1${HIDDEN}`);
}
