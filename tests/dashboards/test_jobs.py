"""Calls that run beside the page: who waits for them, and what happens when nobody does."""

import importlib
import threading
import time

import pytest

import biasaudit as ba
from started import until


@pytest.fixture
def parts(dashboard):
    """Import the dashboard's jobs and calls as a page does."""
    jobs, calls = (importlib.import_module(f"parts.{name}") for name in ("jobs", "call"))
    importlib.import_module("parts.results").result(calls.call("datasets.make_hiring", n=600, variable="data"))
    return jobs, calls.call


def job(parts, random_state):
    jobs, call = parts
    data = call("datasets.make_hiring", n=600, variable="data")
    ways = ["exponentiated_gradient"]
    return jobs.BackgroundCall(call("mitigation.compare", data, ways, folds=5, repeats=4, random_state=random_state))


def run(made):
    thread = threading.Thread(target=made.run)
    thread.start()
    return thread


def test_a_session_that_is_cut_frees_its_workers(parts, monkeypatch):
    jobs, _ = parts
    here = {"one"}
    monkeypatch.setattr(jobs, "_is_here", lambda session: session in here)
    monkeypatch.setattr(jobs, "GRACE", 0.3)
    made = job(parts, 1)
    made.join("one")
    thread = run(made)
    assert until(lambda: made.total)
    here.clear()
    thread.join(60)
    assert made.ended
    assert made.made is None
    assert made.error is None
    assert jobs._TURN.acquire(blocking=False)
    jobs._TURN.release()


def test_it_goes_on_while_another_session_waits(parts, monkeypatch):
    jobs, _ = parts
    monkeypatch.setattr(jobs, "_is_here", lambda session: True)
    made = job(parts, 2)
    made.join("one")
    made.join("two")
    thread = run(made)
    assert until(lambda: made.total)
    made.leave("one")
    time.sleep(0.6)
    assert not made.ended
    made.leave("two")
    thread.join(60)
    assert made.ended
    assert made.made is None


def test_jobs_take_turns_and_one_that_waits_can_be_stopped(parts, monkeypatch):
    jobs, _ = parts
    monkeypatch.setattr(jobs, "_is_here", lambda session: True)
    made = job(parts, 3)
    made.join("one")
    with jobs._TURN:
        thread = run(made)
        time.sleep(0.5)
        assert made.began is None
        made.leave("one")
        thread.join(60)
        assert made.ended


def test_what_is_wrong_with_the_data_is_kept_as_its_sentence(parts, monkeypatch):
    jobs, call = parts
    monkeypatch.setattr(jobs, "_is_here", lambda session: True)
    data = call("datasets.make_hiring", n=600, variable="data")
    made = jobs.BackgroundCall(call("mitigation.compare", data, ["reweighing"], folds=1))
    made.join("one")
    made.run()
    assert isinstance(made.error, ba.AuditError)
    assert str(made.error) == "folds=1 is not a whole number from 2 on. Use 5."
