export const PROJECT_HELP = `The processes of a project, under a supervisord of its own.

Examples
  $ multivisor project
      start them in the foreground; Ctrl-C stops all
  $ multivisor project tui
      start them, and watch in the full-screen view
  $ multivisor project restart web
      everything that supervisorctl can do
  $ multivisor project init
      write a supervisord.conf for what is found here

Usage
  multivisor project [options] [command ...]

Commands
  (none)                start supervisord, or say that it runs
  NAME ...              the same, but only these programs and what they depend on;
                        after "--" also one that is called like a command
  tui [--stop]          the full-screen view; --stop: stop at the end what it started
  status, start, stop, restart, signal, tail, maintail, fg, clear, pid, avail,
  reread, update, add, remove, reload, shutdown, version, open, shell
                        as supervisorctl; "help" lists them
  getconfig [--explain] the merged configuration; where each value comes from
  run COMMAND [ARG ...] one command in the project's environment and directory
  check                 what will not do what was meant
  init                  write a first supervisord.conf
  django-path           the directory for PYTHONPATH, for "manage.py supervisor"
  autoreload, readiness the watcher, and who starts what waits; supervisord runs
                        them

Options
  -d, --daemonize          in the background
      --pidfile FILE       of supervisord
      --logfile FILE       of supervisord
      --project-dir DIR    default: the nearest above with manage.py,
                           supervisord.conf or Procfile
      --config-file FILE   default: SUPERVISOR_CONFIG_FILE, supervisord.conf; also
                           a Procfile.dev
  -e, --env FILE           variables for the programs; default: the project's .env
  -l, --launch NAME        start it with supervisord
  -n, --nolaunch NAME      do not
  -x, --exclude NAME       leave it out
  -i, --include NAME       do not, although the file says so
  -r, --autoreload NAME    restart it, and only those named so, when code changes
      --noreload           restart nothing
  -p, --port PORT          the first port, in place of PORT
      --scale NAME=N       so many of it, each with a port of its own
      --exit-on fail|any|all
                           in the foreground: stop all when a program fails, ends,
                           or when all have ended; the exit code is that program's
      --settings MODULE    Django's
      --pythonpath DIR     Django's
      --python FILE        default: the virtual environment, then PATH
      --no-attach          exit 2 when it runs already
      --legacy-endpoint    listen where django-supervisor did (needs SECRET_KEY)
      --autoescape         escape values as in HTML, as django-supervisor did
      --raw                in the foreground: supervisord's own log
      --poll               watch files by looking at them
  -h, --help

Exit codes are those of supervisord and supervisorctl: status is 0 when all run,
3 when something does not, 4 without a supervisord. Wrong usage is 2.
`;
