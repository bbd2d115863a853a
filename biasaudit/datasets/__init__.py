"""Data to audit: shipped (`load_*`), and tables in files."""

from biasaudit.datasets.dataset import Card, Dataset, Figure
from biasaudit.datasets.shipped import (
    list_datasets,
    load,
    load_adult,
    load_berkeley,
    load_card,
    load_compas,
    load_law_resumes,
    load_resume_audit,
    load_ricci,
)

__all__ = [
    "Card",
    "Dataset",
    "Figure",
    "list_datasets",
    "load",
    "load_adult",
    "load_berkeley",
    "load_card",
    "load_compas",
    "load_law_resumes",
    "load_resume_audit",
    "load_ricci",
]
