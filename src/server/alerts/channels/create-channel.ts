import type { AlertMessage } from '../../../core/alerts/message.ts';
import { toTemplateFields } from '../../../core/alerts/message.ts';
import type { Target } from '../../../core/alerts/target.ts';
import type { Template } from '../../../core/alerts/template.ts';
import { renderTemplate } from '../../../core/alerts/template.ts';
import type { AlertConfig } from '../../../core/config/alerts-config.ts';
import { toAlertmanagerAlerts } from './alertmanager.ts';
import type { Channel } from './channel.ts';
import type { Post } from './post.ts';
import { post } from './post.ts';
import { runProgram } from './run-program.ts';
import { sendMail } from './send-mail.ts';

const JSON_TYPE = 'application/json';

export type ChannelWays = Pick<AlertConfig, 'template' | 'smtp'>;

export function createChannel(target: Target, { template, smtp }: ChannelWays): Channel {
  switch (target.kind) {
    case 'webhook':
      return { send: (message, wait) => post({ ...target, ...hookBody(message, template) }, wait) };
    case 'slack':
      return { send: (message, wait) => post({ ...target, ...asJson(slackBody(message)) }, wait) };
    case 'ntfy':
      return { send: (message, wait) => post({ ...target, ...asJson(ntfyBody(target.topic, message)) }, wait) };
    case 'alertmanager':
      return { send: (message, wait) => post({ ...target, ...asJson(toAlertmanagerAlerts(message)) }, wait) };
    case 'mail':
      return { send: (message, wait) => (smtp ? sendMail({ to: target.to, smtp }, message, wait) : WITHOUT_SMTP) };
    case 'exec':
      return { send: (message, wait) => runProgram(target.command, `${JSON.stringify(toBody(message))}\n`, wait) };
  }
}

const WITHOUT_SMTP = Promise.resolve({ ok: false, refused: true, said: 'there is no [smtp]' } as const);

type Body = Pick<Post, 'type' | 'body'>;

function asJson(value: unknown): Body {
  return { type: JSON_TYPE, body: JSON.stringify(value) };
}

/** A storm is told as a list, and a list ends. */
const LISTED = 50;

function toBody(message: AlertMessage): AlertMessage {
  return { ...message, incidents: message.incidents.slice(0, LISTED) };
}

function hookBody(message: AlertMessage, template: Template | null): Body {
  if (template === null) return asJson(toBody(message));
  const type = template.json ? JSON_TYPE : 'text/plain; charset=utf-8';
  return { type, body: renderTemplate(template, toTemplateFields(message)) };
}

const SLACK_LONGEST = 30_000;

/** Its three characters of markup are written as it asks for. */
function slackBody({ title, text }: AlertMessage) {
  return { text: `*${plain(title)}*\n${plain(text)}`.slice(0, SLACK_LONGEST) };
}

function plain(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** ntfy makes an attachment of what is longer. */
const NTFY_BYTES = 3_500;

function ntfyBody(topic: string, { kind, title, text, link }: AlertMessage) {
  const over = kind === 'closed';
  const message = Buffer.from(text)
    .subarray(0, NTFY_BYTES)
    .toString('utf8')
    .replace(/\ufffd+$/u, '');
  return {
    topic,
    title,
    message,
    click: link,
    priority: over || kind === 'test' ? 3 : 4,
    tags: [over ? 'white_check_mark' : kind === 'test' ? 'bell' : 'rotating_light'],
  };
}
