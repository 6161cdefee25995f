"""The data models as tables: root datasets, their fields, their children (section 6).

The facts stand in models_endpoint, models_network, models_access and models_content, this module
finds things in them.
"""

from __future__ import annotations

import difflib

from . import models_access, models_content, models_endpoint, models_network
from .dataset import Dataset

DATASETS: list[Dataset] = [
    *models_endpoint.DATASETS,
    *models_network.DATASETS,
    *models_access.DATASETS,
    *models_content.DATASETS,
]
PROFILED = ("Network_Traffic", "All_Traffic")  # the only dataset that a profile maps events to


def roots(model: str) -> list[Dataset]:
    """The root datasets of a model; none when the model is not known."""
    return [dataset for dataset in DATASETS if dataset.model == model]


def find(model: str, dataset: str) -> Dataset | None:
    """The root dataset of that name, or None."""
    return next((root for root in roots(model) if root.name == dataset), None)


def root_of(model: str, dataset: str) -> Dataset | None:
    """The root dataset that is or has the dataset of that name, or None."""
    return next((r for r in roots(model) if dataset == r.name or dataset in r.children), None)


def nearest(name: str, names: list[str]) -> str:
    """The name most like another one."""
    return difflib.get_close_matches(name, names, 1, 0.0)[0]
