"""The published figures of the shipped data, counted anew from the rows: for tests, and for pages of the cards."""

import numpy as np

from biasaudit import datasets


def percent(rate, digits):
    return f"{100 * rate:.{digits}f} %"


def rate(decided, rows, digits=2):
    return percent(decided[rows].mean(), digits)


def compas():
    data = datasets.load_compas().frame
    high, again, race = data["decile_score"] >= 5, data["two_year_recid"] == 1, data["race"]
    until = data["compas_screening_date"] <= "2014-04-01"
    for name, group in (("Black", "African-American"), ("White", "Caucasian")):
        yield f"False positive rate of {name} defendants", rate(high, (race == group) & ~again)
        yield f"False negative rate of {name} defendants", rate(~high, (race == group) & again)
        yield f"Positive predictive value for {name} defendants", f"{again[(race == group) & high].mean():.2f}"
    yield "Recidivism within two years, all rows", percent(again.mean(), 1)
    yield "Recidivism within two years, screened until 2014-04-01", rate(again, until, 1)


def resume_audit():
    data = datasets.load_resume_audit().frame
    called = data["call"] == "yes"
    for name in ("White", "Black"):
        named = data["ethnicity"] == name
        yield f"Calls to applicants with {name}-sounding names", rate(called, named)
        yield f"Calls to women with {name}-sounding names", rate(called, named & (data["gender"] == "female"))
        yield f"Calls to men with {name}-sounding names", rate(called, named & (data["gender"] == "male"))
    rates = called.groupby(data["ethnicity"]).mean()
    yield "Ratio of the two", f"{rates['White'] / rates['Black']:.2f}"


def berkeley():
    data = datasets.load_berkeley().frame
    for who, gender in (("Men", "Male"), ("Women", "Female")):
        rows = data["gender"] == gender
        yield f"{who} admitted", rate(data["admitted"], rows, 1)
        for department in "ABCDEF":
            inside = rate(data["admitted"], rows & (data["department"] == department), 0)
            yield f"{who} admitted to department {department}", inside


def ricci():
    data = datasets.load_ricci().frame
    for position, highest in (("Lieutenant", 10), ("Captain", 9)):
        sat = data[data["position"] == position]
        for race in ("White", "Black", "Hispanic"):
            passed = 100 * sat.loc[sat["race"] == race, "passed"].mean()
            yield f"{race} candidates for {position.lower()} who passed", f"{round(passed, 1):g} %"
            among = sat.nlargest(highest, "combined")["race"].eq(race).sum()
            words = {10: "ten", 9: "nine"}[highest]
            yield f"{race} among the {words} highest {position.lower()}s", str(among)


def law_resumes():
    data = datasets.load_law_resumes().frame
    invited = data["interview"] == 1
    for who, gender in (("men", "male"), ("women", "female")):
        for level, name in (("high", "higher"), ("low", "lower")):
            rows = (data["gender"] == gender) & (data["social_class"] == level)
            yield f"Interviews for {who} of {name} class", rate(invited, rows)
            yield f"Interviews for {who} of {name} class, in number", str(invited[rows].sum())
    yield "Interviews in all", str(invited.sum())


def adult():
    data = datasets.load_adult().frame
    for who, sex in (("Men", "Male"), ("Women", "Female")):
        yield f"{who} with an income above 50,000 dollars", rate(data["income"] == ">50K", data["sex"] == sex)
    yield "Rows", str(len(data))
    yield "Rows without unknown values", str((data != "?").all(axis=1).sum())


def slopes(outcome, *columns):
    """Least squares: the coefficients of the columns, without the intercept."""
    table = np.column_stack([np.ones(len(outcome)), *columns]).astype(float)
    return np.linalg.lstsq(table, outcome.to_numpy(float))[0][1:]


def hmda():
    data = datasets.load_hmda().frame
    ratio, black = data["payments_to_income"], data["race"] == "Black"
    for race in ("Black", "White"):
        yield f"{race} applicants denied", rate(data["denied"], data["race"] == race, 1)
    alone = "Denied on payments to income: payments to income"
    yield alone, f"{slopes(data['denied'], ratio)[0]:.3f}"
    both = slopes(data["denied"], ratio, black)
    yield "Denied on payments to income and race: payments to income", f"{both[0]:.3f}"
    yield "Denied on payments to income and race: Black", f"{both[1]:.3f}"
    yield "Mean of payments to income", f"{ratio.mean():.3f}"
    yield "Mean of loan to value", f"{data['loan_to_value'].mean():.3f}"
    yield "Mean of the consumer credit score", f"{data['consumer_credit'].mean():.1f}"


def wages():
    data = datasets.load_wages().frame
    means = data.groupby("gender")["earnings"].mean()
    for who, gender in (("men", "male"), ("women", "female")):
        yield f"Mean earnings of {who}, dollars an hour", f"{means[gender]:.2f}"
    yield "Men's mean over women's, dollars an hour", f"{means['male'] - means['female']:.2f}"
    older = data[data["age"] >= 25]
    yield "Workers of 25 years or more", f"{len(older):,}"
    logs, education, woman = np.log(older["earnings"]), older["education"], older["gender"] == "female"
    yield "Log earnings on education: education", f"{slopes(logs, education)[0]:.4f}"
    three = slopes(logs, education, woman, education * woman)
    product = "Log earnings on education and gender, with their product"
    yield f"{product}: education", f"{three[0]:.4f}"
    yield f"{product}: women", f"{three[1]:.3f}"
    yield f"{product}: the product", f"{three[2]:.4f}"


def salaries():
    data = datasets.load_salaries().frame
    means = data.groupby("sex")["salary"].mean()
    for who, sex in (("men", "male"), ("women", "female")):
        yield f"Mean salary of {who}, dollars", f"{means[sex]:,.0f}"
    ranks = [data["rank"] == rank for rank in ("associate professor", "professor")]
    equal = [data["sex"] == "male", *ranks, data["discipline"] == "applied"]
    gap = slopes(data["salary"], *equal, data["years_since_phd"], data["years_of_service"])[0]
    yield "Salary on all columns: men over women, dollars", f"{gap:,.0f}"


def law_school():
    data = datasets.load_law_school().frame
    means = data.groupby("race")["grade"].mean()
    yield "Rows", f"{len(data):,}"
    yield "Mean of the LSAT", f"{data['lsat'].mean():.2f}"
    yield "Men", percent((data["sex"] == "male").mean(), 1)
    gap = "Mean grade of White students over that of Black students, standard deviations"
    yield gap, f"{means['White'] - means['Black']:.2f}"


RECOUNT = {
    recount.__name__: recount
    for recount in (compas, resume_audit, berkeley, ricci, law_resumes, adult, hmda, wages, salaries, law_school)
}
