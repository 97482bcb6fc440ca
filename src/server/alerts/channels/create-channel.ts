import type { AlertMessage } from '../../../core/alerts/message.ts';
import { toTemplateFields } from '../../../core/alerts/message.ts';
import type { Target } from '../../../core/alerts/target.ts';
import type { Template } from '../../../core/alerts/template.ts';
import { renderTemplate } from '../../../core/alerts/template.ts';
import type { Channel } from './channel.ts';
import type { Post } from './post.ts';
import { post } from './post.ts';
import { runProgram } from './run-program.ts';

const JSON_TYPE = 'application/json';

export function createChannel(target: Target, template: Template | null): Channel {
  switch (target.kind) {
    case 'webhook':
      return { send: (message, wait) => post({ ...target, ...hookBody(message, template) }, wait) };
    case 'slack':
      return { send: (message, wait) => post({ ...target, ...asJson(slackBody(message)) }, wait) };
    case 'ntfy':
      return { send: (message, wait) => post({ ...target, ...asJson(ntfyBody(target.topic, message)) }, wait) };
    case 'exec':
      return { send: (message, wait) => runProgram(target.command, `${JSON.stringify(message)}\n`, wait) };
  }
}

type Body = Pick<Post, 'type' | 'body'>;

function asJson(value: unknown): Body {
  return { type: JSON_TYPE, body: JSON.stringify(value) };
}

function hookBody(message: AlertMessage, template: Template | null): Body {
  if (template === null) return asJson(message);
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
