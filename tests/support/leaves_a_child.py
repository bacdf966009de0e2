"""What a plugin may do to its worker's process and pipe."""

import os
import time


def and_dies(after: float = 0.0) -> None:
    time.sleep(after)
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)


def closes_everything_and_sleeps() -> None:
    os.closerange(3, 256)
    time.sleep(600)
