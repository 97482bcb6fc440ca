// The control commands beside the real supervisorctl, on the same supervisord: words and exit codes.
import { dirname, join } from 'node:path';
import test from 'ava';
import { findSupervisord } from '../../../../scripts/peers/find-supervisord.ts';
import { CTL_HELP } from '../../../../src/bridge/project/supervisorctl/help.ts';
import { CTL_NAMES } from '../../../../src/bridge/project/supervisorctl/run.ts';
import { toRunDirectory } from '../../../../src/bridge/project/run-directory/paths.ts';
import { freePort } from '../../../helpers/free-port.ts';
import { openProject, runIn } from '../../../helpers/project/project.ts';
import { startSupervisord } from '../../../helpers/supervisord/supervisord.ts';

const CONFIG = `
[program:web]
command=sleep 1000
startsecs=0

[program:idle]
command=sleep 1000
autostart=false

[program:missing]
command=/nonexistent/program
autostart=false

[program:folder]
command=/
autostart=false

[program:brief]
command=false
autostart=false
startretries=0

[program:pair]
command=sh -c "echo one; echo two; exec sleep 1000"
process_name=%(process_num)d
numprocs=2
startsecs=0

[program:silent]
command=sleep 1000
stdout_logfile=NONE
startsecs=0

[group:both]
programs=pair
`;

/** None of them changes what the next one finds. */
const SAME: readonly string[] = [
  'status',
  'status all',
  'status web both:1',
  'status both:*',
  'status nope',
  'status web nope',
  'status idle nope:*',
  'start',
  'start web',
  'start web both:*',
  'start nope',
  'start nope:*',
  'start missing',
  'start folder',
  'start brief',
  'stop',
  'stop idle',
  'stop nope',
  'stop nope:*',
  'restart',
  'restart nope',
  'restart nope:*',
  'signal',
  'signal HUP',
  'signal NOSUCH web',
  'signal NOSUCH all',
  'signal CONT web both:*',
  'signal CONT idle',
  'signal CONT nope',
  'signal CONT nope:*',
  'pid',
  'pid web idle nope',
  'pid idle',
  'pid all',
  'tail',
  'tail nope',
  'tail silent',
  'tail both:0',
  'tail -5 both:0',
  'tail -5x web',
  'tail -5',
  'tail web stderr',
  'tail web STDOUT',
  'tail web other',
  'tail a b c',
  'tail a b c d',
  'maintail x',
  'maintail -x',
  'maintail a b',
  'clear',
  'clear nope',
  'clear web',
  'clear all',
  'avail',
  'avail x',
  'version',
  'version x',
  'reread',
  'reread x',
  'reload x',
  'shutdown x',
  'add',
  'add web',
  'add nope',
  'remove',
  'remove web',
  'remove nope',
  'update',
  'update all',
  'update nope',
  'update web',
  'fg',
  'fg nope',
  'fg idle',
  'fg a b',
  'open',
  'open ftp://localhost',
  'open unix:///nonexistent.sock',
  'help',
  'help nope',
  'exit',
  'quit',
  'nope',
  'nope a b',
];

/** The seconds of the two calls are not the same, and `clear all` tells its processes in any order. */
const comparable = (text: string) =>
  text
    .replaceAll(/uptime \d+:\d\d:\d\d/gu, 'uptime')
    .split('\n')
    .toSorted();

test('every command and every mistake is answered as supervisorctl does', async (t) => {
  const project = await openProject(t, 'node', { files: { 'supervisord.conf': CONFIG } });
  const supervisorctl = join(dirname(await findSupervisord()), 'supervisorctl');
  const { config } = toRunDirectory(project.dir, project.env);
  t.is((await project.mv('-d', '--noreload')).code, 0);
  await project.untilState('RUNNING', 'web', 'silent');
  const other = await startSupervisord({ listen: 'both', programs: '[program:elsewhere]\ncommand=sleep 1000\n' });
  t.teardown(other.stop);
  const commands = [
    ...SAME,
    `open ${other.url}`,
    `open unix://${other.socketPath}`,
    `open http://127.0.0.1:${await freePort()}`,
  ];
  const ours: unknown[] = [];
  const theirs: unknown[] = [];
  for (const command of commands) {
    const words = command.split(' ');
    const { code, out } = await runIn(project, supervisorctl, '-c', config, ...words);
    theirs.push({ command, code, out: comparable(out) });
    const answer = await project.mv(...words);
    ours.push({ command, code: answer.code, out: comparable(answer.out) });
  }
  t.deepEqual(ours, theirs);
  const lines = [...Object.keys(CTL_HELP).map((name) => `help ${name}`), 'status', 'nope', 'exit'];
  const script = 'config=$1; shift; printf "%s\\n" "$@" | "$0" -c "$config"';
  const their = await runIn(project, 'sh', '-c', script, supervisorctl, config, ...lines);
  const our = await project.feed(`${lines.join('\n')}\n`, 'shell');
  t.deepEqual(comparable(our.out), comparable(their.out), 'and so in a shell');
  t.deepEqual(CTL_NAMES.toSorted(), Object.keys(CTL_HELP), 'and there is no command that the help does not know');
});

test('a shell that opened another supervisord stays with it, and gives it no login of the project', async (t) => {
  const credentials = { username: 'me', password: 'secret' };
  const other = await startSupervisord({
    listen: 'tcp',
    credentials,
    programs: '[program:elsewhere]\ncommand=sleep 1000\nstartsecs=0\n',
  });
  t.teardown(other.stop);
  const project = await openProject(t, 'node', { files: { 'supervisord.conf': CONFIG } });
  t.is((await project.mv('-d', '--noreload')).code, 0);
  const host = other.url.replace('http://', '');
  const refused = await project.feed(`open http://${host}\nexit\n`, 'shell');
  t.regex(refused.out, /supervisor> error: .*password/u);
  const input = `open http://me:secret@${host}\nstop elsewhere\nreread\nreload\ny\nstatus\nexit\n`;
  const { out } = await project.feed(input, 'shell');
  t.regex(out, /elsewhere: stopped\nsupervisor> No config updates to processes\n/u);
  t.regex(out, /Restarted supervisord\nsupervisor> elsewhere +(?:RUNNING|STARTING)/u);
  t.false(out.includes('secret'));
  t.is((await project.mv('status', 'web')).code, 0);
});
