// Where an alert goes, as `to` says it. A target may hold secrets, in its path too: only its `label` is for people.

export type HttpPlace = {
  readonly url: string;
  /** The value of the header that says who we are; null: nobody asks. */
  readonly authorization: string | null;
};

export type Target = { readonly label: string } & (
  | ({ readonly kind: 'webhook' | 'slack' | 'alertmanager' } & HttpPlace)
  | ({ readonly kind: 'ntfy'; readonly topic: string } & HttpPlace)
  | { readonly kind: 'mail'; readonly to: string }
  | { readonly kind: 'exec'; readonly command: readonly [string, ...string[]] }
);

export type ParsedTarget =
  { readonly ok: true; readonly target: Target } | { readonly ok: false; readonly message: string };

const KNOWN = 'https://…, slack+https://…, ntfy://HOST/TOPIC, alertmanager+https://…, mailto:NAME@HOST, exec:/PATH';
const SLACK_HOSTS: readonly string[] = ['hooks.slack.com', 'hooks.slack-gov.com'];

/** One line of `to`: several targets between spaces; a command takes the rest of its line. */
export function splitTargets(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const at = /(?<=^|\s)exec:/u.exec(line)?.index ?? line.length;
    const words = line.slice(0, at).split(/\s+/u);
    return [...words, line.slice(at).trim()].filter((word) => word !== '');
  });
}

/** No message holds the target itself, which may be a secret. */
export function parseTarget(text: string): ParsedTarget {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):/iu.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case 'http':
    case 'https':
      return parseHook(text, 'webhook');
    case 'slack+http':
    case 'slack+https':
      return parseHook(text.slice('slack+'.length), 'slack');
    case 'alertmanager+http':
    case 'alertmanager+https':
      return parseAlertmanager(text.slice('alertmanager+'.length));
    case 'mailto':
      return parseMail(text.slice('mailto:'.length));
    case 'ntfy':
      return parseNtfy(`https${text.slice('ntfy'.length)}`);
    case 'ntfy+http':
      return parseNtfy(text.slice('ntfy+'.length));
    case 'exec':
      return parseExec(text.slice('exec:'.length));
    default:
      return { ok: false, message: `a target is one of ${KNOWN}` };
  }
}

function parseHook(text: string, wanted: 'webhook' | 'slack'): ParsedTarget {
  const place = parsePlace(text);
  if (place === null) return { ok: false, message: 'the address of a webhook is no url' };
  const { host, url, authorization } = place;
  const kind = SLACK_HOSTS.includes(host) ? 'slack' : wanted;
  const { protocol } = new URL(url);
  const label = `${kind === 'slack' && wanted === 'slack' ? 'slack+' : ''}${protocol}//${host}`;
  return { ok: true, target: { kind, url, authorization, label } };
}

function parseAlertmanager(text: string): ParsedTarget {
  const place = parsePlace(text);
  if (place === null) return { ok: false, message: 'the address of an Alertmanager is no url' };
  const { host, url, authorization } = place;
  const api = new URL(url);
  // Below a prefix of its own, as --web.route-prefix has it.
  api.pathname = `${api.pathname.replace(/\/+$/u, '')}/api/v2/alerts`;
  const label = `alertmanager+${api.protocol}//${host}`;
  return { ok: true, target: { kind: 'alertmanager', url: api.href, authorization, label } };
}

function parseMail(to: string): ParsedTarget {
  if (!/^[^\s@,;<>"]+@[^\s@,;<>"]+$/u.test(to)) return { ok: false, message: 'mail is written mailto:NAME@HOST' };
  return { ok: true, target: { kind: 'mail', to, label: `mailto:${to}` } };
}

function parseNtfy(text: string): ParsedTarget {
  const place = parsePlace(text);
  const topic = place === null ? '' : decodeURIComponent(new URL(place.url).pathname.replace(/^\/+|\/+$/gu, ''));
  if (place === null || topic === '' || topic.includes('/')) {
    return { ok: false, message: 'ntfy is written ntfy://HOST/TOPIC' };
  }
  const { host, url, authorization } = place;
  return {
    ok: true,
    target: { kind: 'ntfy', url: new URL('/', url).href, topic, authorization, label: `ntfy://${host}` },
  };
}

function parseExec(text: string): ParsedTarget {
  const [program = '', ...args] = text.trim().split(/\s+/u);
  if (!program.startsWith('/')) return { ok: false, message: 'exec: needs the whole path of a program, exec:/PATH' };
  return { ok: true, target: { kind: 'exec', command: [program, ...args], label: `exec:${program}` } };
}

/** A login in the url is one for the header: `user:password@`, or `:token@`. */
function parsePlace(text: string): (HttpPlace & { readonly host: string }) | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const { host, username, password } = url;
  let authorization: string | null = null;
  try {
    const [name, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
    if (name === '' && secret !== '') authorization = `Bearer ${secret}`;
    else if (name !== '')
      authorization = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${name}:${secret}`)))}`;
  } catch {
    // A percent sign that is none of an escape: no url that anybody could have meant.
    return null;
  }
  url.username = '';
  url.password = '';
  return { url: url.href, host, authorization };
}
