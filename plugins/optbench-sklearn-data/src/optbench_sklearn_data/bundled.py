"""Data sets that come with scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import optbench
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from optbench_sklearn_data.splits import classification


def iris(files: Mapping[str, Path], *, split_seed: int) -> optbench.Splits:
    """Three species of iris by four lengths and widths in centimetres."""
    return classification(load_iris(return_X_y=True), split_seed)


def wine(files: Mapping[str, Path], *, split_seed: int) -> optbench.Splits:
    """Three cultivars by 13 measurements of their wine."""
    return classification(load_wine(return_X_y=True), split_seed)


def breast_cancer(files: Mapping[str, Path], *, split_seed: int) -> optbench.Splits:
    """Malignant (0) and benign (1) tumours by 30 measurements of cell nuclei."""
    return classification(load_breast_cancer(return_X_y=True), split_seed)
