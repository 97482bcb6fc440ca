// What user nobody of this machine can do to root's multivisor: what he plants is not read, run, connected to or believed,
// and what is root's he neither reads nor reaches.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { run } from '../../scripts/run.ts';
import { parseProjectArguments } from '../../src/bridge/project/options.ts';
import { historyFile } from '../../src/cli/shell/history.ts';
import { LISTENER_AGENTS, startListenerHost } from '../helpers/agents/listener-host.ts';
import { deadline, eventually } from '../helpers/deadline.ts';
import { testUnless } from '../helpers/peers.ts';
import { openProject } from '../helpers/project/project.ts';
import { runMain, startChild } from '../cli/run-main.ts';

const NOBODY = 65_534;
const LIMIT_MS = 60_000;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { signal } = new AbortController();
const asRoot = testUnless(process.getuid?.() === 0 ? null : 'only root can try what user nobody can do', test);

/** A program of his, with what it prints. */
function asNobody(t: ExecutionContext, script: string): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn(process.execPath, ['-e', script], { uid: NOBODY, gid: NOBODY, stdio: ['pipe', 'pipe', 'pipe'] });
  t.teardown(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return { child, said: () => said };
}

/** What it printed, once it has ended. */
async function tryAsNobody(t: ExecutionContext, script: string): Promise<string> {
  const { child, said } = asNobody(t, script);
  await deadline(once(child, 'close'), LIMIT_MS, 'nobody has tried');
  return said();
}

/** A folder in which everybody may make something, as in /tmp. */
async function makeCommons(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'mv-commons-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  await chmod(path, 0o1777);
  return path;
}

/** Listens as nobody, and tells of everybody who comes. */
async function listenAsNobody(t: ExecutionContext, place: string) {
  const { said } = asNobody(
    t,
    `require('node:net').createServer((socket) => { console.log('CAME'); socket.on('data', (data) => console.log(String(data))); socket.on('error', () => {}); })
       .listen(${place}, function () { console.log('listens ' + (this.address().port ?? '')); });`,
  );
  const line = await eventually(
    () => /listens (\d*)/u.exec(said())?.[1],
    (found) => found !== undefined,
    { what: 'nobody listens', ms: LIMIT_MS },
  );
  return { port: Number(line), said };
}

asRoot('a project directory that he made first: nothing in it is read, run or connected to', async (t) => {
  const commons = await makeCommons(t);
  const project = await openProject(t, 'procfile', { env: { XDG_RUNTIME_DIR: commons } });
  const hash = createHash('sha256').update(project.dir).digest('hex').slice(0, 12);
  const dir = join(commons, 'multivisor', hash);
  const evil = await listenAsNobody(t, '0');
  const address = { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: evil.port, path: '/RPC2' };
  const state = {
    projectDir: project.dir,
    options: parseProjectArguments([]).options,
    cwd: project.dir,
    told: {},
    endpoint: { address, credentials: null, serverurl: `http://127.0.0.1:${evil.port}` },
  };
  const proof = join(commons, 'proof');
  const config = `[supervisord]\\n[program:evil]\\ncommand=touch ${proof}\\n`;
  const planted = await tryAsNobody(
    t,
    `const fs = require('node:fs');
     fs.mkdirSync(${JSON.stringify(dir)}, { recursive: true });
     fs.writeFileSync(${JSON.stringify(join(dir, 'state.json'))}, ${JSON.stringify(JSON.stringify(state))});
     fs.writeFileSync(${JSON.stringify(join(dir, 'password.json'))}, '"0123456789abcdef0123"');
     fs.writeFileSync(${JSON.stringify(join(dir, 'supervisord.conf'))}, '${config}');
     const server = require('node:net').createServer().listen(${JSON.stringify(join(dir, 's.sock'))}, () => { console.log('planted'); process.exit(); });`,
  );
  t.is(planted, 'planted\n');
  for (const args of [['status'], ['-d'], ['stop', 'all'], ['tail', 'web'], ['shutdown'], ['pid'], ['getconfig']]) {
    const { code, out, err } = await project.mv(...args);
    t.not(code, 0, args.join(' '));
    t.regex(out + err, /multivisor is not ours alone: it belongs to user 65534; remove it/u, args.join(' '));
  }
  t.notRegex(evil.said(), /CAME/u);
  t.deepEqual(await readdir(commons), ['multivisor'], 'nothing of it was run');
});

asRoot('./multivisor.conf and a supervisord.conf of his: nobody is called, and no secret goes there', async (t) => {
  const commons = await makeCommons(t);
  const evil = await listenAsNobody(t, '0');
  const secret = join(await mkdtemp(join(tmpdir(), 'mv-secret-')), 'secret');
  t.teardown(() => rm(dirname(secret), { recursive: true }));
  await writeFile(secret, 'hunter2\n', { mode: 0o600 });
  const texts = {
    'multivisor.conf': `[supervisor:a]\\nurl = http://127.0.0.1:${evil.port}\\nusername = u\\npassword_file = ${secret}\\n`,
    'supervisord.conf': `[inet_http_server]\\nport = 127.0.0.1:${evil.port}\\nusername = u\\npassword = %(ENV_SECRET)s\\n[supervisorctl]\\nserverurl = http://127.0.0.1:${evil.port}\\n`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const cwd = join(commons, name.replace('.', '-'));
    await mkdir(cwd);
    await chmod(cwd, 0o1777);
    await tryAsNobody(t, `require('node:fs').writeFileSync(${JSON.stringify(join(cwd, name))}, '${text}')`);
    t.is((await stat(join(cwd, name))).uid, NOBODY);
    for (const command of ['status', 'doctor', 'supervisors', 'config check', 'serve --bind 127.0.0.1:0']) {
      const { code, out, err } = await runMain(command.split(' '), { cwd, env: { SECRET: 'hunter2' } });
      t.is(code, 2, `${name} ${command}: ${out}${err}`);
      t.regex(err, /is not read: .*65534.* name it with -c|is not read: .*may be written to by others/u);
      t.notRegex(out + err, /hunter2/u);
    }
  }
  const home = join(commons, 'home');
  await tryAsNobody(
    t,
    `const fs = require('node:fs'); fs.mkdirSync('${home}/.config/multivisor', { recursive: true });
     fs.writeFileSync('${home}/.config/multivisor/multivisor.conf', '${texts['multivisor.conf']}')`,
  );
  const { code, err } = await runMain(['status'], { cwd: dirname(secret), env: { HOME: home } });
  t.is(code, 2);
  t.regex(err, /belongs to user 65534/u, 'nor in his home, as with sudo');
  t.notRegex(evil.said(), /CAME/u);
});

asRoot('links that he put where history and names for completion are kept are not followed', async (t) => {
  const commons = await makeCommons(t);
  const home = join(commons, 'home');
  const theirs = join(commons, 'theirs');
  await tryAsNobody(
    t,
    `const fs = require('node:fs');
     fs.mkdirSync('${theirs}');
     for (const below of ['.local/state', '.cache']) {
       fs.mkdirSync('${home}/' + below, { recursive: true });
       fs.symlinkSync('${theirs}', '${home}/' + below + '/multivisor');
     }`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'mv-own-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const config = join(folder, 'm.conf');
  await writeFile(config, '[supervisor:a]\nurl = http://127.0.0.1:1\n', { mode: 0o600 });
  const env = { HOME: home };
  const { ended } = startChild(['completion', 'words', '--', 'stop', '-c', config, ''], { env, cwd: folder });
  t.is(await ended, 0);
  t.is(historyFile({ env }), null);
  t.deepEqual(await readdir(theirs), [], 'nothing is written there as root');
  const own = join(folder, 'home');
  await startChild(['completion', 'words', '--', 'stop', '-c', config, ''], { env: { HOME: own }, cwd: folder }).ended;
  t.is((await readdir(join(own, '.cache/multivisor'))).length, 1, 'in a home of its own it is');
});

for (const agent of LISTENER_AGENTS) {
  asRoot(`${agent}: root's listener on loopback without a token does nothing for him`, async (t) => {
    const host = await startListenerHost(agent, { programs: '[program:web]\ncommand=sleep 1000\nstartsecs=0\n' });
    t.teardown(host.stop);
    await host.listens();
    const { pid } = await host.info('web');
    const call = `<?xml version="1.0"?><methodCall><methodName>supervisor.stopProcess</methodName><params><param><value><string>web</string></value></param></params></methodCall>`;
    const ask = (path: string, method: string) => `
      const request = require('node:http').request({ port: ${host.port}, host: '127.0.0.1', path: '${path}', method: '${method}', agent: false,
        headers: { 'content-type': 'text/xml', 'multivisor-pass': 'x'.repeat(32) } }, (response) => {
        console.log(response.statusCode, response.headers['multivisor-pass'] ? 'with a pass' : 'without a pass');
        response.setEncoding('utf8').on('data', (text) => { console.log(text); if (text.includes('hello')) process.exit(); });
      });
      request.end('${method}' === 'POST' ? ${JSON.stringify(call)} : undefined);`;
    const tries = [
      ['/RPC2', 'POST'],
      ['/multivisor/events', 'GET'],
      ['/logtail/web/stdout', 'GET'],
      ['/mainlogtail', 'GET'],
    ] as const;
    for (const [path, method] of tries) {
      const said = await tryAsNobody(t, ask(path, method));
      t.regex(said, /^403 without a pass\nthis listener has no token and serves its own user and root alone/u, path);
    }
    t.is((await host.info('web')).pid, pid);
    // A connection that is over before its request is looked at belongs to nobody, which the kernel tells as root.
    await tryAsNobody(
      t,
      `const socket = require('node:net').connect(${host.port}, '127.0.0.1', () => {
         socket.write(${JSON.stringify(`POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: ${call.length}\r\n\r\n${call}`)}, () => socket.destroy());
       });`,
    );
    const own = await run(process.execPath, ['-e', ask('/RPC2', 'POST').replace('stopProcess', 'startProcess')], {
      signal,
      timeoutMs: LIMIT_MS,
    });
    t.regex(own.output, /^200 with a pass\n/u, 'root is served');
    t.is((await host.info('web')).pid, pid, 'and nothing was stopped');
  });
}

asRoot("a compile cache that he put beside root's program is not run", async (t) => {
  const commons = await makeCommons(t);
  const { ok, output } = await run(process.execPath, ['scripts/start.mjs', 'build'], {
    cwd: ROOT,
    signal,
    timeoutMs: LIMIT_MS,
  });
  t.true(ok, output);
  // As badly installed as can be: where everybody may make files.
  for (const name of ['multivisor.js', 'plain.cjs', 'full.mjs']) {
    await cp(join(ROOT, 'dist', name), join(commons, name)).catch(() => t.fail(name));
  }
  const wanted = 'there is no configuration';
  const cacheName = `plain.cjs.${process.version}-${process.arch}.cache`;
  const cache = join(commons, cacheName);
  // V8 compares the length of the source alone: what another program of that length left is run as it stands.
  const lab = await mkdtemp(join(tmpdir(), 'mv-lab-'));
  t.teardown(() => rm(lab, { recursive: true }));
  await cp(join(ROOT, 'dist', 'multivisor.js'), join(lab, 'multivisor.js'));
  const plain = await readFile(join(ROOT, 'dist', 'plain.cjs'), 'latin1');
  await writeFile(join(lab, 'plain.cjs'), plain.replaceAll(wanted, 'PLANTED'.padEnd(wanted.length, '!')), 'latin1');
  const start = (where = commons) =>
    run(process.execPath, [join(where, 'multivisor.js'), 'status'], {
      cwd: '/',
      env: { HOME: '/nonexistent', PATH: '/nonexistent' },
      signal,
      timeoutMs: LIMIT_MS,
    });
  t.regex((await start(lab)).output, /PLANTED/u);
  const bytes = join(commons, 'bytes');
  await cp(join(lab, cacheName), bytes);
  await chmod(bytes, 0o644);
  await cp(bytes, cache);
  t.regex((await start()).output, /PLANTED/u, 'such a cache would be run, were it root who wrote it');
  await rm(cache);
  const planted = await tryAsNobody(
    t,
    `require('node:fs').copyFileSync(${JSON.stringify(bytes)}, ${JSON.stringify(cache)})`,
  );
  t.is(planted, '');
  t.is((await stat(cache)).uid, NOBODY);
  const told = (await start()).output;
  t.notRegex(told, /PLANTED/u);
  t.regex(told, /there is no configuration/u);
});

asRoot("of root's project and server he neither reads nor reaches, nor takes, anything", async (t) => {
  const commons = await makeCommons(t);
  const project = await openProject(t, 'procfile', { env: { XDG_RUNTIME_DIR: commons } });
  t.is((await project.mv('-d')).code, 0);
  const [hash = ''] = await readdir(join(commons, 'multivisor'));
  const dir = join(commons, 'multivisor', hash);
  const names = await readdir(dir);
  t.true(names.includes('s.sock') && names.includes('state.json') && names.includes('supervisord.conf'), String(names));
  const audit = join(commons, 'audit.log');
  const config = join(commons, 'm.conf');
  await writeFile(config, `[supervisor:a]\nurl = http://127.0.0.1:1\n`, { mode: 0o600 });
  const serve = startChild(['serve', '-c', config, '--bind', '127.0.0.1:0', '--audit', audit], { unbounded: true });
  t.teardown(async () => {
    serve.child.kill('SIGKILL');
    await serve.ended;
  });
  await eventually(
    () => serve.stderr(),
    (text) => /serving/u.test(text),
    { what: 'it serves', ms: LIMIT_MS },
  );
  const paths = [...names.map((name) => join(dir, name)), join(dir, 'logs'), audit, config];
  const said = await tryAsNobody(
    t,
    `const fs = require('node:fs'); const net = require('node:net');
     const no = (what, act) => { try { act(); console.log('DONE ' + what); } catch (error) { if (!['EACCES', 'EPERM'].includes(error.code)) console.log(what + ' ' + error); } };
     for (const path of ${JSON.stringify(paths)}) {
       no('read ' + path, () => fs.readFileSync(path));
       no('write ' + path, () => fs.appendFileSync(path, 'x'));
       no('remove ' + path, () => fs.unlinkSync(path));
     }
     no('list', () => fs.readdirSync(${JSON.stringify(dir)}));
     no('rename', () => fs.renameSync(${JSON.stringify(join(commons, 'multivisor'))}, ${JSON.stringify(join(commons, 'mine'))}));
     no('plant', () => fs.writeFileSync(${JSON.stringify(join(dir, 'lock.0000000000000000.1'))}, ''));
     net.connect(${JSON.stringify(join(dir, 's.sock'))}, () => console.log('DONE connect')).on('error', (error) => console.log(error.code));`,
  );
  t.is(said, 'EACCES\n');
  await project.untilState('RUNNING', 'web', 'clock');
});
