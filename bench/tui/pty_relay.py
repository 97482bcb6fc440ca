"""Runs a command in a pseudo-terminal and relays its bytes; Node has no pseudo-terminal of its own.

pty_relay.py COLUMNS ROWS COMMAND...: stdin goes to the command as keys, stdout is what it writes. The first line on stderr is
its pid and when it was started, in nanoseconds of the monotonic clock.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

columns, rows, *command = sys.argv[1:]
started = time.monotonic_ns()
pid, master = pty.fork()
if pid == 0:
    # The child waits for its size: a first frame in the wrong one would be measured.
    while os.get_terminal_size(0).columns != int(columns):
        time.sleep(0.001)
    os.execvp(command[0], command)
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
os.write(2, f"{pid} {started}\n".encode())
sources = [0, master]
while True:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:
            # The command has closed its side.
            data = b""
        if source == master and not data:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        if source == 0 and not data:
            sources.remove(0)
        while data:
            data = data[os.write(master if source == 0 else 1, data) :]
