// XML-RPC as supervisord writes it, newlines included: what is measured against the farm includes reading it.

export type Xml = string | number | boolean | readonly Xml[] | { readonly [name: string]: Xml };

export type Call = { readonly method: string; readonly params: readonly (string | number | boolean)[] };

export function encodeAnswer(value: Xml): string {
  return `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n${encode(value)}</param>\n</params>\n</methodResponse>\n`;
}

export function encodeFault(code: number, text: string): string {
  const fault = encode({ faultCode: code, faultString: text });
  return `<?xml version='1.0'?>\n<methodResponse>\n<fault>\n${fault}</fault>\n</methodResponse>\n`;
}

/** Flat parameters only: nothing that multivisor calls takes more. */
export function decodeCall(xml: string): Call {
  const method = /<methodName>\s*([^<\s]+)\s*<\/methodName>/.exec(xml)?.[1] ?? '';
  const params = xml.matchAll(/<value>\s*(?:<(string|int|i4|boolean)>([^<]*)<\/\1>|([^<]*))\s*<\/value>/g);
  return {
    method,
    params: Array.from(params, ([, type, typed, bare]) => {
      if (type === 'int' || type === 'i4') return Number(typed);
      if (type === 'boolean') return typed === '1';
      return unescape(typed ?? bare ?? '');
    }),
  };
}

function encode(value: Xml): string {
  if (typeof value === 'string') return `<value><string>${escape(value)}</string></value>\n`;
  if (typeof value === 'number') return `<value><int>${value}</int></value>\n`;
  if (typeof value === 'boolean') return `<value><boolean>${value ? 1 : 0}</boolean></value>\n`;
  if (isList(value)) return `<value><array><data>\n${value.map(encode).join('')}</data></array></value>\n`;
  const members = Object.entries(value).map(
    ([name, item]) => `<member>\n<name>${name}</name>\n${encode(item)}</member>\n`,
  );
  return `<value><struct>\n${members.join('')}</struct></value>\n`;
}

/** Array.isArray does not narrow readonly arrays. */
function isList(value: Xml): value is readonly Xml[] {
  return Array.isArray(value);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
