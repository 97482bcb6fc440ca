"""Writes a line on stdout every half second, and on stderr every second."""

import itertools
import math
import sys
import time

name = sys.argv[1] if len(sys.argv) > 1 else "gauge"
for count in itertools.count(1):
    time.sleep(0.5)
    pressure = 3.1e-9 * (1 + 0.2 * math.sin(count / 10))
    print(f"{time.strftime('%H:%M:%S')} {name} #{count} pressure {pressure:.2e} mbar", flush=True)
    if count % 2 == 0:
        print(f"{time.strftime('%H:%M:%S')} {name} #{count} heartbeat", file=sys.stderr, flush=True)
