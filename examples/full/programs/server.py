"""A server that does nothing but run: it says that it is ready, then one line a minute."""

import sys
import time

name = sys.argv[1] if len(sys.argv) > 1 else "server"
print(f"{name}: ready", flush=True)
while True:
    time.sleep(60)
    print(f"{name}: alive", flush=True)
