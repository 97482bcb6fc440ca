// A first supervisord.conf, with comments, for what a directory holds.
import { FIRST_PORT, PORT_STEP } from './template/procfile.ts';

export type Findings = {
  readonly django: boolean;
  /** The package whose celery.py makes the app; null without Celery. */
  readonly celery: string | null;
  /** Names of the scripts of package.json. */
  readonly scripts: readonly string[];
  /** Lines of a Procfile, as supervisord takes them. */
  readonly procfile: readonly { readonly name: string; readonly command: string }[];
  readonly release: string | null;
};

const LONG_RUNNING = ['start', 'dev', 'serve', 'worker', 'watch', 'queue'];

/** Null when there is nothing to start. */
export function starterConfig(found: Findings): string | null {
  const programs = [...djangoPrograms(found), ...nodePrograms(found), ...procfilePrograms(found)];
  if (programs.length === 0) return null;
  const language = found.django ? "Django's template language" : 'Jinja (nunjucks)';
  const head = `; The processes of this project, for "multivisor project". Written by "multivisor project init".
;
; It is a supervisord.conf (http://supervisord.org/configuration.html) in ${language}:
; PROJECT_DIR, PYTHON, environ.NAME and settings.NAME are filled in where they stand in double braces.
;
;   multivisor project             start everything here, in the foreground; Ctrl-C stops it
;   multivisor project -d          the same in the background
;   multivisor project tui         the full-screen view
;   multivisor project status      and start, stop, restart, tail, ...
;   multivisor project update      take up changes of this file
`;
  const tail = `; Options of all programs that do not say otherwise:
;[program:__defaults__]
;stopasgroup=true

; Programs are restarted when code changes${found.django ? ' while settings.DEBUG is on' : ' unless NODE_ENV is production'}. To switch it off:
;[program:autoreload]
;exclude=true
`;
  return [head, ...programs, tail].join('\n');
}

function djangoPrograms({ django, celery, procfile }: Findings): string[] {
  // A Procfile says better what is meant to run.
  if (!django || procfile.length > 0) return [];
  const web = `; The autoreload program restarts it, so its own reloader is off.
[program:web]
command="{{ PYTHON }}" "{{ PROJECT_DIR }}/manage.py" runserver --noreload{% if environ.PORT %} {{ environ.PORT }}{% endif %}
`;
  if (celery === null) return [web];
  const command = `command="{{ PYTHON }}" -m celery -A ${celery}`;
  return [
    web,
    `; Ends warmly: the task at hand is finished first.\n[program:worker]\n${command} worker -l info\nstopwaitsecs=30\n`,
    `; Periodic tasks; never more than one. Take the next line away to use it.\n[program:beat]\nexclude=true\n${command} beat -l info\n`,
  ];
}

function nodePrograms({ django, scripts, procfile }: Findings): string[] {
  // A Procfile says better what is meant to run.
  if (procfile.length > 0) return [];
  const chosen = LONG_RUNNING.filter((name) => scripts.includes(name));
  const first = chosen.includes('start') && chosen.includes('dev') ? chosen.filter((name) => name !== 'dev') : chosen;
  return first.map((name) => {
    const program = name === 'start' ? (django ? 'frontend' : 'web') : name;
    return `; "${name}" of package.json. npm and what it starts are stopped together.
[program:${program}]
command=npm run --silent ${name}
stopasgroup=true
killasgroup=true
`;
  });
}

function procfilePrograms({ django, procfile, release }: Findings): string[] {
  const programs = procfile.map(
    ({ name, command }, index) =>
      `; From the Procfile; the variables of .env are added to these.\n[program:${name}]\ncommand=${command}\n` +
      `environment=PORT="${portOf(index, django)}"\nstopasgroup=true\nkillasgroup=true\n`,
  );
  if (release === null) return programs;
  const once = 'autostart=false\nautorestart=false\nstartsecs=0\nautoreload=false\n';
  return [
    `; From the Procfile: by hand, before the others.\n[program:release]\ncommand=${release}\n${once}`,
    ...programs,
  ];
}

/** As `multivisor project` numbers the programs of a Procfile: from the PORT that one starts it with, or from 5000. */
function portOf(index: number, django: boolean): string {
  const more = index * PORT_STEP;
  if (django) return `{{ environ.PORT|default:"${FIRST_PORT}"${more === 0 ? '' : `|add:"${more}"`} }}`;
  return `{{ (environ.PORT or ${FIRST_PORT})${more === 0 ? '' : `|int + ${more}`} }}`;
}
