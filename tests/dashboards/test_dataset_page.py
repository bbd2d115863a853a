"""The page that asks who is missing from a data set, on every shipped one."""

import pytest

from biasaudit.datasets import list_datasets

PAGE = "views/dataset.py"


def opened(dashboard, **chosen):
    app = dashboard()
    for name, value in chosen.items():
        app.query_params[name] = value
    app.switch_page(PAGE).run()
    assert not app.exception, app.exception
    return app


def looked_at(app):
    return next(w for w in app.button_group if w.key == "look")


@pytest.mark.parametrize("name", [name for name, _ in list_datasets()])
def test_every_part_of_every_data_set_is_drawn(dashboard, name):
    app = dashboard(PAGE)
    app.selectbox(key="data").set_value(name).run()
    assert not app.exception and not app.error, [app.exception, app.error]
    for part in looked_at(app).options:
        print(part)
