// The body of a webhook as somebody else wants it: a text of theirs, with named fields in it.
import { didYouMean } from '../config/nearest.ts';

/** What a template may name, each a text. */
export const TEMPLATE_FIELDS = [
  'kind',
  'alert',
  'title',
  'text',
  'cause',
  'supervisor',
  'process',
  'since',
  'why',
  'length',
  'count',
  'link',
] as const;
export type TemplateField = (typeof TEMPLATE_FIELDS)[number];

export type Template = {
  readonly parts: readonly (string | { readonly field: TemplateField })[];
  /** It is JSON, so a field is written as it stands inside of a JSON string. */
  readonly json: boolean;
};

export type ParsedTemplate =
  { readonly ok: true; readonly template: Template } | { readonly ok: false; readonly message: string };

/** `{{title}}` stands for a field. */
export function parseTemplate(text: string): ParsedTemplate {
  const parts: (string | { readonly field: TemplateField })[] = [];
  let rest = 0;
  for (const match of text.matchAll(/\{\{\s*([^{}\s]+)\s*\}\}/gu)) {
    const [whole, name = ''] = match;
    const field = TEMPLATE_FIELDS.find((each) => each === name);
    if (field === undefined) {
      const hint = didYouMean(name, TEMPLATE_FIELDS) || `; known: ${TEMPLATE_FIELDS.join(', ')}`;
      return { ok: false, message: `the template has no field "${name}"${hint}` };
    }
    parts.push(text.slice(rest, match.index), { field });
    rest = match.index + whole.length;
  }
  parts.push(text.slice(rest));
  return { ok: true, template: { parts, json: /^\s*[{[]/u.test(text) } };
}

export function renderTemplate({ parts, json }: Template, fields: Readonly<Record<TemplateField, string>>): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = fields[part.field];
      return json ? JSON.stringify(value).slice(1, -1) : value;
    })
    .join('');
}
