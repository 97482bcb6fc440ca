// The forms that browsers, curl and scripts send, as bytes on the wire.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { testWith } from '../helpers/peers.ts';
import { openServed } from '../helpers/server/served-world.ts';

const run = promisify(execFile);
const UNKNOWN = 'no process matches ';

testWith('curl', test)('curl -F names the processes, and a file beside them is no matter', async (t) => {
  const { server } = await openServed(t);
  const post = async (...parts: readonly string[]): Promise<unknown> => {
    const form = parts.flatMap((part) => ['-F', part]);
    const { stdout } = await run('curl', ['-sS', ...form, `${server.url}/api/process/stop`]);
    return JSON.parse(stdout);
  };
  t.deepEqual(await post('uid=none:*'), { message: `${UNKNOWN}none:*` });
  t.deepEqual(await post('uid="été; name=\\"uid\\""', 'file=@package.json'), {
    message: `${UNKNOWN}été; name="uid"`,
  });
  t.deepEqual(await post('uid=@package.json'), { message: 'name the processes: uid=PATTERN,…' });
});

const FIELD = 'Content-Disposition: form-data; name="uid"';

test('a multipart form is read as it was written, whatever the boundary, and a broken one is refused', async (t) => {
  const { server } = await openServed(t);
  const rows: readonly (readonly [string, string, number, string])[] = [
    // As the front end of multivisor lets Chromium send it.
    [
      'multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW',
      `------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n${FIELD}\r\n\r\nnone\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n`,
      404,
      `${UNKNOWN}none`,
    ],
    ['multipart/form-data; boundary="a b"', `--a b\r\n${FIELD}\r\n\r\nnone\r\n--a b--\r\n`, 404, `${UNKNOWN}none`],
    [
      'Multipart/Form-Data; charset=utf-8; boundary=b',
      `--b\r\n${FIELD}\r\n\r\na name="uid"\r\n--b--\r\n`,
      404,
      `${UNKNOWN}a name="uid"`,
    ],
    ['multipart/form-data', `--b\r\n${FIELD}\r\n\r\nnone\r\n--b--\r\n`, 400, 'the form is not understood'],
    ['multipart/form-data; boundary=b', `--b\r\n${FIELD}\r\n\r\nnone`, 400, 'the form is not understood'],
    ['multipart/form-data; boundary=c', `--b\r\n${FIELD}\r\n\r\nnone\r\n--b--\r\n`, 400, 'the form is not understood'],
  ];
  for (const [type, body, status, message] of rows) {
    const init = { method: 'POST', headers: { 'content-type': type }, body };
    const answer = await server.fetch('/api/process/stop', init);
    t.is(answer.status, status, body);
    t.deepEqual(await answer.json(), { message }, body);
  }
});

test('a form longer than 64 KiB is refused before it is read', async (t) => {
  const { server } = await openServed(t);
  const body = new FormData();
  body.set('uid', 'x'.repeat(70_000));
  t.is((await server.fetch('/api/process/stop', { method: 'POST', body })).status, 413);
});
