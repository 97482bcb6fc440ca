import { createServer } from 'node:http';

const port = Number(process.env['PORT']);

createServer((_, response) => response.end(`${process.env['GREETING']}\n`)).listen(port, '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
});
