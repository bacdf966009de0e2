"""Bugs that users reported in released packages, each with the version that has it and the one that does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """A bug of `build` in version `bad` of a package, which `check` finds, and what mends it."""

    package: str
    bad: str
    good: str | None
    """The version with the fix; None where none was released."""
    build: str
    check: str
    bug: str
    needs: tuple[str, ...] = ()
    """What the package imports, besides torch and numpy."""
    options: str = ""
    """Arguments of the class that the bug needs."""

    @property
    def row(self) -> str:
        """A line of the table in docs/conformance.md."""
        options = f"({self.options})" if self.options else ""
        build = self.build.rpartition(":")[2]
        return (
            f"| {self.package} | {self.bad} | {self.good or 'none'} | `{build}{options}` | {self.bug} | {self.check} |"
        )


RELEASES = (
    Release(
        "adam-atan2-pytorch",
        "0.1.9",
        "0.1.10",
        "adam_atan2_pytorch.adopt_atan2:AdoptAtan2",
        "determinism",
        "its momentum begins with what is in the memory, now and then NaN",
    ),
    Release(
        "adam-atan2-pytorch",
        "0.3.6",
        "0.3.7",
        "adam_atan2_pytorch.foreach:AdamAtan2",
        "weight-decay",
        "its weight decay grows with the number of tensors",
        needs=("einops==0.8.1",),
        options="decoupled_wd=True",
    ),
    Release(
        "ranger-adabelief",
        "0.0.9",
        "0.1.0",
        "ranger_adabelief:RangerAdaBelief",
        "state-dict",
        "its state cannot be restored",
    ),
    Release(
        "torch-optimizer",
        "0.3.0",
        None,
        "torch_optimizer:SGDW",
        "decay-direction",
        "its weight decay subtracts lr * weight_decay from every weight",
        needs=("pytorch-ranger==0.1.1",),
    ),
    Release(
        "pytorch-optimizer",
        "3.8.0",
        "3.8.1",
        "pytorch_optimizer:StableSPAM",
        "zero-gradient",
        "NaN where a gradient is zero",
    ),
    Release(
        "pytorch-optimizer",
        "3.9.0",
        "3.10.0",
        "pytorch_optimizer:AdamP",
        "zero-gradient",
        "eps is added after the division: NaN where a gradient is zero",
    ),
    Release(
        "pytorch-optimizer",
        "2.10.0",
        "2.10.1",
        "pytorch_optimizer:SWATS",
        "descends",
        "its steps lack their size and their sign",
    ),
    Release(
        "schedulefree",
        "1.2.3",
        "1.2.5",
        "schedulefree:AdamWScheduleFree",
        "group-lr",
        "it divides by zero in a group whose rate is 0",
    ),
)

HEAD = ("| package | has it | mended in | optimizer | bug | found by |", "|---|---|---|---|---|---|")


def release_rows() -> list[str]:
    """The table of docs/conformance.md."""
    return [*HEAD, *(release.row for release in RELEASES)]
