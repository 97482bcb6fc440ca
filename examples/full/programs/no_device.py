"""Fails on start, as a server does whose device is not there."""

import sys

device = sys.argv[1] if len(sys.argv) > 1 else "/dev/ttyS4"
print("serial line server 2.4.1", flush=True)
print(f"cannot open {device}: permission denied", file=sys.stderr, flush=True)
sys.exit(1)
