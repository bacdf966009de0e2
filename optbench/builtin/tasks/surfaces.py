"""Test functions of one or two variables, the same for every optimizer and for the eye."""

from __future__ import annotations

from optbench import Target, Task, TestFunction
from optbench.builtin.surfaces import SURFACES

_SUBOPTIMALITY = "share of the first loss's distance to the least value"
_STARTS = 0.1
"""Seeds begin at other points, this far (standard deviation) from the published start."""


def _task(name: str, steps: int, description: str) -> Task:
    surface = SURFACES[name]
    return Task(
        name=name,
        model="surface",
        model_options={"function": name, "spread": _STARTS},
        dataset="nothing",
        loss="mean_output",
        steps=steps,
        batch_size="full",
        schedule="constant",
        evaluations=101,
        targets=tuple(
            Target(name=f"{value:.0e}".replace("e-0", "e-"), value=value, on="suboptimality", source=_SUBOPTIMALITY)
            for value in (1e-2, 1e-6)
        ),
        optimum="optbench.builtin.optima:surface",
        test_function=TestFunction(
            function=f"optbench.builtin.formulas:{name}", window=surface.window, minima=surface.minima
        ),
        precision="float64",
        reference=surface.reference,
        description=description,
    )


TASKS = (
    _task("parabola", 50, "The square of one number, from near 10."),
    _task("booth", 200, "An elliptic bowl in the plane, of condition number 9."),
    _task("rosenbrock", 500, "A bent valley in the plane whose floor is nearly flat."),
    _task("beale", 300, "A plateau in the plane between steep walls."),
    _task("himmelblau", 200, "Four equally good minima in the plane, from near the hill between them."),
    _task("rastrigin", 100, "An egg box in the plane: a local minimum near each point of the integer lattice."),
)
