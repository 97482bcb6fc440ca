import test from 'ava';
import type { Address } from '../../../src/core/config/types.ts';
import type { LinkErrorCode } from '../../../src/core/model.ts';
import {
  LinkFailure,
  isMissing,
  placeOf,
  toLinkFailure,
  toStatusFailure,
} from '../../../src/bridge/link/link-failure.ts';

const TCP: Address = { kind: 'tcp', protocol: 'http', host: 'db1', port: 9001, path: '/RPC2' };
const UNIX: Address = { kind: 'unix', path: '/run/supervisor.sock' };

const withCode = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

const rows: readonly [error: unknown, address: Address, code: LinkErrorCode, words: RegExp][] = [
  [withCode('ECONNREFUSED'), TCP, 'refused', /^connection refused by db1:9001.*inet_http_server/],
  [withCode('ECONNREFUSED'), UNIX, 'refused', /^nobody listens on \/run\/supervisor\.sock.*start supervisord/],
  [withCode('ENOENT'), UNIX, 'unreachable', /^no socket at \/run\/supervisor\.sock.*unix_http_server/],
  [withCode('EACCES'), UNIX, 'forbidden', /^permission denied on \/run\/supervisor\.sock.*chmod/],
  [withCode('ENOTFOUND'), TCP, 'unreachable', /^no such host: db1/],
  [withCode('EAI_AGAIN'), TCP, 'unreachable', /name server/],
  [withCode('EHOSTUNREACH'), TCP, 'unreachable', /^no route to db1:9001/],
  [withCode('ETIMEDOUT'), TCP, 'timeout', /^db1:9001 does not answer/],
  [withCode('ECONNRESET'), TCP, 'closed', /^db1:9001 closed the connection/],
  [withCode('HPE_INVALID_CONSTANT'), TCP, 'not-supervisor', /^db1:9001 does not speak HTTP/],
  [withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), TCP, 'unreachable', /certificate of db1:9001 is not trusted/],
  [withCode('EPROTO'), TCP, 'not-supervisor', /does not speak TLS/],
  [withCode('EWHATEVER'), TCP, 'unreachable', /^connection to db1:9001 failed: connect EWHATEVER/],
  [new AggregateError([withCode('ENETUNREACH'), withCode('ECONNREFUSED')]), TCP, 'refused', /refused by db1:9001/],
  ['nonsense', TCP, 'unreachable', /failed: nonsense/],
  [new LinkFailure('timeout', 'as it was'), TCP, 'timeout', /^as it was$/],
];

for (const [error, address, code, words] of rows) {
  test(`${error instanceof Error ? error.message : String(error)} at ${placeOf(address)} is ${code}`, (t) => {
    const failure = toLinkFailure(error, address);
    t.is(failure.code, code);
    t.regex(failure.message, words);
  });
}

const statuses: readonly [status: number, hasCredentials: boolean, code: LinkErrorCode, words: RegExp][] = [
  [401, false, 'unauthorized', /asks for a username and a password, and none are configured/],
  [401, true, 'unauthorized', /refused the username or the password/],
  [403, true, 'forbidden', /HTTP 403/],
  [404, false, 'not-supervisor', /no XML-RPC interface at \/RPC2/],
  [500, false, 'protocol', /HTTP 500.*log of supervisord/],
  [502, false, 'protocol', /HTTP 502/],
];

for (const [status, hasCredentials, code, words] of statuses) {
  test(`HTTP ${status} ${hasCredentials ? 'with' : 'without'} credentials is ${code}`, (t) => {
    const failure = toStatusFailure(status, TCP, { hasCredentials, path: '/RPC2' });
    t.is(failure.code, code);
    t.is(failure.status, status);
    t.regex(failure.message, words);
  });
}

test('an IPv6 address is told from its port', (t) => {
  t.is(placeOf({ ...TCP, host: '::1' }), '[::1]:9001');
});

test('what is not there is told by 404, and by 410 in older versions', (t) => {
  const missing = [200, 401, 404, 410, 500].filter((status) => isMissing(new LinkFailure('protocol', '', { status })));
  t.deepEqual(missing, [404, 410]);
});
