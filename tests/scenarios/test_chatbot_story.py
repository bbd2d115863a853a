"""The chatbot story: what it comes to say is what it hears, caps bound it, accounts get around them."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.datasets.generated.town import GROUPS, INSULT, WORDS, compose, make_town
from biasaudit.models.chatbot import capped, learn_online, steady_state
from biasaudit.scenarios.chatbot import _policies as chatbot_policies
from biasaudit.scenarios.chatbot._policies import HOURS, POLICIES, START, Reader, expected_share, talk_of_town

STORY = ba.scenarios.get("chatbot")
NAMES = [policy.name for policy in POLICIES]


def refused(action):
    with pytest.raises(AuditError) as caught:
        action()
    return str(caught.value)


@pytest.fixture(scope="module")
def talk():
    return talk_of_town(290, trolls=40, cap=1, recall=0.9, random_state=0)


def late_shares(seeds, policy_rows):
    """Share of toxic replies about group A in hours 25 to 40, by seed and policy."""
    found = []
    for seed in seeds:
        towns = [make_town(hours=40, puppets=puppets, random_state=seed) for puppets in (False, True)]
        town = towns[0]
        counts = [chatbot_policies._counting(one, 1) for one in towns]
        learnt = np.array(
            [
                {"none": np.ones(len(town.time), bool), "cap": counts[0], "puppets": counts[1]}[name]
                for name in policy_rows
            ]
        )
        chance = learn_online(START, town.group, town.style, learnt)
        at = (town.group == 0) & (town.time > 25)
        found.append(chance[:, at, INSULT].mean(axis=1))
    return np.array(found)


def test_in_the_long_run_it_says_what_it_hears():
    rows = ["none", "cap", "puppets"]
    shares = late_shares(range(9), rows)
    error = shares.std(axis=0, ddof=1) / 3
    known = np.array([expected_share(name, 290, 40, 1) for name in rows])
    assert known[0] == pytest.approx(0.710, abs=5e-4)
    assert (error < 0.006).all()
    assert (np.abs(shares.mean(axis=0) - known) < 3 * error + 0.004).all()


def test_a_cap_bounds_and_new_accounts_get_around_it(talk):
    none, cap, puppets = (talk.share(name, HOURS - 4) for name in ("none", "cap", "puppets"))
    assert cap < 0.5 < none <= puppets + 0.03
    assert talk.hours_to_half("cap") is None
    assert talk.hours_to_half("none") == talk.hours_to_half("puppets") == 7
    # It only slows: the bound is where it would go for ever.
    assert talk.share("cap", 6, 8) < talk.share("cap", 10, 12) < talk.share("cap", 16) + 0.02


def test_each_policy_does_what_it_says(talk):
    town = talk.towns[0]
    row = {name: talk.learnt[i] for i, name in enumerate(NAMES)}
    assert not row["frozen"].any()
    assert row["none"].all()
    assert talk.share("frozen", 0) == pytest.approx(0.01)
    hour = np.floor(town.time)
    for name in ("cap", "cap_filter"):
        keys = np.column_stack([town.account[row[name]], hour[row[name]]])
        assert len(np.unique(keys, axis=0)) == len(keys)
    puppet = talk.towns[1]
    assert row["puppets"][puppet.troll].all()
    assert len(np.unique(puppet.account[puppet.troll])) == puppet.troll.sum()
    assert not (row["filter"] & talk.removed[NAMES.index("filter")]).any()
    toxic = talk.removed[NAMES.index("filter")][town.style == INSULT].mean()
    assert toxic == pytest.approx(0.9, abs=0.02)
    for name in ("replay", "anchor", "filter", "cap_filter"):
        assert talk.share(name, HOURS - 4) < talk.share("none", HOURS - 4) - 0.1


def test_who_writes_kindly_about_the_target_pays_for_the_filter(talk):
    replies = talk.replies[talk.replies["policy"] == "filter"]
    removed = replies.groupby("group")["removed"].mean()
    assert removed[GROUPS[0]] > removed[GROUPS[1]] + 0.03
    step = STORY.run().panel("cost")
    assert step.findings[0].verdict == "shown"


def test_the_filter_is_audited_like_any_scorer_of_texts(talk):
    strict = STORY.run(recall=0.97)
    audit = strict.names
    assert audit.named == ("groupa",)
    flagged = audit.flagged().set_index("term")["estimate"]
    assert flagged["groupa"] > flagged["groupb"] + 0.15
    # Messages differ in the name alone, so what the filter says of them is the filter's doing.
    frame = audit.scored
    assert frame.groupby("template")["toxic"].nunique().eq(1).all()
    assert frame.groupby("term")["text"].apply(lambda texts: [t.split()[1:] for t in texts]).map(str).nunique() == 1
    words = np.array([[WORDS.index(word) for word in text.split()] for text in frame["text"]])
    assert np.array_equal(strict.talk.filter.toxic(words), frame["score"].to_numpy() >= audit.threshold)
    step = strict.panel("names")
    assert step.findings[0].group == {"term": "groupa"}
    assert {found.metric for found in step.findings} == {"false_positive_rate", "false_negative_rate"}
    assert [table.name for table in step.tables] == ["flagged", "aucs", "retraining"]
    assert audit.pairs("groupb").findings()[0].verdict == "shown"


def test_the_judge_is_not_the_filter(talk):
    rng = np.random.default_rng(4)
    kind = [compose(np.full(4_000, g), rng.integers(0, INSULT, 4_000), rng) for g in range(len(GROUPS))]
    wrong = [talk.judge.toxic(words).mean() for words in kind]
    # The judge takes nobody's name for an insult, which the filter does.
    assert max(wrong) - min(wrong) < 0.03
    attack = make_town(hours=12, random_state=1_000)
    filtering = Reader(attack, 0).at_recall(0.9, 1)
    assert filtering.toxic(kind[0]).mean() > filtering.toxic(kind[1]).mean() + 0.03


def test_the_same_seed_says_the_same(talk):
    again = talk_of_town(290, trolls=40, cap=1, recall=0.9, random_state=0)
    assert again.replies.equals(talk.replies)
    other = talk_of_town(290, trolls=40, cap=1, recall=0.9, random_state=1)
    assert not other.replies["toxic"].equals(talk.replies["toxic"])


def test_without_trolls_nothing_is_learnt():
    run = STORY.run(trolls=0)
    assert run.gap.verdict != "shown"
    assert run.talk.hours_to_half("none") is None
    assert run.talk.share("none", 10) < 0.02


@settings(max_examples=15)
@given(st.integers(0, 1_000), st.permutations(range(3)))
def test_names_of_groups_change_nothing_else(seed, order):
    rng = np.random.default_rng(seed)
    group, style = rng.integers(0, 3, 60), rng.integers(0, 5, 60)
    learnt = rng.random((2, 60)) < 0.7
    turned = np.array(order)[group]
    asked = {"anchor": [0.0, 0.3], "replay": 0.0}
    assert np.allclose(
        learn_online(START, group, style, learnt, **asked),
        learn_online(START, turned, style, learnt, **asked),
    )


def test_a_cap_above_every_count_is_no_cap():
    town = make_town(random_state=3)
    assert chatbot_policies._counting(town, 1_000).all()
    assert capped(3.55, 1_000) == pytest.approx(3.55)


@pytest.mark.parametrize("cap", [1, 2, 5])
def test_capped_rates_are_those_of_poisson_counts(cap):
    counts = np.random.default_rng(0).poisson(3.55, 200_000)
    assert capped(3.55, cap) == pytest.approx(np.minimum(counts, cap).mean(), abs=0.01)


def test_one_step_is_the_gradient_of_the_log_likelihood():
    torch = pytest.importorskip("torch")
    chance = learn_online(START, [0, 0], [INSULT, 0], [[True, True]], rate=0.5)[0]
    scores = torch.tensor(np.log(START[0]), requires_grad=True)
    loss = torch.nn.functional.cross_entropy(scores[None], torch.tensor([INSULT]))
    loss.backward()
    stepped = (scores - 0.5 * scores.grad).softmax(0).detach().numpy()
    assert np.allclose(chance[0], START[0] / START[0].sum())
    assert np.allclose(chance[1], stepped)


def test_steady_state():
    assert steady_state(142, 58) == 0.71
    assert np.isnan(steady_state(0, 0))


def test_messages_hold_words_of_their_group_and_style():
    town = make_town(random_state=0)
    assert town.words.shape == (len(town.time), 7)
    assert all(text.split()[0] == "group" + "abc"[g] for text, g in zip(town.texts()[:200], town.group, strict=False))
    insults = np.isin(np.array(WORDS)[town.words], [word for word in WORDS if word.startswith("insult")]).any(axis=1)
    assert insults[town.troll].mean() == pytest.approx(0.85, abs=0.03)
    assert insults[~town.troll].mean() == pytest.approx(0.03, abs=0.02)
    assert (np.diff(town.time) >= 0).all()
    assert town.time[town.troll].min() >= 4


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: STORY.run(cap=0), "cap=0 is out of range. Give a number from 1 to 10."),
        (lambda: STORY.run(trolls=float("nan")), "trolls=nan is out of range. Give a number from 0 to 80."),
        (
            lambda: STORY.run(troll=1),
            '"troll" is not a dial of "chatbot". Did you mean "trolls"? Dials: trolls, cap, recall.',
        ),
        (
            lambda: STORY.run().panel("hour"),
            '"hour" is not a part of this story. Did you mean "hours"? Parts: who, hours, policies, cost, names, '
            "language, truth.",
        ),
        (lambda: capped(1.0, 0), "cap=0 lets nobody be heard. Give a whole number of messages an hour, from 1 on."),
        (
            lambda: make_town(0),
            "n=0, trolls=40, hours=20.0 is out of range. Give 1 to 100,000 users, up to as many trolls, and up to "
            "1,000 hours.",
        ),
        (
            lambda: learn_online(np.zeros((3, 5)), [0], [0], [[True]]),
            "The shares at the start have to be above 0, and group, style and learnt be as long: found (3, 5), "
            "(1,), (1,) and (1, 1).",
        ),
    ],
)
def test_what_cannot_be_gets_one_sentence(action, sentence):
    assert refused(action) == sentence


def test_panels_and_tables_of_policies_by_hours_and_group(talk):
    run = STORY.run()
    assert run.effort("hours") == ""
    assert run.effort("language").startswith("3 language models are trained, message by message")
    assert "language model by hour" not in repr(run)
    step = run.panel("policies")
    by_hours, by_policy = step.tables
    assert len(by_hours.rows) == len(POLICIES) * len(GROUPS)
    assert [column.words for column in by_hours.columns][2:] == [
        "Hours 1–4",
        "Hours 5–8",
        "Hours 9–12",
        "Hours 13–16",
        "Hours 17–20",
    ]
    assert [row["half"] for row in by_policy.rows][:3] == ["hour 7", "never", "never"]
    assert {found.verdict for found in step.findings[:6]} == {"shown"}
    animation = run.panel("hours").reel
    sentences, drawn = animation.show(19)
    assert sentences[0].startswith("Hour 20. Asked about group A, it says: “groupa ")
    assert drawn.to_frame()["hour"].max() == 20


@pytest.mark.slow
def test_a_language_model_learns_the_same(talk, monkeypatch):
    pytest.importorskip("torch")
    from biasaudit.scenarios.chatbot import _language as chatbot_language
    from biasaudit.scenarios.chatbot._language import spoken

    monkeypatch.setattr(chatbot_language, "SPOKEN", ("none", "cap_filter"))
    told = []
    frame = spoken(talk, 0, lambda done, total, name: told.append((done, total)))
    assert told[-1] == (2, 2)
    late = frame[frame["hour"] > 12].groupby(["policy", "group"])["toxic"].mean()
    assert late["none", GROUPS[0]] > 0.4
    assert late["cap_filter", GROUPS[0]] < 0.2
    assert late["none", GROUPS[1]] < 0.3
    assert len(frame) == 2 * HOURS * 3 * 100


def test_a_language_model_with_one_seed_says_the_same_and_gives_its_chances_honestly():
    pytest.importorskip("torch")
    from biasaudit.models.language import LanguageModel

    rng = np.random.default_rng(0)
    texts = compose(rng.integers(0, 3, 300), rng.integers(0, 4, 300), rng)
    learnt, at, prompt = np.ones(300, dtype=bool), np.array([100, 300]), np.repeat([0, 1], 20)
    one, two = (list(LanguageModel(len(WORDS), 1).talk(texts, learnt, at, prompt)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert (one[0][:, 0] == prompt).all()
    frozen = list(LanguageModel(len(WORDS), 1).talk(texts, ~learnt, at, prompt))
    assert not np.array_equal(frozen[1], one[1])
    # After much of one text it says little else.
    drilled = LanguageModel(len(WORDS), 1).read(np.tile(texts[:1], (400, 1)))
    assert (drilled.reply(np.repeat(texts[0, 0], 50), 7) == texts[0]).mean() > 0.8
