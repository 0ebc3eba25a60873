"""How a rival in Python answers bench/python.mjs: its name and version first, then a line for each line.

`prepare …` makes the data for what comes, in place of those before; every other line is a request, and its answer the
seconds it took.
"""

import sys
import time


def answer(greeting, prepare, seconds):
    """`prepare(*words)` gives what `seconds(made, request)` measures."""
    print(greeting, flush=True)
    made = None
    for line in sys.stdin:
        request, *words = line.split()
        if request == "prepare":
            made = None  # first, so that there is room
            made = prepare(*words)
            print(0.0, flush=True)
        else:
            print(seconds(made, request), flush=True)


def seconds_of(work, times=1):
    """Of so many runs."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - started
