"""biasaudit datasets and schema: what there is, and what reports look like."""

from __future__ import annotations

from typing import Annotated

import typer

from biasaudit.cli.printing import say

__all__ = ["datasets", "schema"]


def datasets() -> None:
    """List the shipped data sets and what one can ask of them."""
    from biasaudit.datasets.shipped.loading import list_datasets

    for name, card in list_datasets():
        say(f"{name:<14}{card.rows:>7,} rows  {card.title}")
        say(f"{'':<14}{card.question}")


def schema(
    policy: Annotated[bool, typer.Option("--policy", help="That of policy files instead.")] = False,
    verdict: Annotated[bool, typer.Option("--verdict", help="That of verdicts instead.")] = False,
) -> None:
    """Print the JSON Schema of the reports, of policy files or of verdicts."""
    import json

    from biasaudit.policy.document import policy_schema
    from biasaudit.policy.formats.as_json import check_schema
    from biasaudit.reporting.formats.as_json import json_schema

    chosen = policy_schema if policy else check_schema if verdict else json_schema
    say(json.dumps(chosen(), indent=1, ensure_ascii=False))
