"""Takes memory until its watcher has enough of it."""

import os
import signal
import sys
import threading
import time
from pathlib import Path


def resident_megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def watch():
    while resident_megabytes() < 220:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)


threading.Thread(target=watch, daemon=True).start()
frames = []
for part in range(1, 60):
    frames.append(b"x" * 20_000_000)
    print(f"frames of {sys.argv[1]}: part {part} held, memory in use {resident_megabytes()} MB", flush=True)
    time.sleep(0.05)
