"""Writes the reference values for experiments: rates, strata, ratios, shares and several looks.

    pip install numpy==1.26.4 scipy==1.17.1 statsmodels==0.15.0 gbstats==0.8.0
    python3 crates/stats/tests/reference/make_experiment_fixture.py

gbstats is the package of GrowthBook. What has several looks is computed by `canonical.py`, which
SciPy's multivariate normal distribution must agree with here. Everything is seeded. The inputs are
stored beside the expected values, so that the tests need no Python.
"""

import warnings

import numpy as np
from canonical import checked, rectangle, survives_and_exceeds
from fixtures import write
from gbstats.frequentist.tests import (
    FrequentistConfig,
    SequentialConfig,
    SequentialTwoSidedTTest,
    TwoSidedTTest,
)
from gbstats.models.statistics import RatioStatistic, SampleMeanStatistic
from gbstats.utils import check_srm
from scipy.optimize import brentq
from scipy.stats import binomtest, chisquare, norm
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    power_proportions_2indep,
    proportion_confint,
    samplesize_proportions_2indep_onetail,
)

warnings.simplefilter("ignore")
RANDOM = np.random.default_rng(20240517)
CONFIDENCES = (0.8, 0.9, 0.95, 0.99)


def nulled(values):
    """Null for what is infinite."""
    return np.where(np.isfinite(values), values, np.nan)[()]


def share_pair(high=0.3):
    n = int(RANDOM.integers(1, 5000))
    return int(RANDOM.binomial(n, RANDOM.uniform(0.0, high))), n


def wilson():
    pairs = [share_pair(high) for high in (0.02, 0.1, 0.5, 1.0) for _ in range(4)]
    return [
        [x, n, c, *proportion_confint(x, n, alpha=1 - c, method="wilson")]
        for x, n in pairs for c in CONFIDENCES
    ]


def newcombe():
    pairs = [((0, 10), (0, 20)), ((10, 10), (0, 20)), ((7, 7), (9, 9)), ((1, 2), (500, 1000))]
    pairs += [(share_pair(high), share_pair(high)) for high in (0.02, 0.1, 0.5, 1.0) for _ in "123"]
    return [
        [*one, *two, c, *confint_proportions_2indep(*one, *two, method="newcomb", compare="diff",
                                                    alpha=1 - c)]
        for one, two in pairs for c in CONFIDENCES
    ]


def multiple():
    cases = []
    for n in (1, 2, 3, 5, 9, 20):
        for _ in range(4):
            p = np.round(RANDOM.beta(0.5, 3, n), int(RANDOM.integers(2, 6)))
            cases.append([p, multipletests(p, method="holm")[1],
                          multipletests(p, method="fdr_bh")[1]])
    return cases


def rows_per_arm():
    cases = []
    for base in (0.005, 0.0389, 0.2, 0.5):
        for lift in (0.6, 0.9, 1.1, 1.375, 1.5):
            for alpha, power in ((0.05, 0.8), (0.01, 0.9), (0.1, 0.5)):
                n = samplesize_proportions_2indep_onetail(
                    lift * base - base, base, power, ratio=1, alpha=alpha, alternative="two-sided")
                cases.append([base, lift * base, alpha, power, n])
    return cases


def power_one_way(base, other, n, alpha):
    """Of the direction in which the difference lies."""
    side = "larger" if other > base else "smaller"
    return power_proportions_2indep(other - base, base, n, alpha=alpha / 2, alternative=side,
                                    return_results=False)


def power_of_rates():
    return [
        [base, lift * base, n, alpha, power_one_way(base, lift * base, n, alpha)]
        for base in (0.01, 0.0389, 0.3) for lift in (0.7, 1.05, 1.5)
        for n in (50, 800, 20_000) for alpha in (0.05, 0.01)
    ]


def detectable_rate():
    return [
        [base, n, alpha, power,
         brentq(lambda rate: power_one_way(base, rate, n, alpha) - power, base * (1 + 1e-6), 0.999,
                xtol=1e-15, rtol=1e-14)]
        for base in (0.01, 0.0389, 0.3) for n in (400, 5000)
        for alpha, power in ((0.05, 0.8), (0.01, 0.9))
    ]


def detectable_mean_difference():
    """One sample, so the second arm has no weight."""
    return [
        [deviation, n, alpha, power, deviation * brentq(
            lambda size: NormalIndPower(ddof=0).power(
                size, n, alpha / 2, ratio=0, alternative="larger") - power,
            0.0, 9.0, xtol=1e-15, rtol=1e-14)]
        for deviation in (0.02, 3.0) for n in (2, 25, 400)
        for alpha, power in ((0.05, 0.8), (0.01, 0.9))
    ]


def pooled(tables):
    """`tables`: rows of successes and rows of the treated, then of control.

    The variances of S. Greenland and J. M. Robins (1985) as weighted means: a difference has the
    weights n1 n0 / n; the logarithm of a ratio sums up, with the risks p and q of both arms and
    that of both together m, n1 n0 / n (m - p q), the covariance of what is above and below
    the line.
    """
    a, n1, c, n0 = np.array(tables, float).T
    theirs = StratifiedTable([[[x, n - x], [y, k - y]] for x, n, y, k in tables])
    test = theirs.test_null_odds(correction=False)
    weight = n1 * n0 / (n1 + n0)
    p, q, both = a / n1, c / n0, (a + c) / (n1 + n0)
    above, below = np.sum(weight * p), np.sum(weight * q)
    log_ratio_error = np.sqrt(np.sum(weight * (both - p * q)) / (above * below))
    if len(tables) == 1:
        alone = 1 / a - 1 / n1 + 1 / c - 1 / n0
        assert np.allclose(log_ratio_error ** 2, alone[0], rtol=1e-12)
    difference_error = np.sqrt(np.sum(weight ** 2 * (p * (1 - p) / n1 + q * (1 - q) / n0)))
    return [tables, test.statistic, test.pvalue, theirs.riskratio_pooled, log_ratio_error,
            np.sum(weight * (p - q)) / np.sum(weight), difference_error / np.sum(weight),
            nulled(theirs.oddsratio_pooled)]


def strata():
    cases = []
    for count in (1, 2, 4, 12, 40):
        for rows in (6, 40, 900):
            for lift in (0.8, 1.0, 1.5):
                tables = []
                for _ in range(count):
                    base = RANDOM.uniform(0.02, 0.3)
                    n1, n0 = RANDOM.integers(1, rows, 2)
                    tables.append([int(RANDOM.binomial(n1, lift * base)), int(n1),
                                   int(RANDOM.binomial(n0, base)), int(n0)])
                a, _, c, _ = np.array(tables).T
                if a.sum() and c.sum():
                    cases.append(pooled(tables))
    return cases


def totals(values):
    return SampleMeanStatistic(n=len(values), sum=float(values.sum()),
                               sum_squares=float((values ** 2).sum()))


def of_ratio(calls, dials):
    return RatioStatistic(n=len(calls), m_statistic=totals(calls), d_statistic=totals(dials),
                          m_d_sum_of_products=float((calls * dials).sum()))


def ratios():
    cases = []
    for n in (2, 3, 10, 25, 60):
        for _ in range(5):
            arms = []
            for rows in (n, n + 1):
                dials = RANDOM.integers(1, 12, rows)
                calls = RANDOM.binomial(1, 0.4, rows)
                calls[:2] = 0, 1
                arms.append((calls, dials))
            control, treated = (of_ratio(*arm) for arm in arms)
            test = TwoSidedTTest(control, treated, FrequentistConfig(difference_type="relative"))
            cases.append({
                "control": arms[0], "treated": arms[1],
                "values": [one.mean for one in (control, treated)],
                "errors": [np.sqrt(one.variance / one.n) for one in (control, treated)],
                "relative": test.point_estimate, "relative_error": np.sqrt(test.variance),
            })
    return cases


def always_valid():
    cases = []
    for tuning in (200.0, 5000.0, 40_000.0):
        for alpha in (0.05, 0.01, 0.2):
            for n in (30, 700, 9000):
                for difference in (0.0, 0.05):
                    one = SampleMeanStatistic(n=n, sum=0.1 * n, sum_squares=0.13 * n)
                    two = SampleMeanStatistic(n=2 * n, sum=2 * n * (0.1 + difference),
                                              sum_squares=0.4 * n)
                    test = SequentialTwoSidedTTest(one, two, SequentialConfig(
                        alpha=alpha, difference_type="absolute",
                        sequential_tuning_parameter=tuning))
                    low, high = test.confidence_interval
                    cases.append([test.point_estimate, test.variance, 3 * n, tuning, alpha,
                                  (high - low) / 2, test.p_value])
    return cases


def shares():
    """Up to 1,000 rows of two groups exactly, else by chi-square."""
    exact, approximate = [], []
    for share in (0.5, 0.1, 0.7):
        for n in (1, 2, 9, 60, 371, 1000):
            for hits in {int(RANDOM.binomial(n, share)), int(RANDOM.binomial(n, 0.5)), n}:
                p = binomtest(hits, n, share).pvalue
                exact.append([[hits, n - hits], [share, 1.0 - share], p])
    for weights in ([0.5, 0.5], [0.9, 0.1], [1 / 3, 1 / 3, 1 / 3], [0.4, 0.3, 0.2, 0.1]):
        for n in (1001, 6000, 200_000):
            for off in (0.0, 2.0 / n ** 0.5, 6.0 / n ** 0.5):
                tilted = np.array(weights) * (1 + off * np.array([1, -1, 1, -1])[:len(weights)])
                counts = RANDOM.multinomial(n, tilted / tilted.sum())
                p = check_srm(counts.tolist(), weights)
                other = chisquare(counts, np.array(weights) * counts.sum()).pvalue
                assert np.isclose(p, other, rtol=1e-9)
                approximate.append([counts, weights, p])
    return {"exact": exact, "approximate": approximate}


def spent(spending, alpha, time):
    if time >= 1.0:
        return alpha
    if spending == "obrien_fleming":
        return 2 * 2 * norm.sf(norm.isf(alpha / 4) / np.sqrt(time))
    return alpha * np.log(1 + (np.e - 1) * time)


SPENDINGS = ("obrien_fleming", "pocock")
TIMES = [
    [1.0], [0.5, 1.0], [0.2, 1.0], [0.83, 1.0], [0.5, 0.52, 1.0], [0.25, 0.6, 1.0],
    [0.4, 0.9, 1.15], [0.3, 0.6], [0.2, 0.55, 0.8, 1.0], [0.25, 0.5, 0.75, 1.0],
    [0.6, 0.61, 0.62, 0.97], [0.1, 0.3, 0.35, 0.9, 1.0],
]


def root(function, low, high):
    """Brent's method, with ends moved apart until they have the root between them."""
    while function(low) * function(high) > 0:
        low, high = low - (high - low), high + (high - low)
    return brentq(function, low, high, xtol=1e-14, rtol=1e-13)


def bounds_of(spent_up_to, information):
    bounds, before = [], 0.0
    for look, total in enumerate(spent_up_to):
        share, before = (total - before) / 2, total
        if share == 0.0:
            bounds.append(np.inf)
            continue
        seen = information[:look + 1]
        bounds.append(norm.isf(share) if look == 0 else brentq(
            lambda z: np.log(max(survives_and_exceeds(bounds, seen, z), 1e-300) / share), 0.0, 12.0,
            xtol=1e-13, rtol=1e-13))
    tops = np.array(bounds)
    alarm = 1 - checked(-tops, tops, information, 0.0)
    assert np.isclose(alarm, spent_up_to[-1], atol=1e-12), (alarm, spent_up_to)
    return bounds


def exceeds(bounds, information, theta):
    """To stop above."""
    return sum(survives_and_exceeds(bounds[:look], information[:look + 1], bound, theta)
               for look, bound in enumerate(bounds))


def several_looks():
    spending, boundaries, power, needed, ends = [], [], [], [], []
    for alpha in (0.05, 0.01):
        for kind in SPENDINGS:
            spending += [[kind, alpha, t, spent(kind, alpha, t)]
                         for t in (0.02, 0.1, 0.3, 0.5, 0.77, 0.99, 1.0, 1.3)]
            for at, times in enumerate(TIMES):
                scale = (1.0, 380.0)[at % 2]
                information = [scale * t for t in times]
                total = [spent(kind, alpha, t) for t in times]
                bounds = bounds_of(total, information)
                boundaries.append([total, information, nulled(bounds)])
                for drift in (0.0, 1.0, -2.8, 4.5):
                    theta = drift / np.sqrt(scale)
                    power.append([information, nulled(bounds), theta,
                                  exceeds(bounds, information, abs(theta))])
                wanted = (0.8, 0.9)[at % 2]
                last = brentq(lambda i: exceeds(bounds, [i * t for t in times], 0.25) - wanted,
                              20.0, 2000.0, xtol=1e-11, rtol=1e-13)
                needed.append([times, nulled(bounds), 0.25, wanted, last])
                ends += inferences(bounds, information)
    for total, information in [([0.0, 0.05], [0.5, 1.0]), ([0.01, 0.01, 0.05], [3.0, 5.0, 8.0])]:
        bounds = bounds_of(total, information)
        boundaries.append([total, information, nulled(bounds)])
        ends += inferences(bounds, information)
    return {"spending": spending, "boundaries": boundaries, "power": power, "needed": needed,
            "inference": ends}


def inferences(bounds, information):
    """One end at each look: on its bound, beyond it or short of it."""
    cases = []
    for look in range(len(bounds)):
        past, seen = bounds[:look], information[:look + 1]
        bound = min(bounds[look], 4.0)
        z = [bound, -bound - 0.3, bound + 0.8, 0.4, -1.1][(len(bounds) + 2 * look) % 5]
        confidence = (0.95, 0.8)[look % 2]

        def above(theta, measure=rectangle):
            earlier = sum(survives_and_exceeds(past[:at], seen[:at + 1], stop, theta, measure)
                          for at, stop in enumerate(past) if np.isfinite(stop))
            return earlier + survives_and_exceeds(past, seen, z, theta, measure)

        error = 1 / np.sqrt(seen[-1])
        at = [root(lambda theta: above(theta) - share, (z - 4) * error, (z + 4) * error)
              for share in (0.5, (1 - confidence) / 2, (1 + confidence) / 2)]
        above(at[1], checked)
        up = above(0.0)
        cases.append([seen, nulled(past), z, confidence, min(1.0, 2 * min(up, 1 - up)), *at])
    return cases


def naive_alarm():
    cases = []
    for times in TIMES:
        for bound in (1.0, 1.96, 3.0):
            tops = np.full(len(times), bound)
            cases.append([times, bound, 1 - checked(-tops, tops, times, 0.0)])
    return cases


write("experiment", {
    "wilson": wilson(),
    "newcombe": newcombe(),
    "multiple": multiple(),
    "rows_per_arm": rows_per_arm(),
    "power_of_rates": power_of_rates(),
    "detectable_rate": detectable_rate(),
    "detectable_mean_difference": detectable_mean_difference(),
    "strata": strata(),
    "ratios": ratios(),
    "always_valid": always_valid(),
    "shares": shares(),
    "naive_alarm": naive_alarm(),
    **several_looks(),
})
