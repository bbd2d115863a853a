"""The page that asks what must hold before it ships."""

from __future__ import annotations

import hashlib
from typing import Any

import streamlit as st

from parts import show
from parts.call import call, method
from parts.kinds import only_yes_or_no
from parts.limits import limits
from parts.results import result
from parts.source import TableSource, choose, uploaded
from parts.verdict import TomlText, command, take_along, verdict

OWN = "rules of our own"
READY = {
    OWN: "",
    "four fifths": "four_fifths",
    "NYC Local Law 144": "local_law_144",
    "EU AI Act, Article 10": "ai_act_article_10",
}
RATCHET = """
[[rules]]
name = "not worse than the saved audit"
metric = "{metric}"
comparison = "difference"
not_worse_than_baseline = true
margin = 0.05
"""
TEXT_ROWS = 20


def main() -> None:
    """Draw the page."""
    st.title("What must hold before it ships?")
    st.markdown(
        "A rule fails where the whole interval is past its limit and holds where the whole interval is within it. "
        "Anything else is “cannot tell”, which is not a pass."
    )
    source = choose()
    if not only_yes_or_no(source):
        return
    roles = source.roles
    if not roles["sensitive_features"] or not any(roles[name] for name in ("y_true", "y_pred", "score")):
        st.info("Say in the sidebar who belongs to which group, and which column holds the decision or what came true.")
        return
    named = READY[
        st.segmented_control(
            "Policy", list(READY), key="policy", bind="query-params", default=OWN, required=True, wrap=True
        )
        or OWN
    ]
    text, key = (None, "") if named else _edited(source)
    policy = (
        call("policy.load", named, variable="policy")
        if named
        else (call("policy.loads", TomlText(text), variable="policy"))
    )
    rules = result(policy)
    if text is not None:
        limits(rules, text, key)
    baseline = None if named else _baseline(key, rules)
    arguments = {name: value for name, value in source.arguments.items() if vars(rules.columns)[name] is None}
    request = call("audit_for", source.call, policy, **arguments)
    with st.spinner("Counting …"):
        audit = result(request)
    judged = method(request, "check", policy, baseline=baseline, variable="verdict")
    found = result(judged)
    verdict(found)
    _pipeline(command(source.name, named or "policy.toml", baseline and baseline.name, arguments))
    take_along(found, audit, text)
    show.code(judged)


def _pipeline(shell: str) -> None:
    """Show the command that gives the same verdict."""
    st.subheader("The same verdict in a pipeline")
    st.markdown(
        "It exits with 0 where everything holds, 1 where a rule does not, 3 where the data cannot tell, and 2 "
        "on bad input."
    )
    st.code(shell, language="bash", wrap_lines=True)


def _edited(source: TableSource) -> tuple[str, str]:
    """Let people edit the policy; it starts from the columns of the table."""
    columns = {
        name: source.roles.get(name)
        for name in ("sensitive_features", "y_true", "y_pred", "score", "threshold", "pos_label")
    }
    start = result(call("policy.starting_policy", f"What must hold for {source.name}", columns, variable="text"))
    key = f"toml-{hashlib.sha256((start + source.call.key).encode()).hexdigest()[:8]}"
    # A widget that is not drawn forgets its text: what was written outlives a look at another page.
    texts = st.session_state.setdefault("_policies", {})
    if key not in st.session_state:
        st.session_state[key] = texts.get(key, start)
    with st.expander("The rules, as TOML: set the limits", expanded=True):
        text = st.text_area("Rules", key=key, height=TEXT_ROWS * 18, label_visibility="collapsed")
        st.caption("Limits are choices about people. Give each rule a reason, and somebody who answers for it.")
    texts[key] = text
    return text, key


def _baseline(key: str, rules: Any) -> Any:
    """Take a saved audit to hold this one against."""
    with st.expander("Did it get worse? Hold it against a saved audit"):
        st.markdown("Give the JSON of an audit that was saved: the download “Next baseline” below, or `to_json()`.")
        baseline = uploaded("Saved audit", "baseline_file", ["json"])
        looks = any(rule.not_worse_than_baseline for rule in rules.rules)
        if baseline is not None and not looks:
            st.info("No rule looks at it yet.")
            metric = rules.rules[0].metric if rules.rules else "selection_rate"
            st.button("Add such a rule", on_click=_append, args=[key, RATCHET.format(metric=metric)])
    return baseline if looks else None


def _append(key: str, rule: str) -> None:
    st.session_state[key] = st.session_state[key].rstrip() + "\n" + rule


main()
