import os
import subprocess
import sys

from django.core.management.base import BaseCommand, CommandError

from djsupervisor import cli


# Of call_command(): the options of the command line, as Python names them.
SWITCHES = ("daemonize", "noreload", "no_attach", "legacy_endpoint", "autoescape", "poll", "raw")
VALUES = (
    ["pidfile", "logfile", "project_dir", "config_file", "env", "port", "exit_on", "python", "settings", "pythonpath"]
    + ["launch", "nolaunch", "exclude", "include", "autoreload", "scale"]
)


class Command(BaseCommand):
    help = "Runs the processes of this project under supervisord (multivisor project)."
    requires_system_checks = []
    stealth_options = SWITCHES + tuple(VALUES)

    def run_from_argv(self, argv):
        """Called as a command: becomes multivisor, which keeps the arguments, the terminal and the exit code."""
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            line = self._command(argv[2:])
        except CommandError as error:
            sys.stderr.write("%s\n" % error)
            sys.exit(1)
        os.execvpe(line[0], line, cli.environment())

    def print_help(self, prog_name, subcommand):
        subprocess.call(self._command(["--help"]), env=cli.environment())

    def create_parser(self, prog_name, subcommand, **kwargs):
        # call_command() takes what the parser makes of its arguments, and all of them are multivisor's to parse.
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parse = parser.parse_args
        parser.parse_args = lambda args=None, namespace=None: with_args(parse([], namespace), args)
        return parser

    def execute(self, *args, **options):
        """Called by call_command(): runs it to its end, and what it prints goes to `stdout` and `stderr`."""
        streams = {"stdout": options.get("stdout"), "stderr": options.get("stderr")}
        pipes = {name: subprocess.PIPE for name, stream in streams.items() if stream is not None}
        done = subprocess.run(self._command(to_options(options) + list(args)), env=cli.environment(), universal_newlines=True, **pipes)
        for name, stream in streams.items():
            if stream is not None:
                stream.write(getattr(done, name))
        if done.returncode != 0:
            raise CommandError("multivisor project exited with %d" % done.returncode, returncode=done.returncode)

    def _command(self, args):
        try:
            return cli.command(args)
        except RuntimeError as error:
            raise CommandError(str(error))


def to_options(options):
    words = ["--" + name.replace("_", "-") for name in SWITCHES if options.get(name)]
    for name in VALUES:
        value = options.get(name)
        several = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        words += ["--%s=%s" % (name.replace("_", "-"), one) for one in several]
    return words


def with_args(namespace, args):
    namespace.args = list(args or [])
    return namespace
