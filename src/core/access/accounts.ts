import type { Role } from './actor.ts';

type Account = {
  readonly name: string;
  readonly role: Role;
  /** Globs over the names of supervisors. */
  readonly supervisors: readonly string[];
};

/** A person. */
export type UserAccount = Account & {
  /** Plain, `{SHA}` + SHA-1 in hex (as multivisor has it), or `{SCRYPT}…` (`multivisor passwd`). */
  readonly password: string;
};

/** A machine, or a terminal far away. */
export type TokenAccount = Account & {
  /** `{SHA256}` + hex: a token is random, so that a slow hash would add nothing. */
  readonly hash: string;
};

/** None at all: the server is open to everybody who reaches it. */
export type Accounts = { readonly users: readonly UserAccount[]; readonly tokens: readonly TokenAccount[] };

export const NO_ACCOUNTS: Accounts = { users: [], tokens: [] };
