"""The part of the bench that develops models: our examples beside `model_peers.py` on one table."""

import sys

from harness import ROOT, best, peer, run

# What ours is called, in words; how often the peer runs at most; the peer in words.
SCREENS = {
    "monotone_iv": ("IV of all columns, monotone bins", 3, "optbinning, the same bins"),
    "vif": ("VIF screen, limit 10", 1, "statsmodels, column after column"),
    "pearson": ("Pearson correlations", 3, "pandas corr"),
    "spearman": ("Spearman correlations", 1, "pandas corr, ranks"),
}


def model_part(table, binaries, folder, times):
    """Everything on one made-up table, which is the same whatever the scale of the bench."""
    ours = binaries / "examples" / "model_development"
    made = run([ours, "table", folder / "model"])
    about = f"{made['rows']} rows x 67, {made['positives']} positive, some missing"
    screens(table, binaries, folder / "model", times, about)
    oversampling(table, binaries, folder / "smote", times)
    contest(table, ours, folder / "model", min(times, 2))
    regressions(table, ours, folder / "model", times)


def theirs(times, what, folder):
    return peer(times, [sys.executable, ROOT / "benches/model_peers.py", what, folder])


def screens(table, binaries, folder, times, about):
    table.part(f"Screens of columns: {about}")
    example = binaries / "examples" / "screens"
    cells = 46_000 * 67 / 1e6

    def both(what, title, most, title_of_peer, aim=None):
        mine = best(times, [example, what, folder])
        table.row(f"leadrank {title}", mine, cells, "M cells")
        other = theirs(min(times, most), what, folder)
        table.row(title_of_peer, other, cells, "M cells", mine, aim)
        if other:
            table.note(agreement(what, mine["values"], other["values"]))
        return mine, other

    both("quantile_iv", "IV of all columns, quantile bins", 3, "pandas qcut and crosstab")
    pairs = [both(what, *words) for what, words in SCREENS.items()]
    quick = theirs(times, "vif_inverse", folder)
    table.row("NumPy, VIF from inverted correlations", quick, cells, "M cells", pairs[1][0])
    if all(other for _, other in pairs):
        sums = [{name: sum(side[name] for side in sides) for name in ("wall", "cpu")} for sides in zip(*pairs)]
        table.row("leadrank: monotone IV, VIF and correlations", sums[0], cells, "M cells")
        table.row("optbinning, statsmodels and pandas", sums[1], cells, "M cells", sums[0], 20)


def agreement(what, mine, other):
    if what == "vif":
        said = "the same columns go" if mine == other else f"{mine} go, with the peer {other}"
        return f"{said}, {len(mine)} of 67"
    pairs = [(a, b) for a, b in zip(mine, other) if a is not None and b is not None]
    return f"{len(pairs)} values, at most {max(abs(a - b) for a, b in pairs):.1e} apart"


def oversampling(table, binaries, folder, times):
    command = [sys.executable, ROOT / "benches/smote_peer.py"]
    table.part("SMOTE to as many positives as negatives: 37000 rows x 67, 1500 positive, 30 columns flags")
    if peer(1, [*command, "make", folder]) is None:
        return table.note("nothing measured: NumPy makes this table")
    mine = best(times, [binaries / "examples/smote", folder])
    table.row("leadrank, flags by majority", mine, mine["synthetic"], "rows")
    peers = {"mixed": "imbalanced-learn SMOTENC, the same", "plain": "imbalanced-learn SMOTE, flags as amounts"}
    for mode, title in peers.items():
        table.row(title, peer(times, [*command, mode, folder]), mine["synthetic"], "rows", mine)


def contest(table, ours, folder, times):
    mine = best(times, [ours, "contest", folder])
    fits = mine["fits"]
    table.part(f"Cross-validation, 8 settings x 5 folds = {fits} fits of 100 rounds, AUC-PR after every round")
    table.row("leadrank, data shared by the fits of a fold", mine, fits, "fits")
    anew, shared = (theirs(times, what, folder) for what in ("contest_anew", "contest_shared"))
    table.row("xgboost from Python, data anew for each fit", anew, fits, "fits", mine)
    table.row("xgboost from Python, data shared", shared, fits, "fits", mine)
    table.note(f"a fit takes {mine['cpu'] / fits:.3f} CPU s, with the train rows ranked at its end")
    if anew and shared:
        apart = max(abs(a - b) for a, b in zip(mine["values"], shared["values"]))
        table.note(f"sharing saves XGBoost {1 - shared['cpu'] / anew['cpu']:.0%}; at most {apart:.1e} between the "
                   f"AUC-PR of 8 settings, {shared['margins_apart']:.1e} between the margins of the first")


def regressions(table, ours, folder, times):
    table.part("Regression and scorecard on the rows before the test; ours is the mean of five fits in a row")
    for what, title, peers in (
        ("logistic", "leadrank logistic regression", {
            "logistic_newton": "scikit-learn, newton-cholesky", "logistic_lbfgs": "scikit-learn, lbfgs"}),
        ("scorecard", "leadrank scorecard", {"scorecard": "optbinning Scorecard"}),
    ):
        mine = best(times, [ours, what, folder])
        table.row(f"{title}, log loss {mine['values'][0]:.5f}", mine)
        for name, words in peers.items():
            other = theirs(times, name, folder)
            table.row(f"{words}, {other['values'][0]:.5f}" if other else words, other, ours=mine)
