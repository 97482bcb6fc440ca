import test from 'ava';
import { redactConfig } from '../../../src/server/redact.ts';
import { FILE, parse, told, worldOf } from '../../helpers/core/config-text.ts';

const ONE = '[supervisor:a]\n';
const alert = (lines: string) => `${ONE}[alert:night]\n${lines}\n`;
const FINE = 'when = fatal\nto = https://h/x';

test('an alert says when, of what, for how long, and where to', (t) => {
  const { config, diagnostics } = parse(
    alert(
      'when = fatal, unexpected-exit backoff>60s\n  restarts>5/1h\nselector = !*:test:* sup=a\nfor = 30s\nrepeat = 4h\n' +
        'to = https://h/T0 ntfy://n/ops\n  exec:/bin/page me now',
    ),
  );
  t.deepEqual(diagnostics, []);
  const [rule] = config?.alerts.rules ?? [];
  t.like(rule, { name: 'night', forMs: 30_000, repeatMs: 4 * 3_600_000, template: null });
  t.deepEqual(
    rule?.when.map(({ text }) => text),
    ['fatal', 'unexpected-exit', 'backoff>60s', 'restarts>5/1h'],
  );
  t.is(rule?.selectors.length, 2);
  t.deepEqual(
    rule?.to.map(({ kind, label }) => `${kind} ${label}`),
    ['webhook https://h', 'ntfy ntfy://n', 'exec exec:/bin/page'],
  );
});

const WRONG: readonly (readonly [string, string])[] = [
  ['to = https://h/', 'error 2 the alert "night" needs "when", such as: when = fatal, unreachable'],
  ['when = fatal', 'error 2 the alert "night" needs "to", such as: to = https://…'],
  ['to = https://h/\nwhen = fatall', 'error 4 "fatall" is nothing that an alert can be about; did you mean "fatal"?'],
  ['to = https://h/\nwhen = backoff>x', 'error 4 "backoff>x": write a time after ">", such as backoff>60s'],
  [
    'to = https://h/\nwhen = restarts>5',
    'error 4 "restarts>5": write a number up to 1000 and a time, such as restarts>5/1h',
  ],
  ['to = https://h/\nwhen = fatal, fatal', 'error 4 "fatal" is there twice'],
  [`${FINE}\nfor = soon`, 'error 5 "for" is a time up to 7d, such as 30s, 5m or 4h, not "soon"'],
  [`${FINE}\nselector = state=fatal`, 'error 5 "state=fatal": in which state it must be is what "when" says'],
  [
    `${FINE}\nselector = colour=red`,
    'error 5 "colour=red": unknown field "colour"; known: state, host, group, name, sup, supervisor, tag, flapping',
  ],
  [
    'when = fatal\nto = https://h/s3cret gopher://s3cret',
    'error 4 "to", of target 2: a target is one of https://…, slack+https://…, ntfy://HOST/TOPIC, alertmanager+https://…, mailto:NAME@HOST, exec:/PATH',
  ],
  ['when = fatal\nto = ntfy://h', 'error 4 "to": ntfy is written ntfy://HOST/TOPIC'],
  ['when = fatal\nto = exec:page', 'error 4 "to": exec: needs the whole path of a program, exec:/PATH'],
  ['when = fatal\nto = mailto:ops', 'error 4 "to": mail is written mailto:NAME@HOST'],
  ['when = fatal\nto = mailto:ops@h', 'error 4 mail needs a section [smtp]'],
  [`${FINE}\nto_file = x`, 'error 5 there are both "to" and "to_file"; keep one of them'],
  [`${FINE}\ntemplate = none`, 'error 5 cannot read the template /etc/none: no such file'],
  [`${FINE}\ntemplate = bad`, 'error 5 /etc/bad: the template has no field "titel"; did you mean "title"?'],
  [`${FINE}\nselectr = x`, 'warning 5 key "selectr" of [alert:night] is not known; did you mean "selector"?'],
];

test('what is wrong is told with its place, and without a secret', (t) => {
  for (const [lines, expected] of WRONG) {
    const [severity, line, ...message] = expected.split(' ');
    const world = worldOf({ '/etc/bad': '{{titel}}' });
    t.deepEqual(told(alert(lines), world), [`${severity} ${FILE}:${line} ${message.join(' ')}`], lines);
  }
  t.deepEqual(told(`${ONE}[alert:]\n${FINE}\n`), [
    `error ${FILE}:2 an alert needs a name without spaces and ":"; write [alert:NAME]`,
  ]);
  t.regex(told(`${ONE}[heartbeat]\n`).join(), /:2 \[heartbeat\] needs a "url"/);
  t.regex(told(`${ONE}[heartbeat]\nurl = ntfy://h/x\n`).join(), /:3 the "url" of \[heartbeat\] is one of http/);
  t.regex(told(`[global]\npage_url = mv\n${ONE}`).join(), /:2 "page_url" is where people find the page/);
});

test('a mail server is read with its password, and what is wrong of it is told', (t) => {
  const mail = alert('when = fatal\nto = mailto:ops@example.org');
  const world = worldOf({ '/etc/pw': 's3cret\n' });
  const { config, diagnostics } = parse(
    `${mail}[smtp]\nurl = smtps://me%40x@mail.example.org\npassword_file = pw\nfrom = mv@example.org\n`,
    world,
  );
  t.deepEqual(diagnostics, []);
  const smtp = {
    host: 'mail.example.org',
    port: 465,
    secure: true,
    user: 'me@x',
    password: 's3cret',
    from: 'mv@example.org',
  };
  t.deepEqual(config?.alerts.rules[0]?.smtp, smtp);
  const wrong = (lines: string) => told(`${mail}[smtp]\n${lines}\n`).join();
  t.regex(wrong('url = smtp://h'), /:5 \[smtp\] needs "from"/);
  t.regex(wrong('url = http://h\nfrom = a@b'), /:6 \[smtp\] needs "url", smtps/);
  t.regex(wrong('url = smtp://h\nfrom = a@b\npassword = s3cret'), /:8 whose password is it/);
  const inUrl = wrong('url = smtp://u:s3cret@h\nfrom = a@b');
  t.regex(inUrl, /:6 the password of \[smtp\] is "password"/);
  t.false(inUrl.includes('s3cret'));
});

test('targets and the heartbeat may come from files and from the environment', (t) => {
  const world = worldOf(
    { '/etc/hook': 'https://h/s3cret\nslack+https://s/x\n', '/etc/ping': 'https://hc/uuid\n' },
    { TOPIC: 'ops' },
  );
  const { config } = parse(
    `${alert('when = fatal\nto_file = hook')}[alert:b]\nwhen = flapping\nto = ntfy://n/\${TOPIC}\n[heartbeat]\nurl_file = ping\nevery = 5m\n`,
    world,
  );
  const [first, second] = config?.alerts.rules ?? [];
  t.deepEqual(
    first?.to.map(({ kind }) => kind),
    ['webhook', 'slack'],
  );
  t.like(second?.to[0], { kind: 'ntfy', topic: 'ops' });
  t.like(config?.alerts.heartbeat, { everyMs: 300_000 });
  t.is(config?.alerts.heartbeat?.target.url, 'https://hc/uuid');
});

test('where alerts go is never shown', (t) => {
  const shown = redactConfig(
    `[alert:night]\nwhen = fatal\nto = https://h/s3cret\n  ntfy://h/s3cret\nto_file = s3cret\n[heartbeat]\nurl = https://hc/s3cret\nevery = 5m\n[supervisor:a]\nurl = http://a:9001\n`,
  );
  t.false(shown.includes('s3cret'), shown);
  t.regex(shown, /when = fatal\n/);
  t.regex(shown, /every = 5m\n/);
  t.regex(shown, /url = http:\/\/a:9001\n/);
});
