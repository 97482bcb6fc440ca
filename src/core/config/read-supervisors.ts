import { expandRange, hasRange } from './expand-range.ts';
import type { Section, Setting } from './load-sections.ts';
import type { ParsedAddress } from './parse-address.ts';
import { parseAddress } from './parse-address.ts';
import { readCredentials } from './read-credentials.ts';
import { readServerToken } from './read-server-token.ts';
import type { Report } from './report.ts';
import type { ConfigWorld, Credentials, ProjectAddress, SupervisorConfig } from './types.ts';

/** Whose values go in step with a range in the name. */
const SECRET_FILES = ['password_file', 'token_file'] as const;

/** The supervisors of one `[supervisor:NAME]`: several when the name holds a range. */
export function readSupervisors(section: Section, world: ConfigWorld, report: Report): readonly SupervisorConfig[] {
  const names = expandRange(section.name);
  if (!names.ok) {
    report.error(section.origin, names.message);
    return [];
  }
  if (!isUsableName(section, report)) return [];
  const { settings } = section;
  const count = hasRange(section.name) ? names.texts.length : null;
  const urls = alongside(settings.get('url'), count, report);
  const secrets = SECRET_FILES.map((key) => ({ key, values: alongside(settings.get(key), count, report) }));
  if (!urls || secrets.some(({ values }) => values === null)) return [];
  const readOnly = readBoolean(settings.get('read_only'), report);
  const isProtected = readBoolean(settings.get('protected'), report);
  const tags = (settings.get('tags')?.value ?? '').split(/[\s,]+/u).filter((tag) => tag !== '');

  const inProject = settings.get('project');
  if (inProject) {
    const found = readProject(section, { setting: inProject, count }, world);
    if (!found.ok) {
      report.error(inProject.origin, found.message);
      return [];
    }
    const { ok: _, ...where } = found;
    return [{ name: section.name, ...where, readOnly, protected: isProtected, tags, origin: section.origin }];
  }
  return names.texts.flatMap((name, index) => {
    const own = secrets.reduce((each, { key, values }) => withFile(each, key, values?.[index]), section);
    const credentials = readCredentials(own, world, report);
    const token = readServerToken(own, world, report);
    const origin = settings.get('url')?.origin ?? section.origin;
    const parsed = parseAddress(urls[index] ?? '', name);
    if (!parsed.ok) {
      report.error(origin, `${name}: ${parsed.message}`);
      return [];
    }
    if (parsed.warning !== null) report.warning(origin, `${name}: ${parsed.warning}`);
    if (parsed.credentials && credentials) {
      report.error(origin, `${name}: the login stands in the url and in "username"; keep one of them`);
      return [];
    }
    if (token !== null) {
      const misplaced = refuseToken(parsed, credentials);
      if (misplaced !== null) {
        report.error(
          settings.get('token')?.origin ?? settings.get('token_file')?.origin ?? origin,
          `${name}: ${misplaced}`,
        );
        return [];
      }
    }
    return {
      name,
      url: parsed.url,
      address: parsed.address,
      credentials: parsed.credentials ?? credentials,
      ...(token !== null && { token }),
      readOnly,
      protected: isProtected,
      tags,
      origin: section.origin,
    };
  });
}

/** Why a token has no place beside this url and login; null: it has. */
function refuseToken(
  parsed: Extract<ParsedAddress, { readonly ok: true }>,
  credentials: Credentials | null,
): string | null {
  if (parsed.address.kind !== 'multivisor') {
    return 'a token is for a multivisor server (ws://HOST:22000/NAME); a supervisord takes "username" and "password"';
  }
  const hasLogin = parsed.credentials !== null || credentials !== null;
  return hasLogin ? 'there are both a token and a login; keep one of them' : null;
}

/** `project = DIR` in the place of a url and a login: the project's own supervisord. */
function readProject(
  { settings }: Section,
  { setting, count }: { readonly setting: Setting; readonly count: number | null },
  world: ConfigWorld,
): ProjectAddress {
  const other = ['url', 'username', 'password', 'password_file', 'token', 'token_file'].find((key) =>
    settings.has(key),
  );
  if (other !== undefined) return { ok: false, message: `"project" says where it is already; take "${other}" away` };
  if (count !== null) return { ok: false, message: 'one project is one supervisor; take the range out of the name' };
  if (!world.project) return { ok: false, message: 'projects are not known here' };
  return world.project(world.resolve(setting.value, setting.origin.file));
}

function isUsableName({ name, origin }: Section, report: Report): boolean {
  if (name === '') report.error(origin, 'the supervisor has no name; write [supervisor:NAME]');
  else if (name.includes(':')) {
    report.error(
      origin,
      `the name "${name}" holds a ":", which separates supervisor:group:name; use another character`,
    );
  } else if (/\p{Cc}/u.test(name)) report.error(origin, 'the name of the supervisor holds a control character');
  else return true;
  return false;
}

/** The values of a setting beside `count` ranged names: its ranges must make as many, or it has none. Null: reported. */
function alongside(setting: Setting | undefined, count: number | null, report: Report): readonly string[] | null {
  const repeat = (value: string) => Array.from({ length: count ?? 1 }, () => value);
  // Without a range in the name, braces are as good as any other character.
  if (!setting) return repeat('');
  if (count === null || !hasRange(setting.value)) return repeat(setting.value);
  const values = expandRange(setting.value);
  if (!values.ok) report.error(setting.origin, values.message);
  else if (values.texts.length === count) return values.texts;
  else {
    const message = `the range in "${setting.key}" makes ${values.texts.length}, the one in the name ${count}`;
    report.error(setting.origin, `${message}; make them equally long`);
  }
  return null;
}

function withFile(section: Section, key: string, value: string | undefined): Section {
  const file = section.settings.get(key);
  if (!file || value === undefined) return section;
  return { ...section, settings: new Map([...section.settings, [key, { ...file, value }]]) };
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  '1': true,
  yes: true,
  true: true,
  on: true,
  '0': false,
  no: false,
  false: false,
  off: false,
};

/** The words that ConfigParser takes. */
export function readBoolean(setting: Setting | undefined, report: Report): boolean {
  if (!setting) return false;
  const word = setting.value.toLowerCase();
  const value = Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined;
  if (value === undefined) report.error(setting.origin, `"${setting.key}" is neither yes nor no; write one of them`);
  return value ?? false;
}
