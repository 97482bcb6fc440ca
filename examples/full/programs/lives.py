"""lives.py SECONDS END: runs that long, then ends with exit status END, or by the signal that END names (KILL, SEGV)."""

import os
import signal
import sys
import time

seconds, end = float(sys.argv[1]), sys.argv[2]
print(f"working for {seconds:g} s", flush=True)
time.sleep(seconds)
if not end.isdigit():
    print("going down hard", file=sys.stderr, flush=True)
    os.kill(os.getpid(), getattr(signal, f"SIG{end}"))
if end != "0":
    print("lost the connection to axis 3: no answer within 500 ms", file=sys.stderr, flush=True)
print("finished", flush=True)
sys.exit(int(end))
