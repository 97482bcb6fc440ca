// Procfiles side by side with honcho: the same environment, ports, quoting, ends and exit codes, and where not, why.
import { spawn } from 'node:child_process';
import test from 'ava';
import { honchoPath } from '../../../scripts/peers/find-honcho.ts';
import { eventually } from '../../helpers/deadline.ts';
import { testWith } from '../../helpers/peers.ts';
import type { TestProject } from '../../helpers/project/project.ts';
import { openProject } from '../../helpers/project/project.ts';

const LIMIT_MS = 60_000;

type Ran = {
  /** `web: what it wrote`, sorted. */
  readonly lines: readonly string[];
  readonly code: number;
};

type Row = {
  readonly what: string;
  readonly procfile: string;
  readonly dotEnv: string;
  /** Ours and honcho's; the same words where there is but one. */
  readonly options?: { readonly ours: readonly string[]; readonly honcho: readonly string[] };
  /** Sent once this is on the screen. */
  readonly signal?: { readonly after: RegExp; readonly name: 'SIGINT' | 'SIGTERM' };
  /** Where we are not the same: ours in the place of honcho's. */
  readonly differs?: {
    readonly why: string;
    readonly lines?: Readonly<Record<string, string>>;
    readonly code?: number;
  };
};

/** All have written before the first ends. */
const REST = 'sleep 2';

const ROWS: readonly Row[] = [
  {
    what: 'environment and ports',
    procfile: `web: echo "$PORT $FROM_SHELL $PLAIN $QUOTED"; ${REST}\nworker: echo $PORT $WINS; ${REST}\nclock: echo $PORT; ${REST}\n`,
    dotEnv: 'PLAIN=a-b\nQUOTED="two words"\nWINS=dotenv\nPORT=6200\n',
  },
  {
    what: 'quoting, pipes and subshells',
    procfile:
      `web: echo 'single "double" %d' "a;b" \\$HOME 100% "$(echo sub)" | cat; ${REST}\n` +
      `worker: (cd / && pwd); X=1 sh -c 'echo "x is $X"'; ${REST}\n`,
    dotEnv: '',
  },
  {
    what: 'comments, blank lines and odd names',
    procfile: `# a comment: of a kind\n\nweb_1:   echo one; ${REST} # of the shell\n\n#web: echo never\nno-1: echo two; ${REST}\n`,
    dotEnv: '# nothing\n\nA=1\n',
  },
  {
    what: 'the exit code of the first that ends, and the others are stopped',
    procfile:
      "web: trap 'echo told; exit 0' TERM; echo up; while true; do sleep 0.1; done\nbad: sleep 1.5; echo over; exit 3\n",
    dotEnv: '',
  },
  {
    what: 'ctrl-C: all are told to end',
    procfile:
      "web: trap 'echo told; exit 0' TERM; echo up; while true; do sleep 0.1; done\nworker: echo here; exec sleep 1000\n",
    dotEnv: '',
    signal: { after: /up[\s\S]*here|here[\s\S]*up/u, name: 'SIGINT' },
    differs: { why: 'stopping is what was asked for, as with supervisord: 0, and not 130', code: 0 },
  },
  {
    what: 'how many of each, from which port',
    procfile: `web: echo $PORT; ${REST}\nworker: echo $PORT; ${REST}\n`,
    dotEnv: '',
    options: {
      ours: ['--scale', 'web=2,worker=3', '-p', '7300'],
      honcho: ['-c', 'web=2,worker=3', '-p', '7300'],
    },
  },
  {
    what: 'a value of .env with spaces that nobody quoted',
    procfile: `web: echo "$LOOSE"; ${REST}\n`,
    dotEnv: 'LOOSE=two words\n',
    differs: { why: 'dotenv keeps the space, honcho joins the words', lines: { 'web: twowords': 'web: two words' } },
  },
  {
    what: 'an end by a signal',
    procfile: `web: sleep 1000\nbad: echo up; sleep 1.5; kill -KILL $$\n`,
    dotEnv: '',
    differs: { why: '128 and the number of the signal, as a shell says it; honcho exits with its negative', code: 137 },
  },
];

for (const { what, procfile, dotEnv, options, signal, differs } of ROWS) {
  testWith('honcho', test)(`as honcho does it: ${what}${differs ? `; but ${differs.why}` : ''}`, async (t) => {
    const project = await openProject(t, 'procfile', {
      files: { Procfile: procfile, '.env': dotEnv },
      env: { FROM_SHELL: 'inherited', WINS: 'shell' },
    });
    // Of the project's tests it is another one.
    delete project.env['PORT'];
    const ours = await runOurs(project, { args: options?.ours ?? [], signal });
    const theirs = await runHoncho(project, { args: options?.honcho ?? [], signal });
    const wanted = theirs.lines.map((line) => differs?.lines?.[line] ?? line).toSorted();
    t.deepEqual(ours.lines, wanted);
    t.is(ours.code, differs?.code ?? theirs.code);
    if (differs?.code !== undefined) t.not(theirs.code, differs.code, 'or there is no difference');
    t.true(ours.lines.length > 0);
  });
}

type Running = { readonly args: readonly string[]; readonly signal: Row['signal'] };

async function runOurs(project: TestProject, { args, signal }: Running): Promise<Ran> {
  const end = signal === undefined ? ['--exit-on', 'any'] : [];
  const started = project.spawn('--noreload', ...end, ...args);
  if (signal) {
    await eventually(started.output, (text) => signal.after.test(text), { what: 'they are up', ms: LIMIT_MS });
    started.child.kill(signal.name);
  }
  const code = await started.exit;
  const lines = [...started.output().matchAll(/^(\S+) *[│┃] (?!▪)(.*)$/gmu)];
  return { lines: lines.map(([, name = '', text = '']) => `${name.replace(/:.*/u, '')}: ${text}`).toSorted(), code };
}

async function runHoncho(project: TestProject, { args, signal }: Running): Promise<Ran> {
  const child = spawn(honchoPath(), ['start', '--no-colour', ...args], {
    cwd: project.dir,
    env: { ...project.env, PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exit = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  if (signal) {
    await eventually(
      () => output,
      (text) => signal.after.test(text),
      { what: 'they are up', ms: LIMIT_MS },
    );
    child.kill(signal.name);
  }
  const code = await exit;
  const lines = [...output.matchAll(/^\d\d:\d\d:\d\d (\S+)\.\d+ *\| (.*)$/gmu)];
  return { lines: lines.map(([, name = '', text = '']) => `${name}: ${text}`).toSorted(), code };
}
