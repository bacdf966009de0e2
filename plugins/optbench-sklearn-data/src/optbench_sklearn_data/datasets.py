"""The declarations of the data sets; their modules are imported where one is built."""

from __future__ import annotations

from typing import Any

import optbench

_GENERATORS = "Pedregosa et al., Scikit-learn: machine learning in Python, JMLR 2011"


def _bundled(name: str, content: str, reference: str, description: str) -> optbench.Dataset:
    return optbench.Dataset(
        name=f"sk.{name}",
        build=f"optbench_sklearn_data.bundled:{name.replace('-', '_')}",
        options={"split_seed": 0},
        content=content,
        reference=reference,
        description=description,
    )


def _generated(name: str, content: str, reference: str, description: str, **options: Any) -> optbench.Dataset:
    return optbench.Dataset(
        name=f"sk.{name}",
        build=f"optbench_sklearn_data.generated:{name.replace('-', '_')}",
        options={"examples": 5000, **options, "seed": 0, "split_seed": 0},
        content=content,
        reference=reference,
        description=description,
    )


DATASETS = (
    _bundled(
        "iris",
        content="2c4b32a79309e5d1",
        reference="Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 1936",
        description="Three species of iris by the lengths and widths of sepals and petals.",
    ),
    _bundled(
        "wine",
        content="39d66f8365c049a3",
        reference="Forina et al., PARVUS, an extendible package for data exploration, Genoa 1988; UCI 1991",
        description="Three cultivars by a chemical analysis of their wine.",
    ),
    _bundled(
        "breast-cancer",
        content="28017de0d57fb847",
        reference="Street, Wolberg and Mangasarian, Nuclear feature extraction for breast tumor diagnosis, 1993",
        description="Malignant and benign tumours by the shapes of their cell nuclei; features are nearly collinear.",
    ),
    _generated(
        "moons",
        content="79cd453e3976b1e1",
        reference=f"make_moons; {_GENERATORS}",
        description="Two interleaved half circles that overlap a little.",
        noise=0.2,
    ),
    _generated(
        "hastie",
        content="8b188c96089a74d5",
        reference="make_hastie_10_2; "
        "Hastie, Tibshirani and Friedman, The elements of statistical learning, 2009, equation 10.2",
        description="Inside or outside of a ball in ten dimensions; no linear boundary is better than a guess.",
    ),
    _generated(
        "noisy-labels",
        content="44fcf6ea8553861c",
        reference="make_classification; "
        "Guyon, Design of experiments for the NIPS 2003 variable selection benchmark, 2003",
        description="Clusters of three classes, 12 features of noise, and a tenth of the labels drawn at random.",
        flipped=0.1,
    ),
    _generated(
        "friedman1",
        content="310d264f720b5fd4",
        reference="make_friedman1; Friedman, Multivariate adaptive regression splines, Annals of Statistics 1991",
        description="A smooth function with an interaction, five features of noise, and noise in the target.",
        noise=1.0,
    ),
    _generated(
        "swiss-roll",
        content="301220fc2a19104b",
        reference="make_swiss_roll; "
        "Marsland, Machine learning: an algorithmic perspective, 2nd edition 2014, chapter 6",
        description="The position along a rolled-up sheet, by its coordinates in space.",
        noise=0.5,
    ),
    _generated(
        "low-rank",
        content="b1875ffe3f6630f0",
        reference=f"make_regression with effective_rank; {_GENERATORS}",
        description="Three linear targets of strongly correlated features: an ill-conditioned least-squares problem.",
        noise=0.1,
    ),
)
