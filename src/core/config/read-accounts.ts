// Who may come in at the server: the login of [global] as the original has it, people and machines beside it.
import type { Accounts, TokenAccount, UserAccount } from '../access/accounts.ts';
import type { Role } from '../access/actor.ts';
import { isRole, ROLES } from '../access/actor.ts';
import type { Section } from './load-sections.ts';
import { readCredentials } from './read-credentials.ts';
import type { Report } from './report.ts';
import type { ConfigWorld, Origin } from './types.ts';

export function readAccounts(sections: readonly Section[], world: ConfigWorld, report: Report): Accounts {
  const global = sections.find(({ kind }) => kind === 'global');
  const login = global ? readCredentials(global, world, report) : null;
  if (global && login && isBlank(login.password)) {
    report.error(passwordOrigin(global), 'the password of [global] is empty: everybody would be let in as its user');
  }
  const owner: UserAccount[] = login
    ? [{ name: login.username, password: login.password, role: 'admin', supervisors: ['*'] }]
    : [];
  const users = sections.filter(({ kind }) => kind === 'user').flatMap((section) => readUser(section, world, report));
  for (const { name, origin } of sections.filter(({ kind, name }) => kind === 'user' && name === login?.username)) {
    report.error(origin, `the user "${name}" is the one of [global] already; keep one of them`);
  }
  const tokens = sections.filter(({ kind }) => kind === 'token').flatMap((section) => readToken(section, report));
  return { users: [...owner, ...users], tokens };
}

function readUser(section: Section, world: ConfigWorld, report: Report): UserAccount[] {
  const { name, origin, settings } = section;
  if (!isNamed(section, report)) return [];
  if (!settings.has('password') && !settings.has('password_file')) {
    report.error(origin, `the user "${name}" has no password; make one with: multivisor passwd`);
    return [];
  }
  const username = { key: 'username', value: name, origin };
  const login = readCredentials(
    { ...section, settings: new Map([...settings, ['username', username]]) },
    world,
    report,
  );
  if (login && isBlank(login.password)) {
    report.error(passwordOrigin(section), `the password of the user "${name}" is empty`);
    return [];
  }
  return login ? [{ name, password: login.password, ...readRights(section, report) }] : [];
}

/** White space alone is a mistake in a file or a variable, and no secret. */
function isBlank(password: string): boolean {
  return password.trim() === '';
}

function passwordOrigin({ settings, origin }: Section): Origin {
  return (settings.get('password') ?? settings.get('password_file'))?.origin ?? origin;
}

function readToken(section: Section, report: Report): TokenAccount[] {
  const { name, origin, settings } = section;
  if (!isNamed(section, report)) return [];
  const hash = settings.get('hash');
  if (!hash || !/^\{SHA256\}[0-9a-f]{64}$/u.test(hash.value)) {
    report.error(hash?.origin ?? origin, `the token "${name}" needs its hash; make both with: multivisor token new`);
    return [];
  }
  return [{ name, hash: hash.value, ...readRights(section, report) }];
}

function isNamed({ kind, name, origin }: Section, report: Report): boolean {
  const usable = name !== '' && !name.includes(':') && !/\p{Cc}/u.test(name);
  if (!usable) report.error(origin, `[${kind}:${name}] needs a name without ":" and control characters`);
  return usable;
}

/** Who says nothing about rights gets the least. */
function readRights(
  { settings }: Section,
  report: Report,
): { readonly role: Role; readonly supervisors: readonly string[] } {
  const role = settings.get('role');
  const word = role?.value.toLowerCase() ?? 'viewer';
  if (role && !isRole(word)) report.error(role.origin, `"${role.value}" is no role; known: ${ROLES.join(', ')}`);
  const globs = (settings.get('supervisors')?.value ?? '*').split(/[\s,]+/u).filter((glob) => glob !== '');
  return { role: isRole(word) ? word : 'viewer', supervisors: globs };
}
