"""Dedup, as-of join and features with DuckDB's SQL or with pandas, one process.

    python benches/features_peers.py duckdb|pandas PROJECT TABLES AS_OF CONSTANTS OUT

The tables are those that `leadrank` loaded from the project's raw files (TABLES is the
warehouse's folder), brought into memory before the clock starts: every representative of every
month, not only those with leads. DuckDB computes what tests/reference/features_duckdb.py states,
for the leads and then, without the two features of the contact's day, for the representatives of
each month. pandas computes the leads' part and compares every value with what DuckDB wrote to
OUT. Results are written as zstd Parquet, as ours are.

Prints one line of JSON: rows, wall and CPU seconds of each part.
"""

import datetime as dt
import json
import sys
from pathlib import Path

from harness import Clock  # first: it knows where the packages are
import features_duckdb as reference

KEYS = {"p75": "average_account_size_p75", "p50": "average_account_size_median",
        "stability": "firm_stability_score_median", "per_client": "aum_per_client_median"}
# The last two of the 69 need a contact, which a representative as delivered has not.
WITHOUT_CONTACT = 67


def load(base, raw, tables):
    """The reference's input tables, and which firm columns each month's files have."""
    def parquet(table):
        # Each file has been loaded once, so all rows of the stores are in use.
        files = f"{tables}/LeadScoring/{table}_current_deliveries/**/*.parquet"
        return f"read_parquet('{files}', hive_partitioning = true)"

    kept = ", ".join(f"{c}::{reference.TYPES.get(c, 'DOUBLE')} AS {c}" for c in reference.KEPT)
    base.execute(f"""CREATE TABLE reps AS SELECT snapshot_as_of AS snapshot, territory_source AS territory,
        source_line AS line, declared_nulls AS nulls, {kept} FROM {parquet('discovery_reps')}""")
    firm = ", ".join(f"{c}::{reference.TYPES.get(c, 'DOUBLE')} AS {c}" for c in reference.FIRM_COLUMNS)
    own = ["RIAFirmCRD", "RIAFirmName", "TotalAssetsInMillions"] + reference.FIRM_COLUMNS
    nulls = " + ".join(f"({c} IS NULL)::INT" for c in own)
    base.execute(f"""CREATE TABLE firms AS SELECT snapshot_as_of AS snapshot, source_line AS line,
        {nulls} AS nulls, RIAFirmCRD, {firm} FROM {parquet('discovery_firms')}""")
    counts = ", ".join(f"count({c})" for c in reference.FIRM_COLUMNS)
    present = {}
    for month, *counted in base.execute(f"SELECT snapshot, {counts} FROM reps GROUP BY snapshot").fetchall():
        present[(month, "reps")] = {c for c, n in zip(reference.FIRM_COLUMNS, counted) if n}
    for path in raw.glob("discovery_firms_*.csv"):
        named = reference.MONTHLY.match(path.name)
        header, _ = next(reference.records(path))
        present[(dt.date(int(named[2]), int(named[3]), 1), "firms")] = {
            c for c in reference.FIRM_COLUMNS if c in reference.positions(header, reference.FIRM_COLUMNS)}
    return present


def with_duckdb(base, leads, present, constants, out):
    reference.join(base, leads, present, True)
    named = reference.features("null")
    bound = {name: constants[key] for name, key in KEYS.items()}

    def write(features, source, path):
        columns = ", ".join(f"({formula})::DOUBLE AS {name}" for name, formula in features)
        for name, value in bound.items():
            columns = columns.replace(f"${name}", "NULL::DOUBLE" if value is None else repr(value))
        base.execute(f"COPY (SELECT {source[0]}, {columns} FROM {source[1]}) TO '{path}' "
                     "(FORMAT parquet, COMPRESSION zstd)")

    clock = Clock()
    head = "lead_id, adviser_id, contact AS contact_date, snapshot AS snapshot_as_of, snapshot AS facts_as_of, label, status AS label_status"
    write(named.items(), (head, "rows"), out / "leads.parquet")
    written = clock.read()
    clock = Clock()
    rows = "(SELECT *, snapshot AS contact, 0.0 AS elapsed FROM facts)"
    write(list(named.items())[:WITHOUT_CONTACT], ("RepCRD AS adviser_id, snapshot AS snapshot_as_of", rows),
          out / "reps.parquet")
    return written, clock.read(), base.execute("SELECT count(*) FROM facts").fetchone()[0]


def plus(*figures):
    return {name: sum(figure[name] for figure in figures) for name in ("wall", "cpu")}


def run_duckdb(base, leads, present, constants, out):
    base.execute("SET threads = 1")
    # The leads come from Python: putting them into a table is loading, not joining.
    loading = []
    insert = reference.insert

    def untimed(*arguments):
        clock = Clock()
        insert(*arguments)
        loading.append(clock.read())

    reference.insert = untimed
    clock = Clock()
    lead_part, rep_part, rep_rows = with_duckdb(base, leads, present, constants, out)
    whole = clock.read()
    for figure in loading:
        whole = {name: whole[name] - figure[name] for name in whole}
    # The join and the dedup serve both; they are counted with the leads.
    leads_whole = {name: whole[name] - rep_part[name] for name in whole}
    return {"leads": leads_whole, "reps": rep_part, "lead_rows": len(leads), "rep_rows": rep_rows}


def run_pandas(base, leads, present, constants, out):
    import pandas as pd

    import features_pandas

    reps, firms = base.table("reps").df(), base.table("firms").df()
    frame = pd.DataFrame(leads, columns=["lead_id", "adviser_id", "contact", "label", "status"])
    for table, column in ((reps, "snapshot"), (firms, "snapshot"), (frame, "contact")):
        table[column] = pd.to_datetime(table[column]).astype("datetime64[ns]")
    base.close()
    bound = {name: float("nan") if constants[key] is None else constants[key] for name, key in KEYS.items()}
    clock = Clock()
    answer = features_pandas.features(frame, reps, firms, present, bound)
    answer.to_parquet(out / "leads_pandas.parquet", compression="zstd")
    figure = clock.read()
    expected = pd.read_parquet(out / "leads.parquet").set_index("lead_id").sort_index()
    differences = features_pandas.differences(answer.set_index("lead_id").sort_index(), expected)
    return {"leads": figure, "lead_rows": len(answer), "differences": differences}


def main():
    engine, project, tables, as_of, constants, out = sys.argv[1:7]
    raw, out = Path(project) / "raw", Path(out)
    out.mkdir(parents=True, exist_ok=True)
    leads = reference.read_leads(raw / "salesforce_lead.csv", dt.date.fromisoformat(as_of), 30)
    base = reference.duckdb.connect()
    present = load(base, raw, tables)
    constants = json.loads(Path(constants).read_text())
    work = {"duckdb": run_duckdb, "pandas": run_pandas}[engine]
    print(json.dumps(work(base, leads, present, constants, out)))


if __name__ == "__main__":
    main()
