"""Log an audit to MLflow: gaps and rates as metrics, the report as artifacts."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError

if TYPE_CHECKING:
    from biasaudit.audits.answers import Answers

__all__ = ["log_audit", "metric_values"]

# What every MLflow store takes in a name; a slash would open a folder.
UNFIT = re.compile(r"[^A-Za-z0-9_. -]")
LONGEST, BATCH = 200, 1000


def metric_values(audit: Answers, *, prefix: str = "bias") -> dict[str, float]:
    """Name and value of everything that is logged; what is undefined is left out.

    Parameters
    ----------
    audit : Audit
        What is logged.
    prefix : str
        Start of every name.

    Returns
    -------
    dict of str to float
        The gap over all groups with its limits, ``bias.selection_rate.difference.race`` (``.low``, ``.high``), and the
        rate of each group, ``bias.selection_rate.race.White``. Letters that MLflow does not take become "_"; where two
        names would become one, a short digest of the group tells them apart.

    Examples
    --------
    >>> import biasaudit as ba
    >>> values = metric_values(ba.audit_predictions(ba.datasets.load_ricci()))
    >>> round(values["bias.selection_rate.difference.race"], 3), round(values["bias.selection_rate.race.White"], 3)
    (0.342, 0.603)
    """
    found: dict[str, float] = {}
    for whole, value in (*_gaps(audit), *_rates(audit)):
        if math.isfinite(value):
            name = _name((prefix, *whole))
            if name in found:
                name = f"{name[: LONGEST - 9]}-{hashlib.sha256(repr(whole).encode()).hexdigest()[:8]}"
            found[name] = float(value)
    return found


def log_audit(
    audit: Answers,
    *,
    prefix: str = "bias",
    artifact_path: str = "biasaudit",
    run_id: str | None = None,
    client: Any = None,
) -> str:
    """Log an audit to an MLflow run: metrics, the report as HTML and JSON, and the answer as a tag.

    Parameters
    ----------
    audit : Audit
        What is logged.
    prefix : str
        Start of every metric's name.
    artifact_path : str
        Folder of the artifacts.
    run_id : str, optional
        Run to log to; the active one otherwise.
    client : MlflowClient, optional
        Client to use; a new one otherwise.

    Returns
    -------
    str
        The run's id.

    Raises
    ------
    AuditError
        If MLflow is not installed or no run is active.

    Examples
    --------
    >>> import biasaudit as ba
    >>> import mlflow  # doctest: +SKIP
    >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
    >>> with mlflow.start_run():  # doctest: +SKIP
    ...     run_id = log_audit(audit)
    >>> round(mlflow.get_run(run_id).data.metrics["bias.selection_rate.difference.gender"], 3)  # doctest: +SKIP
    0.142
    """
    flow = _mlflow()
    if run_id is None:
        active = flow.active_run()
        if active is None:
            raise AuditError("No MLflow run is active. Call log_audit within mlflow.start_run(), or give run_id=.")
        run_id = str(active.info.run_id)
    client = flow.MlflowClient() if client is None else client
    # Every text is made before the first thing is logged: a failure leaves no half of an audit.
    html, json, report = audit.to_html(), audit.to_json(), audit.report()
    now = int(time.time() * 1000)
    metrics = [flow.entities.Metric(name, value, now, 0) for name, value in metric_values(audit, prefix=prefix).items()]
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + BATCH])
    client.set_tag(run_id, "biasaudit.headline", report.headline)
    client.set_tag(run_id, "biasaudit.version", report.package_version)
    client.log_text(run_id, html, f"{artifact_path}/audit.html")
    client.log_text(run_id, json, f"{artifact_path}/audit.json")
    return run_id


def _mlflow() -> Any:
    try:
        import mlflow
    except ImportError:
        raise AuditError('MLflow is not installed. Run: pip install "biasaudit[mlflow]".') from None
    return mlflow


def _gaps(audit: Answers) -> Iterator[tuple[tuple[str, ...], float]]:
    table = audit.disparities()
    for row in table[table["kind"] == "range"].to_dict("records"):
        name = (*_measure(row), row["comparison"], "-".join(row["sensitive_features"]))
        yield name, row["estimate"]
        yield (*name, "low"), row["low"]
        yield (*name, "high"), row["high"]


def _rates(audit: Answers) -> Iterator[tuple[tuple[str, ...], float]]:
    for row in audit.rates().to_dict("records"):
        yield (*_measure(row), *_group(row["group"])), row["estimate"]


def _measure(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Name the metric of a row, and its class where it is of one."""
    return (row["metric"], row["class"]) if row.get("class") else (row["metric"],)


def _group(group: Mapping[str, str]) -> tuple[str, ...]:
    return ("-".join(group), "-".join(group.values())) if group else ("everyone",)


def _name(parts: tuple[str, ...]) -> str:
    return UNFIT.sub("_", ".".join(part.replace(".", "_") for part in parts))[:LONGEST]
