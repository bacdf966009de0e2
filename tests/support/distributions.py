"""Real plugin distributions, as small as they can be: a module and the metadata that pip would leave beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

HEAD = "import optbench\n"


def optimizers(*names: str) -> str:
    """The source of a plugin that provides optimizers."""
    yields = "".join(
        f"    yield optbench.Optimizer(name={name!r}, build='torch.optim:SGD', lr_ref=0.1)\n" for name in names
    )
    return f"{HEAD}@optbench.hookimpl\ndef optbench_optimizers():\n{yields}"


def hook(name: str, body: str) -> str:
    """The source of a plugin with one hook."""
    return f"{HEAD}@optbench.hookimpl\ndef {name}():\n    {body}\n"


def write_distribution(
    folder: Path, name: str, source: str, version: str = "2.0", requires: Sequence[str] = (), metadata: bool = True
) -> str:
    """Write a distribution whose module has the distribution's name with underscores; return the module's name."""
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    info = folder / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text(f"[optbench]\n{module} = {module}\n", encoding="utf-8")
    if metadata:
        lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return module
