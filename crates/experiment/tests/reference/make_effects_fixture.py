"""Writes the reference values for effects and analyses of an experiment.

    pip install numpy==1.26.4 scipy==1.17.1 statsmodels==0.15.0 gbstats==0.8.0
    python3 crates/experiment/tests/reference/make_effects_fixture.py

The library sums products over units once and takes slopes of them (the delta method). Here every
unit, or salesperson, has its influence on the estimate, and the variance is that of influences
within arm and stratum. Models of statsmodels and formulas of gbstats (GrowthBook) stand beside
that wherever they estimate the same; what agrees is asserted here, what is stored is the
independent value. gbstats has no strata, and its adjustment pools the arms: neither is comparable.
Everything is seeded. Inputs are stored beside the expected values: the tests need no Python.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import statsmodels.api as sm
from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
from gbstats.models.statistics import RatioStatistic, SampleMeanStatistic
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t as student
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "stats" / "tests" / "reference"))
from canonical import rectangle, survives_and_exceeds  # noqa: E402
from fixtures import jsonable  # noqa: E402

warnings.simplefilter("ignore")
TREATED, CONTROL = 1, 0
SIGN = {TREATED: 1.0, CONTROL: -1.0}
MINIMUM_LIFT = 0.25
ALPHA = 0.05


def experiment(seed, units, strata, sellers, chance, lost):
    """Leads as columns. Units hold one lead or several, and are wholly in an arm and stratum."""
    random = np.random.default_rng(seed)
    columns = {name: [] for name in (
        "unit", "treated", "stratum", "seller", "kept", "dials", "answered", "exposed", "called",
        "touch", "pipeline", "before", "large", "segment")}
    for unit in range(units):
        treated = int(random.random() < 0.5)
        # The last two strata are seldom, so that some units are alone in their cell.
        stratum = int(min(random.geometric(0.4) - 1, strata - 1))
        effect = random.normal(0.0, 0.5)
        for _ in range(int(random.choice([1, 1, 1, 2, 3]))):
            score = float(np.round(random.normal(), 3))
            dials = int(random.poisson(4.0))
            odds = np.log(chance / (1 - chance)) + effect + 0.8 * score + 0.3 * treated
            called = int(dials > 0 and random.random() < 1 / (1 + np.exp(-odds)))
            sees = 0.8 if treated else 0.1
            row = {
                "unit": unit, "treated": treated, "stratum": stratum,
                "seller": int(random.integers(0, sellers + 1)),
                "kept": int(random.random() >= lost),
                "dials": dials, "answered": int(random.binomial(dials, 0.3)),
                "exposed": int(random.binomial(dials, sees)), "called": called,
                "touch": int(random.integers(0, 14)) if dials else -1,
                "pipeline": int(called * random.integers(0, 900)),
                "before": score, "large": int(random.random() < 0.3),
                "segment": int(random.integers(0, 4)),
            }
            for name, value in row.items():
                columns[name].append(value)
    return {name: np.array(values) for name, values in columns.items()}


class Leads:
    """Leads that count, with what is summed over groups of them."""

    def __init__(self, columns, chosen=None):
        chosen = columns["kept"] == 1 if chosen is None else chosen
        self.columns = {name: values[chosen] for name, values in columns.items()}
        own = self.columns
        touched = (own["touch"] >= 0).astype(float)
        self.sums = {
            "calls": own["called"], "dials": own["dials"], "leads": np.ones(len(own["unit"])),
            "exposed": own["exposed"], "before": own["before"], "answered": own["answered"],
            "touch_days": np.where(own["touch"] >= 0, own["touch"], 0), "touched": touched,
            "pipeline": own["pipeline"], "large": own["large"],
            "large_touched": own["large"] * touched,
        }
        self.sums = {name: values.astype(float) for name, values in self.sums.items()}
        self.treated = own["treated"]

    def arm(self, arm, name):
        return self.sums[name][self.treated == arm].sum()

    def value(self, arm, above, below):
        return self.arm(arm, above) / self.arm(arm, below)

    def influence(self, above, below, logarithm):
        """Each lead's influence on treatment's ratio less control's, or on its logarithm's."""
        found = np.zeros(len(self.treated))
        for arm in (TREATED, CONTROL):
            own = self.treated == arm
            a, b, value = self.sums[above], self.sums[below], self.value(arm, above, below)
            single = (a - value * b) / self.arm(arm, below)
            found[own] = SIGN[arm] * (single / (value if logarithm else 1.0))[own]
        return found

    def cells(self, influence, by_lead=False, stratified=True, factor=None):
        """Centred influences of units with their weights n / (n - 1), cell by cell; units alone in
        their cell form one of their arm."""
        own = self.columns
        unit = np.arange(len(influence)) if by_lead else own["unit"]
        stratum = own["stratum"] if stratified else np.zeros(len(influence), int)
        if factor is not None:
            influence = influence * factor
        units = {}
        for key, value in zip(zip(self.treated, stratum, unit), influence):
            units[key] = units.get(key, 0.0) + value
        cells, alone = {}, {}
        for (arm, layer, _), value in units.items():
            cells.setdefault((arm, layer), []).append(value)
        for (arm, layer), values in sorted(cells.items()):
            if len(values) == 1:
                alone.setdefault(arm, []).extend(values)
        groups = [v for v in cells.values() if len(v) > 1]
        # A single one stands against a mirror image of itself: as far as it is from 0.
        groups += [v if len(v) > 1 else [v[0] / 2, -v[0] / 2] for v in alone.values()]
        return groups

    def variance(self, influence, **how):
        return sum(len(v) * np.var(v, ddof=1) for v in self.cells(influence, **how))


def log_ratio(leads, above="calls", below="dials", **how):
    if any(leads.arm(arm, name) == 0 for arm in SIGN for name in (above, below)):
        return None
    estimate = np.log(leads.value(TREATED, above, below) / leads.value(CONTROL, above, below))
    variance = leads.variance(leads.influence(above, below, True), **how)
    return [estimate, np.sqrt(variance)] if variance > 0 else None


def poisson(leads, groups, correction):
    """The logarithm of the ratio of rates by a Poisson model with dials as exposure, errors robust
    against what groups share. `correction` gives each arm's factor of its variance."""
    dialled = leads.sums["dials"] > 0
    arms = np.column_stack([leads.treated == arm for arm in (TREATED, CONTROL)]).astype(float)
    model = sm.GLM(leads.sums["calls"][dialled], arms[dialled], family=sm.families.Poisson(),
                   exposure=leads.sums["dials"][dialled])
    found = model.fit(tol=1e-14, maxiter=200, cov_type="cluster",
                      cov_kwds={"groups": groups[dialled], "use_correction": False})
    factors = np.sqrt([correction(arm) for arm in (TREATED, CONTROL)])
    slope = np.array([1.0, -1.0]) * factors
    return [found.params[0] - found.params[1], np.sqrt(slope @ found.cov_params() @ slope)]


def checked_by_poisson(leads):
    """Unstratified by unit: the influences and statsmodels' clusters must agree."""
    units = leads.columns["unit"]

    def correction(arm):
        n = len(np.unique(units[leads.treated == arm]))
        return n / (n - 1)

    found = poisson(leads, units, correction)
    assert np.allclose(found, log_ratio(leads, stratified=False), rtol=1e-8, atol=1e-9)
    return found


def by_seller(leads):
    sellers = leads.columns["seller"]
    n = len(np.unique(sellers))
    return [*poisson(leads, sellers, lambda arm: n / (n - 1)), n]


def gbstats_by_lead(leads):
    """GrowthBook's relative effect of a ratio metric; its error is of the ratio itself."""
    arms = {}
    for arm in (CONTROL, TREATED):
        a, b = (leads.sums[name][leads.treated == arm] for name in ("calls", "dials"))
        total = [SampleMeanStatistic(n=len(x), sum=x.sum(), sum_squares=(x * x).sum())
                 for x in (a, b)]
        arms[arm] = RatioStatistic(n=len(a), m_statistic=total[0], d_statistic=total[1],
                                   m_d_sum_of_products=(a * b).sum())
    test = TwoSidedTTest(arms[CONTROL], arms[TREATED],
                         FrequentistConfig(difference_type="relative"))
    return [test.point_estimate, np.sqrt(test.variance)]


def difference(leads, above="calls", below="dials"):
    estimate = leads.value(TREATED, above, below) - leads.value(CONTROL, above, below)
    return [estimate, np.sqrt(leads.variance(leads.influence(above, below, False)))]


def value(leads, arm):
    """An arm alone, its units from one population."""
    influence = leads.influence("calls", "dials", False) * (leads.treated == arm)
    kept = Leads.__new__(Leads)
    own = leads.treated == arm
    kept.columns = {name: values[own] for name, values in leads.columns.items()}
    kept.treated = leads.treated[own]
    return [leads.value(arm, "calls", "dials"),
            np.sqrt(kept.variance(influence[own], stratified=False))]


def post_stratified(leads):
    own = leads.columns
    units = {}
    for arm, stratum, unit in set(zip(own["treated"], own["stratum"], own["unit"])):
        units[arm, stratum] = units.get((arm, stratum), 0) + 1
    strata = sorted({s for _, s in units})
    both = [s for s in strata if (TREATED, s) in units and (CONTROL, s) in units]
    kept = Leads(own, np.isin(own["stratum"], both))
    factor = np.array([
        (units[TREATED, s] + units[CONTROL, s]) / units[arm, s]
        for arm, s in zip(kept.treated, kept.columns["stratum"])])
    for name in ("calls", "dials"):
        kept.sums[name] = kept.sums[name] * factor
    found = log_ratio(kept)
    # The means of strata, weighted by their units: the same in other words.
    mean = {}
    for arm in SIGN:
        parts = []
        for s in both:
            cell = (kept.treated == arm) & (kept.columns["stratum"] == s)
            weight = units[TREATED, s] + units[CONTROL, s]
            parts.append([weight * (kept.sums[n] / factor)[cell].sum() / units[arm, s]
                          for n in ("calls", "dials")])
        mean[arm] = np.sum(parts, axis=0)
    other = np.log(mean[1][0] / mean[1][1] * mean[0][1] / mean[0][0])
    assert np.isclose(found[0], other, rtol=1e-10, atol=1e-12)
    return found


def adjusted(leads):
    """A regression through the origin (statsmodels) of the influences on the ratio on those on the
    score's difference, centred within cells: its slope is theta, its uncentred R² what is
    explained."""
    plain = log_ratio(leads)
    outcome = leads.cells(leads.influence("calls", "dials", True))
    score = leads.cells(leads.influence("before", "leads", False))
    centred = [np.concatenate([np.array(v) - np.mean(v) for v in of]) for of in (outcome, score)]
    weights = np.concatenate([np.full(len(v), len(v) / (len(v) - 1)) for v in outcome])
    found = sm.WLS(centred[0], centred[1], weights=weights).fit()
    theta, left = found.params[0], float(weights @ found.resid ** 2)
    apart = leads.value(TREATED, "before", "leads") - leads.value(CONTROL, "before", "leads")
    return [plain[0] - theta * apart, np.sqrt(left), found.rsquared]


def complier(leads):
    """Two-stage least squares in matrices: calls per dial on the share of dials with a score in
    view, the arm as instrument, dials as weights. Its residuals have no mean in either arm, so
    influences are instruments times residuals."""
    calls, dials, exposed = (leads.sums[name] for name in ("calls", "dials", "exposed"))
    own = dials > 0
    x = np.column_stack([np.ones(own.sum()), exposed[own] / dials[own]])
    z = np.column_stack([np.ones(own.sum()), leads.treated[own]])
    weighted = z * dials[own, None]
    bread = np.linalg.inv(weighted.T @ x)
    beta = bread @ weighted.T @ (calls[own] / dials[own])
    residual = calls[own] / dials[own] - x @ beta
    influence = np.zeros(len(dials))
    influence[own] = (weighted * residual[:, None]) @ bread[1]
    first = difference(leads, "exposed", "dials")
    return [beta[1], np.sqrt(leads.variance(influence)), *first]


def lift(found, p_value=None, critical=norm.isf(ALPHA / 2)):
    """Value, ends and p-value of a relative change."""
    if found is None:
        return None
    estimate, error = found[:2]
    p = 2 * norm.sf(abs(estimate / error)) if p_value is None else p_value
    ends = [estimate, estimate - critical * error, estimate + critical * error]
    return [*np.expm1(ends), p]


def segments(leads):
    effects = []
    for group in range(4):
        own = leads.columns["segment"] == group
        effects.append(log_ratio(Leads(leads.columns, own)))
    known = [one for one in effects if one is not None]
    estimates, errors = np.array(known).T
    pooled = combine_effects(estimates, errors ** 2, method_re="dl")
    # The plain estimate of the spread falls below 0 where there is less of it than chance makes.
    spread = max(pooled.tau2, 0.0)
    weights = 1 / (spread + errors ** 2)
    mean = (weights @ estimates) / weights.sum()
    if pooled.tau2 > 0:
        assert np.isclose(mean, pooled.mean_effect_re, rtol=1e-10)
    shrunk = iter(np.expm1(mean + spread / (spread + errors ** 2) * (estimates - mean)))
    differ = chi2.sf(pooled.q, pooled.df)
    p = [lift(one)[3] for one in known]
    adjusted_p = iter(multipletests(p, method="fdr_bh")[1])
    return {"differ": differ, "spread": pooled.tau2, "groups": [
        None if one is None else [*lift(one), next(adjusted_p), next(shrunk)] for one in effects]}


SECONDARY = [("calls", "leads"), ("dials", "leads"), ("answered", "dials"),
             ("touch_days", "touched"), ("large_touched", "large")]


def secondary(leads):
    found = [lift(log_ratio(leads, *of)) for of in SECONDARY]
    holm = iter(multipletests([one[3] for one in found if one], method="holm")[1])
    return [one and [*one, next(holm)] for one in found]


def spent(time):
    return ALPHA if time >= 1 else 4 * norm.sf(norm.isf(ALPHA / 4) / np.sqrt(time))


def primary(leads, share):
    """The final look after one at this share of its information that found nothing."""
    estimate, error = log_ratio(leads)
    information = [share / error ** 2, 1 / error ** 2]
    first = norm.isf(spent(share) / 2)
    last = brentq(lambda z: survives_and_exceeds([first], information, z)
                  - (ALPHA - spent(share)) / 2, 0.5, 6.0, xtol=1e-13)
    z = estimate / error

    def above(theta):
        early = 1 - rectangle([-np.inf], [first], information[:1], theta)
        return early + survives_and_exceeds([first], information, z, theta)

    ends = [brentq(lambda theta: above(theta) - p, estimate - 9 * error, estimate + 9 * error,
                   xtol=1e-13) for p in (0.5, ALPHA / 2, 1 - ALPHA / 2)]
    p = 2 * min(above(0.0), 1 - above(0.0))
    return {"information": information[0], "spent": spent(share), "first": first, "last": last,
            "primary": [*np.expm1(ends), p]}


def per_lead(leads):
    counts = [(int(leads.arm(arm, "calls")), int(leads.arm(arm, "leads")))
              for arm in (TREATED, CONTROL)]
    wilson = [[x / n, *proportion_confint(x, n, method="wilson")] for x, n in counts]
    (a, n1), (c, n0) = counts
    newcombe = confint_proportions_2indep(a, n1, c, n0, method="newcomb", compare="diff")
    tables = []
    for s in np.unique(leads.columns["stratum"]):
        row = []
        for arm in (TREATED, CONTROL):
            own = (leads.columns["stratum"] == s) & (leads.treated == arm)
            hits = leads.sums["calls"][own].sum()
            row.append([hits, own.sum() - hits])
        if min(sum(row[0]), sum(row[1])) > 0:
            tables.append(np.array(row))
    table = StratifiedTable(tables)
    return {"wilson": wilson, "newcombe": [a / n1 - c / n0, *newcombe],
            "haenszel": [table.test_null_odds().statistic, table.riskratio_pooled]}


def balance(columns):
    """Standardised differences of values and of the share missing, touch being missing without a
    dial."""
    arms = [columns["treated"] == arm for arm in (TREATED, CONTROL)]
    found = []
    values = {"before": columns["before"], "dials": columns["dials"],
              "touch": np.where(columns["touch"] >= 0, columns["touch"], np.nan),
              "touch (missing)": columns["touch"] < 0}
    for name, values in values.items():
        of_arms, squares = [], 0.0
        for arm in arms:
            own, units = values[arm].astype(float), columns["unit"][arm]
            own, units = own[~np.isnan(own)], units[~np.isnan(own)]
            of_arms.append(own)
            # The cluster-robust variance of a mean, units being the clusters.
            sums = [(own - own.mean())[units == unit].sum() for unit in np.unique(units)]
            squares += len(sums) / (len(sums) - 1) * np.square(sums).sum() / len(own) ** 2
        one, other = of_arms
        spread = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
        standardised = (one.mean() - other.mean()) / spread
        chance = np.sqrt(squares) / spread
        found.append([name, standardised, chance, 2 * norm.sf(abs(standardised / chance))])
    return found


def case(seed, units, strata, sellers, chance, lost):
    columns = experiment(seed, units, strata, sellers, chance, lost)
    leads = Leads(columns)
    own = log_ratio(leads)
    seller = by_seller(leads)
    checked_by_poisson(leads)
    pipeline = np.array(difference(leads, "pipeline", "leads")) * leads.arm(TREATED, "leads")
    t = seller[0] / seller[1]
    degrees = seller[2] - 1
    return {
        "rows": {name: values for name, values in columns.items()},
        "log_ratio": own,
        "per_lead_log_ratio": log_ratio(leads, "calls", "leads"),
        "unstratified": checked_by_poisson(leads),
        "by_lead": gbstats_by_lead(leads),
        "difference": difference(leads),
        "value": [value(leads, arm) for arm in (TREATED, CONTROL)],
        "post_stratified": post_stratified(leads),
        "adjusted": adjusted(leads),
        "complier": complier(leads),
        "by_seller": seller,
        "by_seller_lift": lift(seller, 2 * student.sf(abs(t), degrees),
                               student.isf(ALPHA / 2, degrees)),
        "segments": segments(leads),
        "secondary": secondary(leads),
        "single": lift(own),
        "after_one_look": primary(leads, 0.6),
        "p_above_minimum": norm.sf((own[0] - np.log1p(MINIMUM_LIFT)) / own[1]),
        "pipeline": pipeline,
        "per_lead": per_lead(leads),
        "balance": balance(columns),
    }


CASES = [
    (11, 240, 5, 7, 0.25, 0.0),
    (12, 160, 8, 3, 0.3, 0.05),
    (13, 300, 1, 20, 0.15, 0.02),
    (14, 90, 6, 5, 0.4, 0.1),
    (15, 260, 12, 12, 0.2, 0.0),
]

fixture = {"minimum_lift": MINIMUM_LIFT, "alpha": ALPHA, "cases": [case(*one) for one in CASES]}
text = json.dumps(jsonable(fixture), separators=(",", ":"), allow_nan=False)
(HERE.parent / "fixtures" / "effects.json").write_text(text + "\n")
