"""Writes the reference values for the screens of columns: binning, correlation, drift and so on.

Needs numpy, scipy, pandas, statsmodels and optbinning; run it from anywhere:

    python3 crates/stats/tests/reference/make_screen_fixtures.py

Everything is seeded. The inputs are stored beside the expected values, so that the tests need no
Python.
"""

import math
import warnings

import numpy as np
import pandas as pd
from optbinning import OptimalBinning
from scipy.special import gammainc, gammaincc, gammaln
from scipy.stats import (
    chi2,
    chi2_contingency,
    ks_2samp,
    kstwobign,
    median_abs_deviation,
    norm,
)
from scipy.stats.contingency import association as cramers
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.outliers_influence import variance_inflation_factor
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    power_proportions_2indep,
    samplesize_proportions_2indep_onetail,
)

from fixtures import write

warnings.simplefilter("ignore")


def with_nulls(rng, values, share):
    return np.where(rng.random(len(values)) < share, np.nan, values)


def bin_edges(values, bins):
    """Distinct inner quantiles; a bin a value if there are few; no bin without values."""
    values = values[~np.isnan(values)]
    distinct = np.unique(values)
    if len(distinct) <= bins:
        return (distinct[1:] + distinct[:-1]) / 2
    inner = np.quantile(values, np.arange(1, bins) / bins)
    inner = np.unique(np.where(inner == values.max(), distinct[-2:].mean(), inner))
    held = np.searchsorted(np.sort(values), inner, side="right")
    keep = (np.diff(held, prepend=0) > 0) & (held < len(values))
    return inner[keep]


def other_binning(values, labels, edges):
    """Rates, weights of evidence and value, as optbinning has them for the same edges.

    It does not smooth. Twice the rows and one positive and one negative more in each bin have the
    shares that half a row more of each would give.
    """
    inside = np.concatenate([edges, [np.nanmax(values) + 1]])
    inside = np.array([values[values <= edge].max() for edge in inside])
    if np.isnan(values).any():
        inside = np.append(inside, np.nan)
    x = np.concatenate([values, values, inside, inside])
    y = np.concatenate([labels, labels, np.ones(len(inside)), np.zeros(len(inside))]).astype(int)
    # A split of optbinning belongs to the bin above it.
    splits = np.nextafter(edges, np.inf)
    binning = OptimalBinning(
        user_splits=splits,
        user_splits_fixed=[True] * len(splits),
        max_n_prebins=50,
        min_prebin_size=1e-9,
        monotonic_trend=None,
    )
    binning.fit(x, y)
    table = binning.binning_table.build()
    rows = table[(table["Count"] > 0) & (table.index != "Totals")]
    # Its weight of evidence is that of the negatives.
    return -rows["WoE"].astype(float), rows["IV"].astype(float), table.loc["Totals", "IV"]


def binning():
    rng = np.random.default_rng(17)
    cases = []
    shapes = [
        (400, 0.3, lambda x: x, 0.1, 10),
        (3000, 0.05, lambda x: np.exp(2 * x), 0.3, 10),
        (2000, 0.04, lambda x: np.round(np.maximum(x, 0), 1), 0.0, 10),
        (2000, 0.1, lambda x: np.minimum(x, -0.9), 0.02, 8),
        (900, 0.2, lambda x: np.round(x), 0.2, 20),
        (500, 0.2, lambda x: (x > 0).astype(float), 0.5, 10),
        (60, 0.4, lambda x: x, 0.0, 50),
    ]
    for n, rate, shape, nulls, bins in shapes:
        labels = rng.random(n) < rate
        values = with_nulls(rng, shape(rng.normal(size=n) + 0.5 * labels), nulls)
        edges = bin_edges(values, bins)
        bin_of = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values))
        present = np.unique(bin_of)
        rows = np.array([(bin_of == b).sum() for b in present])
        hits = np.array([labels[bin_of == b].sum() for b in present])
        good = (hits + 0.5) / (hits.sum() + 0.5 * len(present))
        bad = (rows - hits + 0.5) / ((rows - hits).sum() + 0.5 * len(present))
        woe = np.log(good) - np.log(bad)
        case = {
            "values": values,
            "labels": labels,
            "bins": bins,
            "edges": edges,
            "n": rows,
            "positives": hits,
            "woe": woe,
            "iv": ((good - bad) * woe).sum(),
        }
        if len(edges) < 12:
            other_woe, _, other_iv = other_binning(values, labels, edges)
            # The last one is the null bin in both.
            case |= {"optbinning_woe": list(other_woe), "optbinning_iv": other_iv}
        cases.append(case)
    write("binning", cases)
    # What chance alone gives, by simulation.
    simulated = []
    for n, rate, bins in [(20_000, 0.04, 11), (5000, 0.2, 5)]:
        found = []
        for _ in range(4000):
            # Rows of each bin are fixed, positives are dealt out at random.
            rows = np.full(bins, n // bins)
            hits = rng.multivariate_hypergeometric(rows, int(rate * n))
            good = (hits + 0.5) / (hits.sum() + 0.5 * bins)
            bad = (rows - hits + 0.5) / ((rows - hits).sum() + 0.5 * bins)
            found.append(((good - bad) * np.log(good / bad)).sum())
        simulated.append([int(rows.sum()), int(rate * n), bins, np.mean(found)])
    write("binning_chance", simulated)


def delong():
    rng = np.random.default_rng(19)
    cases = []
    for n, rate, step in [(300, 0.1, None), (257, 0.3, 0.25), (40, 0.5, 1.0), (1000, 0.04, 0.5)]:
        labels = rng.random(n) < rate
        scores = rng.normal(size=n) + 0.8 * labels
        if step:
            scores = np.round(scores / step) * step
        # The definition: structural components from all pairs.
        x, y = scores[labels], scores[~labels]
        pairs = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
        variance = pairs.mean(1).var(ddof=1) / len(x) + pairs.mean(0).var(ddof=1) / len(y)
        cases.append(
            {
                "labels": labels,
                "scores": scores,
                "auc": pairs.mean(),
                "standard_error": np.sqrt(variance),
            }
        )
    write("delong", cases)


def correlations():
    rng = np.random.default_rng(23)
    n = 240
    base = rng.normal(size=n)
    source = rng.random(n) < 0.25
    columns = [
        base,
        base + 0.1 * rng.normal(size=n),
        1e3 + np.round(2 * base + rng.normal(size=n)),
        with_nulls(rng, np.exp(3 * base), 0.2),
        with_nulls(rng, np.round(-base + rng.normal(size=n)), 0.4),
        np.where(source, np.nan, rng.normal(size=n)),
        np.where(source, np.nan, base > 0.3),
        np.where(base > 0, np.nan, 5.0),
        np.where(base <= 0, np.nan, rng.normal(size=n)),
        np.where(np.arange(n) < 3, np.arange(n), np.nan),
        np.full(n, np.nan),
        *rng.normal(size=(8, n)),
    ]
    frame = pd.DataFrame(np.transpose(columns))
    present = frame.notna().to_numpy().astype(int)
    write(
        "correlation",
        {
            "columns": columns,
            "pearson": frame.corr(method="pearson", min_periods=2).to_numpy().ravel(),
            "spearman": frame.corr(method="spearman", min_periods=2).to_numpy().ravel(),
            "rows": (present.T @ present).ravel(),
        },
    )


def vif():
    rng = np.random.default_rng(29)
    n, cases = 300, []
    for exact in (False, True):
        base = rng.normal(size=(n, 6))
        columns = [
            *base.T,
            base[:, 0] + 0.1 * rng.normal(size=n),
            1e5 + 1e3 * (base[:, 1] + base[:, 2] + 0.05 * rng.normal(size=n)),
            with_nulls(rng, base[:, 3] - base[:, 0] + 0.3 * rng.normal(size=n), 0.1),
            np.exp(base[:, 4]),
        ]
        if exact:
            columns.append(2 * columns[5] - 3 * columns[4] + 1)
            columns.append(np.full(n, 4.0))
        frame = pd.DataFrame(np.transpose(columns)).dropna()
        information = rng.random(len(columns)).round(3)
        kept = [i for i in range(len(columns)) if frame[i].nunique() > 1]

        def factors(kept):
            design = np.column_stack([np.ones(len(frame)), frame[kept].to_numpy()])
            # The reference leaves exact collinearity to rounding.
            found = [variance_inflation_factor(design, i + 1) for i in range(len(kept))]
            return [math.inf if value > 1e10 else value for value in found]

        steps = []
        while (found := factors(kept)) and max(found) >= 10:
            largest = max(found)
            tied = [c for c, f in zip(kept, found) if f == largest or f > largest * (1 - 1e-9)]
            drop = min(tied, key=lambda c: (information[c], -c))
            steps.append([drop, None if largest == math.inf else largest])
            kept.remove(drop)
        cases.append(
            {
                "columns": columns,
                "information": information,
                "rows": len(frame),
                "steps": steps,
                "kept": kept,
                "factors": found,
            }
        )
    write("vif", cases)


def distributions():
    points = []
    for a in (0.5, 1.0, 1.5, 4.5, 9.9, 10.0, 37.0, 500.0, 1e5):
        for x in (1e-6, 0.02, 0.5, 0.9, 1.0, 1.1, 1.5, 3.0, 20.0):
            points.append([a, a * x, gammainc(a, a * x), gammaincc(a, a * x)])
    write("gamma", {"points": points, "ln": [[x, gammaln(x)] for x in (1e-8, 0.3, 1.0, 2.5, 9.0, 1e4)]})
    quantiles = [
        [p, df, chi2.ppf(p, df)] for p in (1e-6, 0.05, 0.5, 0.95, 0.9999) for df in (1, 2, 10, 67, 999)
    ]
    write("chi_square", quantiles)
    points = [-37.0, -10.0, -5.5, -3.0, -1.2, -1e-3, 0.0, 0.4, 1.7, 1.8, 2.5, 6.0, 9.0]
    write("normal_cdf", [[z, norm.cdf(z)] for z in points])


def association():
    rng = np.random.default_rng(31)
    tables = []
    for shape in ((2, 2), (2, 5), (4, 3), (6, 6)):
        table = rng.integers(1, 60, shape)
        test = chi2_contingency(table, correction=False)
        tables.append(
            {
                "table": table,
                "statistic": test.statistic,
                "p_value": test.pvalue,
                "degrees_of_freedom": test.dof,
                "least_expected": test.expected_freq.min(),
                "cramers_v": cramers(table, method="cramer"),
            }
        )
    ratios = []
    for _ in range(6):
        table = rng.integers(1, 90, (2, 2))
        fit = Table2x2(table, shift_zeros=False)
        ratios.append([table.ravel(), 0.9, fit.oddsratio, *fit.oddsratio_confint(alpha=0.1)])
    strata = []
    for count in (1, 3, 12):
        tables_ = [rng.integers(1, 40, (2, 2)) for _ in range(count)]
        tables_[0] = np.array([[0, 9], [3, 11]]) if count > 1 else tables_[0]
        fit = StratifiedTable([t.astype(float) for t in tables_])
        test = fit.test_null_odds(correction=False)
        strata.append(
            {
                "tables": [t.ravel() for t in tables_],
                "ratio": fit.oddsratio_pooled,
                "interval": fit.oddsratio_pooled_confint(alpha=0.05),
                "statistic": test.statistic,
                "p_value": test.pvalue,
            }
        )
    differences = []
    for a, n, b, m in [(56, 70, 48, 80), (9, 10, 3, 10), (0, 10, 0, 20), (10, 10, 0, 20), (390, 9800, 301, 10100)]:
        low, high = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff", alpha=0.05)
        differences.append([a, n, b, m, low, high])
    write(
        "association",
        {"tables": tables, "ratios": ratios, "strata": strata, "differences": differences},
    )


def drift():
    rng = np.random.default_rng(37)
    pairs = []
    for n, m, shift, step in [(200, 150, 0.0, None), (90, 400, 0.4, None), (300, 300, 0.1, 0.5), (8, 5, 1.0, None)]:
        one, two = rng.normal(size=n), rng.normal(size=m) + shift
        if step:
            one, two = np.round(one / step) * step, np.round(two / step) * step
        one = with_nulls(rng, one, 0.1)
        statistic = ks_2samp(one[~np.isnan(one)], two, method="asymp").statistic
        present = (~np.isnan(one)).sum()
        limit = kstwobign.sf(statistic * np.sqrt(present * m / (present + m)))
        pairs.append({"one": one, "two": two, "statistic": statistic, "p_value": limit})
    write("kolmogorov_smirnov", pairs)
    # Stability index of samples from one source, with half a row added to each bin.
    simulated = []
    for bins, n, m in [(11, 5000, 2000), (10, 40_000, 3000), (4, 800, 800)]:
        share = np.full(bins, 1 / bins)
        a = rng.multinomial(n, share, size=20_000) + 0.5
        b = rng.multinomial(m, share, size=20_000) + 0.5
        a, b = a / a.sum(1, keepdims=True), b / b.sum(1, keepdims=True)
        found = ((b - a) * np.log(b / a)).sum(1)
        simulated.append([bins, n, m, found.mean(), np.quantile(found, 0.95)])
    write("psi_by_chance", simulated)


def description():
    rng = np.random.default_rng(41)
    cases = []
    for values in (
        with_nulls(rng, rng.normal(size=200), 0.1),
        with_nulls(rng, rng.lognormal(0, 2, size=301), 0.3),
        np.round(rng.normal(size=77)),
        1e6 + rng.standard_t(2, size=150),
        np.array([3.0, 1.0, 1.5]),
    ):
        column = pd.Series(values)
        low, high = column.quantile(0.25), column.quantile(0.75)
        center, mad = column.median(), median_abs_deviation(values, nan_policy="omit")
        z = 0.6745 * (column - center) / mad
        points = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]
        cases.append(
            {
                "values": values,
                "nulls": column.isna().sum(),
                "distinct": column.nunique(),
                "zeros": (column == 0).sum(),
                "quantiles": column.quantile(points).to_numpy(),
                "mean": column.mean(),
                "standard_deviation": column.std(),
                "skewness": column.skew(),
                "tukey": [(column < low - 3 * (high - low)).sum(), (column > high + 3 * (high - low)).sum()],
                "mad": mad,
                "robust_z": [(z < -3.5).sum(), (z > 3.5).sum()],
            }
        )
    write("description", cases)


def multiple():
    rng = np.random.default_rng(43)
    cases = []
    for p_values in (rng.random(20), rng.random(12) ** 6, np.round(rng.random(15), 1), np.array([0.03])):
        cases.append(
            {
                "p_values": p_values,
                "holm": multipletests(p_values, method="holm")[1],
                "benjamini_hochberg": multipletests(p_values, method="fdr_bh")[1],
            }
        )
    write("multiple", cases)


def power():
    cases = []
    for base in (0.02, 0.0389, 0.3):
        for difference in (0.01, 0.05, 0.3):
            n = samplesize_proportions_2indep_onetail(
                difference, base, 0.8, alpha=0.05, alternative="two-sided"
            )
            # One-sided, since ours does not count alarms in the wrong direction.
            found = power_proportions_2indep(
                difference, base, 400, alpha=0.025, alternative="larger"
            )
            cases.append([base, base + difference, n, found.power])
    write("power", cases)


binning()
delong()
correlations()
vif()
distributions()
association()
drift()
description()
multiple()
power()
