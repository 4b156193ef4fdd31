"""Reads vendor CSV files into typed columns with Polars or DuckDB, one process.

    python benches/csv_peers.py polars|duckdb lenient|typed FOLDER [OUT]

`lenient` does what the product promises: every cell is kept or counted. All cells are read as
text, null words become null, `$` and `,` are taken off, `< 5` is 2, a cell that is still no
number becomes null and is counted. `typed` is what the engine does fastest by itself: numbers
are declared as such, only money and counts with `< 5` need cleaning, and bad cells are dropped
uncounted (Polars) or with their whole row (DuckDB). With OUT, zstd Parquet is written there.

Prints one line of JSON: files, rows, rejected cells, and the wall and CPU seconds after the
imports.
"""

import csv
import json
import sys
from pathlib import Path

from harness import Clock  # first: it knows where the packages are
import features_duckdb as reference

NULLS = ["", "NA", "N/A", "n/a", "null", "NULL", "None", "NaN", "nan", "#N/A", "#NA", "<NA>"]
NUMBERS = set(reference.COUNTS + reference.NUMBERS) | {
    "Number_Employees", "Number_InvestmentAdvisoryClients", "Percent_ClientsUS", "AverageAccountSize"}
CENSORED = {"NumberClients_Individuals", "NumberClients_HNWIndividuals",
            "NumberClients_RetirementPlans", "Number_InvestmentAdvisoryClients"}
# These files write some money with `$` and `,` and some shares of clients with `%`, so no
# engine reads them as numbers by itself.
MONEY = {"AverageAccountSize"} | {
    c for c in reference.NUMBERS if c.startswith(("TotalAssets", "AssetsInMillions", "CustodianAUM"))}
PERCENT = {c for c in reference.NUMBERS if c.startswith("PercentClients")}
DECORATED = CENSORED | MONEY | PERCENT


def header(path):
    """The file's column names, cleaned."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        names = [reference.clean_header(name) for name in next(csv.reader(file))]
    return [reference.RENAMED.get(name, name) for name in names]


def polars(path, lenient, out):
    import polars as pl

    names = header(path)
    plain = set() if lenient else NUMBERS - DECORATED
    frame = pl.read_csv(
        path, new_columns=names, null_values=NULLS, infer_schema=False, ignore_errors=not lenient,
        schema_overrides=[pl.Float64 if name in plain else pl.String for name in names])

    def number(name):
        cell = pl.col(name)
        if name in CENSORED:
            cell = cell.replace({"< 5": "2", "<5": "2"})
        if name in PERCENT:
            cell = cell.str.strip_chars_end("%")
        if name in MONEY:
            cell = cell.str.strip_chars_start("$").str.replace_all(",", "", literal=True)
        return cell.cast(pl.Float64, strict=False)

    before = sum(frame[name].null_count() for name in names) if lenient else 0
    frame = frame.with_columns(number(name) for name in names if name in NUMBERS - plain)
    after = sum(frame[name].null_count() for name in names) if lenient else 0
    if out:
        frame.write_parquet(out, compression="zstd", compression_level=3)
    return frame.height, after - before


def duckdb(path, lenient, out):
    import duckdb as engine

    base = engine.connect()
    base.execute("SET threads = 1; SET preserve_insertion_order = true")
    names = header(path)
    plain = set() if lenient else NUMBERS - DECORATED

    def number(name):
        cell = f'"{name}"'
        if name in CENSORED:
            cell = f"CASE WHEN {cell} IN ('< 5', '<5') THEN '2' ELSE {cell} END"
        if name in PERCENT:
            cell = f"rtrim({cell}, '%')"
        if name in MONEY:
            cell = f"replace(ltrim({cell}, '$'), ',', '')"
        return f"TRY_CAST({cell} AS DOUBLE)"

    selected = [f'{number(name)} AS "{name}"' if name in NUMBERS - plain else f'"{name}"' for name in names]
    columns = ", ".join(f"'{name}': '{'DOUBLE' if name in plain else 'VARCHAR'}'" for name in names)
    nulls = ", ".join("'" + word + "'" for word in NULLS)
    source = f"""read_csv('{path}', header = true, auto_detect = false, delim = ',', quote = '"',
        escape = '"', columns = {{{columns}}}, nullstr = [{nulls}], ignore_errors = {not lenient})"""
    if lenient:
        # The text is needed twice: for the value and to tell a bad cell from an empty one.
        bad = " + ".join(f'("{name}" IS NOT NULL AND {number(name)} IS NULL)::INT'
                         for name in names if name in NUMBERS)
        selected.append(f"{bad} AS rejected_cells")
    query = f"SELECT {', '.join(selected)} FROM {source}"
    if out:
        base.execute(f"COPY ({query}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
        counted = f"read_parquet('{out}')"
    else:
        base.execute(f"CREATE TEMP TABLE read AS {query}")
        counted = "read"
    rejected = "coalesce(sum(rejected_cells), 0)::BIGINT" if lenient else "0"
    return base.execute(f"SELECT count(*), {rejected} FROM {counted}").fetchone()


def main():
    engine, mode, folder = sys.argv[1:4]
    out = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    read = {"polars": polars, "duckdb": duckdb}[engine]
    __import__(engine)
    files, rows, rejected = 0, 0, 0
    clock = Clock()
    for path in sorted(Path(folder).glob("discovery_*.csv")):
        found = read(path, mode == "lenient", out and out / f"{path.stem}.parquet")
        files, rows, rejected = files + 1, rows + found[0], rejected + found[1]
    print(json.dumps({"files": files, "rows": rows, "rejected_cells": rejected, **clock.read()}))


if __name__ == "__main__":
    main()
