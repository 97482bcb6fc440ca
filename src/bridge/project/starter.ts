// A first supervisord.conf, with comments, for what a directory holds.

export type Findings = {
  readonly django: boolean;
  /** The package whose celery.py makes the app; null without Celery. */
  readonly celery: string | null;
  /** Names of the scripts of package.json. */
  readonly scripts: readonly string[];
  /** Lines of a Procfile. */
  readonly procfile: readonly { readonly name: string; readonly command: string }[];
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

function djangoPrograms({ django, celery }: Findings): string[] {
  if (!django) return [];
  const web = `; The autoreload program restarts it, so its own reloader is off.
[program:web]
command={{ PYTHON }} {{ PROJECT_DIR }}/manage.py runserver --noreload
`;
  if (celery === null) return [web];
  const command = `command={{ PYTHON }} -m celery -A ${celery}`;
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

function procfilePrograms({ django, procfile }: Findings): string[] {
  const fresh = django ? procfile.filter(({ name }) => name !== 'web' && name !== 'worker') : procfile;
  return fresh.map(
    ({ name, command }) =>
      `; From the Procfile.\n[program:${name}]\ncommand=${command}\nstopasgroup=true\nkillasgroup=true\n`,
  );
}
