"""Floods its log: about two hundred lines a second, so that it rotates every few seconds."""

import itertools
import time

for frame in itertools.count(1):
    print(f"{time.time():.3f} frame {frame} 1920x1200 mean {frame * 7919 % 4096} max 4095 {'.' * 60}", flush=True)
    time.sleep(0.005)
