"""Whether this is a notebook, and what it needs to show bars and figures."""

from __future__ import annotations

import sys
import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="IProgress not found")  # then a notebook's bar is one of text
    from tqdm.auto import tqdm

__all__ = ["in_notebook", "show_figures", "tqdm"]


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and "IPKernelApp" in shell.config


def show_figures() -> None:
    """Have a notebook show figures as pictures: it begins to once the backend of pyplot is loaded."""
    if in_notebook():
        from matplotlib import pyplot

        pyplot.switch_backend(pyplot.get_backend())
