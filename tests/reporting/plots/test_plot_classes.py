"""Heat maps of who is predicted what: one scale, the order of the classes, and a title that states a finding."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.reporting.plots import plot_class_confusion


def audit(groups=2, **more):
    rng = np.random.default_rng(1)
    true = rng.choice(["<b>cold</b>", "flu", "none"], 60 * groups)
    said = np.where(rng.random(60 * groups) < 0.7, true, "none")
    group = np.repeat([f"g{i}" for i in range(groups)], 60)
    frame = pd.DataFrame({"group": group, "true": true, "said": said, "sex": ["f", "m"] * 30 * groups})
    return ba.audit_predictions(frame, y_true="true", y_pred="said", **{"sensitive_features": "group"} | more)


def test_each_group_has_a_heat_map_on_one_scale():
    found = audit().confusion()
    drawn = plot_class_confusion(found, features=("group",))
    assert [trace.type for trace in drawn.figure.data] == ["heatmap"] * 2
    assert all((trace.zmin, trace.zmax, trace.coloraxis) == (0, 1, "coloraxis") for trace in drawn.figure.data)
    assert list(drawn.figure.data[0].x) == ["&lt;b&gt;cold&lt;/b&gt;", "flu", "none"]
    first = drawn.table.iloc[:9]
    assert np.allclose(drawn.figure.data[0].z, first["share"].to_numpy().reshape(3, 3))
    assert drawn.title.startswith("Most often taken for another: of g")
    assert len(drawn.table) == 18


def test_six_groups_are_drawn_and_the_features_have_to_be_there():
    drawn = plot_class_confusion(audit(groups=8).confusion(), features=("group",))
    assert len(drawn.figure.data) == 6
    crossed = audit(sensitive_features=["group", "sex"]).confusion()
    assert len(plot_class_confusion(crossed, features=("group", "sex")).figure.data) == 4
    with pytest.raises(ba.AuditError, match="There is no confusion by race"):
        plot_class_confusion(crossed, features=("race",))


def test_where_nobody_is_taken_for_another_the_title_says_so():
    frame = pd.DataFrame({"group": ["a", "b"] * 6, "true": list("xyz") * 4})
    found = ba.audit_predictions(
        frame.assign(said=frame["true"]), y_true="true", y_pred="said", sensitive_features="group"
    )
    title = plot_class_confusion(found.confusion(), features=("group",)).title
    assert title == "Who is predicted what: nobody is taken for another"
