import type { FlappingRule } from '../flapping.ts';
import type { AlertsConfig } from './alerts-config.ts';
import type { Accounts } from '../access/accounts.ts';

/** Where to find a supervisord itself. `detect`: whatever answers at host:port. */
export type SupervisordAddress =
  | {
      readonly kind: 'tcp';
      readonly protocol: 'http' | 'https' | 'detect';
      readonly host: string;
      readonly port: number;
      /** Path of the RPC endpoint, normally /RPC2. */
      readonly path: string;
    }
  | { readonly kind: 'unix'; readonly path: string };

/** A supervisor as a multivisor server has it. */
export type MultivisorAddress = {
  readonly kind: 'multivisor';
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Below which a proxy has that server, `/base`; '' at its root. */
  readonly path: string;
  /** Its name there. */
  readonly supervisor: string;
};

/** Where to find one supervisor. */
export type Address = SupervisordAddress | MultivisorAddress;

export type Origin = { readonly file: string; readonly line: number };

export type Credentials = { readonly username: string; readonly password: string };

export type SupervisorConfig = {
  readonly name: string;
  /** For people: without credentials. */
  readonly url: string;
  readonly address: Address;
  readonly credentials: Credentials | null;
  /** For a multivisor server, in the place of a login. */
  readonly token?: string;
  readonly readOnly: boolean;
  readonly protected: boolean;
  readonly tags: readonly string[];
  readonly origin: Origin;
  /** Of a project: where it keeps what it knows of its programs. */
  readonly runDir?: string;
};

export type SupervisordConfig = SupervisorConfig & { readonly address: SupervisordAddress };
export type MultivisorConfig = SupervisorConfig & { readonly address: MultivisorAddress };

export type Config = {
  readonly name: string;
  /** Who may come in at `multivisor serve`; none at all: no authentication. */
  readonly accounts: Accounts;
  /** Of `multivisor serve`: no act without its line in the audit. */
  readonly auditRequired: boolean;
  readonly flapping: FlappingRule;
  /** Of `multivisor serve`: who is told of what. */
  readonly alerts: AlertsConfig;
  readonly supervisors: readonly SupervisorConfig[];
  /** Keys remapped for the TUI: action name → key, from `[keys]`. */
  readonly keys: Readonly<Record<string, string>>;
};

export type Diagnostic = {
  readonly severity: 'error' | 'warning';
  readonly origin: Origin;
  readonly message: string;
};

/** All diagnostics at once; a config only when none is an error. */
export type ConfigResult = {
  readonly config: Config | null;
  readonly diagnostics: readonly Diagnostic[];
};

/** One file of a configuration, as it was found. */
export type ConfigSource = { readonly file: string; readonly text: string };

export type FileText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** Where the supervisord of a project listens. */
export type ProjectAddress =
  | {
      readonly ok: true;
      /** For people: without credentials. */
      readonly url: string;
      readonly address: SupervisordAddress;
      readonly credentials: Credentials | null;
      readonly runDir: string;
    }
  | { readonly ok: false; readonly message: string };

/** What a configuration asks of the world. Paths are relative to the file that names them (`from`). */
export type ConfigWorld = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The absolute path. */
  resolve(path: string, from: string): string;
  /** `public`: no secret stands in it. */
  read(path: string, kind?: 'public'): FileText;
  /** Files that match a shell glob, sorted; none when nothing matches. */
  list(pattern: string): readonly string[];
  /** The supervisord of the project in this directory; absent where projects are not known. */
  project?(dir: string): ProjectAddress;
};
