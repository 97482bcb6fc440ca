import type { Page } from '../options.ts';
import type { Reply } from '../http/reply.ts';
import type { Route } from '../http/route.ts';

/** Only what this server sends runs, is loaded or is talked to. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#16202b"/>' +
  '<circle cx="5" cy="8" r="2.6" fill="#5fd38d"/><circle cx="11.5" cy="8" r="1.9" fill="#f2b84b"/></svg>';

export function toPageRoutes(page: Page | null, basePath: string): readonly Route[] {
  if (!page) return [];
  const asset = (path: string, type: string, content: string): Route => ({
    method: 'GET',
    path,
    access: 'everybody',
    handle: ({ request }): Reply => {
      // Its own paths are relative: without the slash they would leave the base path.
      if (path === '/' && basePath !== '' && (request.url ?? '').split('?')[0] === basePath) {
        return { kind: 'text', status: 308, text: '', headers: { location: `${basePath}/` } };
      }
      return {
        kind: 'asset',
        type: `${type}; charset=utf-8`,
        content,
        headers: { 'content-security-policy': POLICY, 'cache-control': 'no-cache' },
      };
    },
  });
  return [
    asset('/', 'text/html', page.html),
    asset('/page.js', 'text/javascript', page.script),
    asset('/page.css', 'text/css', page.style),
    asset('/icon.svg', 'image/svg+xml', ICON),
  ];
}
