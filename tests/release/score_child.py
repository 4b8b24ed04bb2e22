"""Scores a folder in a process of its own, which a test may kill: FOLDER OUT PAIR, ``slow`` or ``memory``.

``slow`` says after each file how many are written, and waits a little; ``memory`` prints the memory of the
process at the first and the last file.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psutil

from core.bundle import load_pair
from core.release.score_folder import score_folder

EARLY = 60


def main(folder: str, out: str, pair: str, how: str) -> None:
    seen: dict[str, float] = {}

    def tell(done: int, total: int) -> None:
        if how == "slow":
            print(done, flush=True)
            time.sleep(0.02)
        elif done in (EARLY, total):
            seen["early" if done == EARLY else "late"] = psutil.Process().memory_info().rss / 2**20

    score_folder(load_pair(pair), Path(folder), Path(out), roles=("student",), workers=3, on_file=tell)
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
