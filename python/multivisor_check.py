"""What supervisord's own parser says of each section of a configuration: every option that it refuses, not the first alone.

The request is JSON on standard input: {"here": path, "sections": [[name, [[key, value], ...]], ...]}, the answer JSON on
descriptor 3: [{"section", "key", "message"}, ...]; the key is null when no single option is to blame.
"""
import io
import json
import os
import re
import shlex
import sys


def main():
    request = json.load(sys.stdin)
    answer = []
    for name, options in request["sections"]:
        answer += complaints(name, dict(options), request["here"])
    with os.fdopen(3, "w", encoding="utf-8") as out:
        json.dump(answer, out)


def complaints(section, options, here):
    found = []
    while True:
        message = refusal(section, options, here)
        if message is None:
            return found
        key = culprit(section, options, here, message)
        found.append({"section": section, "key": key, "message": message})
        if key is None:
            return found
        options = without(options, key)


def culprit(section, options, here, message):
    """The option without which it says something else."""
    for key in options:
        if refusal(section, without(options, key), here) != message:
            return key
    return None


def without(options, key):
    rest = {name: value for name, value in options.items() if name != key}
    # Nothing is a program that has no command.
    return dict(rest, command="true") if key == "command" else rest


def refusal(section, options, here):
    from supervisor.options import ServerOptions

    lines = ["[%s]" % section] + ["%s=%s" % (key, value.replace("\n", "\n  ")) for key, value in options.items()]
    text = "\n".join(lines if section == "supervisord" else ["[supervisord]"] + lines) + "\n"
    server = ServerOptions()
    server.here = here
    try:
        server.read_config(io.StringIO(text))
    except Exception as error:  # ValueError, mostly; whatever it is, it would end supervisord
        return re.sub(r" in section .* \(file: .*\)$", "", str(error) or type(error).__name__, flags=re.DOTALL)
    for group in server.configroot.supervisord.process_group_configs:
        for process in group.process_configs:
            try:
                # As it does when it starts the program.
                shlex.split(process.command)
            except ValueError as error:
                return "the command cannot be taken apart: %s" % error
    return None


main()
