import { createServer } from 'node:http';

const port = Number(process.env['PORT'] ?? 8000);

createServer((_, response) => response.end(`Good morning from process ${process.pid}\n`)).listen(
  port,
  '127.0.0.1',
  () => {
    process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
  },
);
