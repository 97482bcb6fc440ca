// Who is told of what, as the configuration says.
import type { AlertRule } from '../alerts/incident.ts';
import type { HttpPlace, Target } from '../alerts/target.ts';
import type { Template } from '../alerts/template.ts';

export type AlertConfig = AlertRule & {
  readonly to: readonly Target[];
  /** Of the bodies of its webhooks; null: ours. */
  readonly template: Template | null;
  /** Null where it sends no mail. */
  readonly smtp: SmtpConfig | null;
};

export type SmtpConfig = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte on; else STARTTLS. */
  readonly secure: boolean;
  readonly user: string | null;
  readonly password: string | null;
  readonly from: string;
};

export type Heartbeat = { readonly target: HttpPlace & { readonly label: string }; readonly everyMs: number };

export type AlertsConfig = {
  readonly rules: readonly AlertConfig[];
  readonly heartbeat: Heartbeat | null;
  /** Where people find the page, for links; null: where the server itself listens. */
  readonly pageUrl: string | null;
};

export const NO_ALERTS: AlertsConfig = { rules: [], heartbeat: null, pageUrl: null };
