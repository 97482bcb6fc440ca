// Programs that know nothing of us but openapi.json, against a server over a real supervisord.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { openApiTools } from '../../../scripts/peers/find-openapi-tools.ts';
import { run } from '../../../scripts/run.ts';
import { testWith } from '../../helpers/peers.ts';
import { serveSupervisords } from '../../helpers/server/served-supervisords.ts';

const tools = openApiTools();
// The generator orders what it wrote with a tool that stands beside it.
const env = { ...process.env, PATH: `${dirname(tools.generator)}${delimiter}${process.env['PATH'] ?? ''}` };
const never = new AbortController().signal;
const testWithTools = testWith('schemathesis', test);
const PROGRAMS = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n[program:off]\ncommand=sleep 1000\nautostart=false\n';

async function scratch(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'multivisor-openapi-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

testWithTools('schemathesis finds nothing that openapi.json does not say', async (t) => {
  t.timeout(300_000);
  const { server, untilState } = await serveSupervisords(t, { a: PROGRAMS });
  await untilState('a:web:web', 'RUNNING');
  const cwd = await scratch(t);
  // A selector is a language of its own: not every text that a schema lets through is one.
  const limits = '--max-examples 8 --seed 1 --workers 1 --request-timeout 20 --exclude-checks positive_data_acceptance';
  const manner =
    '--mode all --phases coverage,fuzzing --generation-database none --suppress-health-check all --no-color';
  const args = ['run', `${server.url}/openapi.json`, '--url', server.url, ...`${limits} ${manner}`.split(' ')];
  const result = await run(tools.schemathesis, args, { cwd, signal: never, timeoutMs: 280_000 });
  t.true(result.ok, result.output);
});

const CLIENT = `
import sys
from multivisor_client import Client
from multivisor_client.api.default import get_log, get_status, run_command
from multivisor_client.models import Message, ProcessCommand

client = Client(base_url=sys.argv[1])
status = get_status.sync(client=client, select=['web'])
[process] = status.processes
print(process.uid, process.state.value, process.why == '', status.supervisors[0].error)
result = run_command.sync(client=client, body=ProcessCommand.from_dict({'action': 'stop', 'select': ['web'], 'wait': True}))
print(result.ok, [(outcome.target, outcome.to) for outcome in result.outcomes])
failed = run_command.sync(client=client, body=ProcessCommand.from_dict({'action': 'stop', 'targets': ['a:web:none']}))
print(isinstance(failed, Message), failed.ok, [outcome.code.value for outcome in failed.outcomes])
print(repr(get_log.sync_detailed('a:web:web', client=client, bytes_=100).content))
`;

testWithTools(
  'a generated Python client reads the status, stops a process and is told why another cannot',
  async (t) => {
    t.timeout(120_000);
    const { server, untilState } = await serveSupervisords(t, {
      a: '[program:web]\ncommand=sh -c "echo hello; exec sleep 1000"\nstartsecs=0\n',
    });
    await untilState('a:web:web', 'RUNNING');
    const cwd = await scratch(t);
    const made = await run(
      tools.generator,
      [
        'generate',
        '--url',
        `${server.url}/openapi.json`,
        '--meta',
        'none',
        '--output-path',
        'multivisor_client',
        '--fail-on-warning',
      ],
      { cwd, signal: never, timeoutMs: 60_000, env },
    );
    t.true(made.ok, made.output);
    await writeFile(join(cwd, 'call.py'), CLIENT);
    const called = await run(tools.python, ['call.py', server.url], { cwd, signal: never, timeoutMs: 60_000 });
    t.deepEqual(called.output.trim().split('\n'), [
      'a:web:web RUNNING True None',
      "True [('a:web:web', 'STOPPED')]",
      "True False ['not-found']",
      String.raw`b'hello\n'`,
    ]);
  },
);
