// The session of a server: its configuration may change while it runs, and what did not change goes on undisturbed.
import { isDeepStrictEqual } from 'node:util';
import type { Config, SupervisorConfig } from '../../core/config/types.ts';
import type { SupervisorLink } from '../../core/ports.ts';
import { createLink } from '../../bridge/create-link.ts';
import type { OpenedHere } from './open-session.ts';
import { openSession, toSpec } from './open-session.ts';

export type ServedSession = OpenedHere & {
  /** One whose address and login are as before keeps its connection. */
  reconfigure(config: Config): void;
};

type Kept = { readonly config: SupervisorConfig; readonly link: SupervisorLink };

export function openServedSession(first: Config): ServedSession {
  // The links are ours, so that a later configuration can hand the same ones in again.
  const opened = openSession({ ...first, supervisors: [] });
  let kept = new Map<string, Kept>();
  const reconfigure = ({ supervisors }: Config) => {
    kept = new Map(supervisors.map((config) => [config.name, { config, link: linkOf(config, kept.get(config.name)) }]));
    opened.session.reconfigure(Array.from(kept.values(), ({ config, link }) => ({ spec: toSpec(config), link })));
  };
  reconfigure(first);
  return { ...opened, reconfigure };
}

/** What its connection depends on. */
function reaches({ address, credentials, token }: SupervisorConfig) {
  return { address, credentials, token };
}

function linkOf(config: SupervisorConfig, known: Kept | undefined): SupervisorLink {
  return known && isDeepStrictEqual(reaches(known.config), reaches(config)) ? known.link : createLink(config);
}
