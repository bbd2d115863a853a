"""The page that asks who is missing from a data set: every part of every shipped one is drawn."""

import pytest

from biasaudit.datasets import list_datasets


@pytest.mark.parametrize("name", [name for name, _ in list_datasets()])
def test_every_part_of_every_data_set_is_drawn(dashboard, name):
    app = dashboard("views/dataset.py")
    app.selectbox(key="data").set_value(name).run()
    look = next(widget for widget in app.button_group if widget.key == "look")
    assert len(look.options) >= 8
    for part in look.options:
        next(widget for widget in app.button_group if widget.key == "look").set_value([part]).run()
        assert not app.exception, (part, app.exception)
        assert not app.error, (part, app.error)
        texts = [text.value for text in (*app.markdown, *app.caption)]
        assert not any(" nan" in text or "NaN" in text for text in texts)
