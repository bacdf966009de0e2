"""Where the functions of `optbench.builtin.formulas` are least, where runs on them start, and what is worth a look.

Minima as in Jamil and Yang, A literature survey of benchmark functions for global optimization problems, 2013,
arXiv:1308.4008, those of Himmelblau's function to double precision by Newton's method; starts of Rosenbrock's and
Beale's functions as in Moré, Garbow and Hillstrom, Testing unconstrained optimization software, ACM TOMS 1981; the
other starts are ours.
"""

from __future__ import annotations

from typing import NamedTuple

Point = tuple[float, ...]


class Surface(NamedTuple):
    """What is known of a function of one or two variables."""

    start: Point
    minima: tuple[Point, ...]
    """Where its value is 0, the least there is."""
    window: tuple[tuple[float, float], ...]
    """The range of each variable that is drawn."""
    reference: str


SURFACES = {
    "parabola": Surface(
        (10.0,),
        ((0.0,),),
        ((-11.0, 11.0),),
        "Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées, 1847",
    ),
    "booth": Surface(
        (-8.0, 5.0),
        ((1.0, 3.0),),
        ((-10.0, 8.0), (-4.0, 13.0)),
        "Jamil and Yang, A literature survey of benchmark functions, 2013, arXiv:1308.4008",
    ),
    "rosenbrock": Surface(
        (-1.2, 1.0),
        ((1.0, 1.0),),
        ((-1.8, 1.6), (-0.6, 1.8)),
        "Rosenbrock, An automatic method for finding the greatest or least value of a function, Computer Journal 1960",
    ),
    "beale": Surface(
        (1.0, 1.0),
        ((3.0, 0.5),),
        ((0.0, 4.5), (-1.2, 1.6)),
        "Beale, On an iterative method for finding a local minimum of a function of more than one variable, 1958",
    ),
    "himmelblau": Surface(
        (0.0, -1.0),
        (
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286169),
            (3.5844283403304917, -1.8481265269644036),
        ),
        ((-5.0, 5.0), (-5.0, 5.0)),
        "Himmelblau, Applied nonlinear programming, 1972",
    ),
    "rastrigin": Surface(
        (-3.3, 2.3),
        ((0.0, 0.0),),
        ((-5.12, 5.12), (-5.12, 5.12)),
        "Rastrigin, Systems of extremal control, 1974",
    ),
}
