"""Speed beside the peers, in one run on the same made-up files: `make bench`.

    python benches/run.py FOLDER_OF_BINARIES

Settings are environment variables: BENCH_SCALE (1: about 478,000 representatives a month),
BENCH_MONTHS (vendor months), BENCH_TIMES (runs of which the best counts), BENCH_JSON (a file
for the figures). Every process has one core and one thread. Ratios of CPU seconds are what
counts: other work on the machine disturbs them least. Nothing here passes or fails.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import ROOT, TOOLS, Failed, best, peer, run
from model_part import model_part

REQUIREMENTS = ROOT / "scripts" / "requirements-bench.txt"
SCALE = os.environ.get("BENCH_SCALE", "1")
MONTHS = os.environ.get("BENCH_MONTHS", "2024_07,2025_07")
TIMES = int(os.environ.get("BENCH_TIMES", "3"))


def bring_peers():
    """The peers' packages: pinned, checked by hash, unpacked once."""
    stamp = TOOLS / f".{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]}"
    if stamp.exists():
        return
    say(f"downloading the peers' packages into {TOOLS.relative_to(ROOT)} (1 GB unpacked)")
    shutil.rmtree(TOOLS, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps",
           "--only-binary=:all:", "--require-hashes", "-r", REQUIREMENTS, "--target", TOOLS]
    if subprocess.run([str(part) for part in pip]).returncode:
        shutil.rmtree(TOOLS, ignore_errors=True)
        say("the peers could not be downloaded; they need a network and Python 3.11 to 3.14")
        return
    stamp.touch()


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Table:
    """Prints rows as they come and keeps them for BENCH_JSON."""

    def __init__(self):
        self.rows = []

    def part(self, title):
        print(f"\n{title}")
        print(f"  {'':44} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'per CPU s':>12} {'ours/peer':>10} {'aim':>7}")

    def row(self, what, figures, amount=None, unit="", ours=None, aim=None):
        """`amount` is what was worked through; `ours`, on a peer's row, our figures for the same."""
        if figures is None:
            return self.note(f"{what}: did not run")
        cpu = figures["cpu"]
        ratio = cpu / ours["cpu"] if ours else None
        rate = amount / cpu if amount else 0
        shown = [f"{figures['wall']:.2f}", f"{cpu:.2f}",
                 f"{figures['memory_mb']:.0f}" if "memory_mb" in figures else "",
                 (f"{rate:,.0f} {unit}" if rate >= 100 else f"{rate:.3g} {unit}") if amount else "",
                 f"{ratio:.2f} x" if ratio else "", f"{aim} x" if aim else ""]
        widths = [8, 8, 8, 12, 10, 7]
        print(f"  {what:44} " + " ".join(f"{text:>{width}}" for text, width in zip(shown, widths)), flush=True)
        kept = {name: value for name, value in figures.items() if name != "values"}
        self.rows.append({"what": what, **kept, "amount": amount, "unit": unit, "ratio": ratio, "aim": aim})

    def note(self, text):
        print(f"  {text}", flush=True)


def vendor_project(project, folder):
    """A project with the vendor's files alone, so that all read the same bytes."""
    (folder / "raw").mkdir(parents=True)
    shutil.copy(project / "leadrank.toml", folder)
    for path in (project / "raw").glob("discovery_*.csv"):
        os.link(path, folder / "raw" / path.name)
    return folder


def csv_part(table, binaries, project, folder):
    vendor = vendor_project(project, folder / "vendor")
    megabytes = sum(path.stat().st_size for path in (vendor / "raw").iterdir()) / 1e6
    out = folder / "parquet"

    def fresh():
        for path in (vendor / "tables", vendor / ".leadrank", out):
            shutil.rmtree(path, ignore_errors=True)
        out.mkdir()

    def peers(ours, *to):
        for engine in ("polars", "duckdb"):
            for mode, aim in (("lenient", 1.5), ("typed", None)):
                command = [sys.executable, ROOT / "benches/csv_peers.py", engine, mode, vendor / "raw", *to]
                figures = peer(TIMES, command, fresh)
                counted = "" if mode == "lenient" else ", none counted"
                if figures and mode == "lenient":
                    counted = f", {figures['rejected_cells']} rejects"
                table.row(f"{engine}, {mode}{counted}", figures, megabytes, "MB", ours, aim)

    table.part(f"Vendor CSV ({megabytes:.0f} MB) to typed columns, in memory")
    ours = best(TIMES, [binaries / "examples/read_files", vendor / "raw"])
    table.row(f"leadrank reader, {ours['rejected_cells']} rejects", ours, megabytes, "MB")
    peers(ours)
    table.part("Vendor CSV to typed table: ours Delta with quarantine and log, theirs zstd Parquet")
    ours = best(TIMES, [binaries / "leadrank", "ingest", "--project", vendor, "--threads", "1", "--quiet"], fresh)
    table.row("leadrank ingest", ours, megabytes, "MB")
    peers(ours, out)


def features_part(table, binaries, project, as_of, folder):
    out = folder / "features"
    times = min(TIMES, 2)
    runs = []
    for _ in range(times):
        shutil.rmtree(out, ignore_errors=True)
        steps = []
        run([binaries / "examples/training_dataset", project, as_of, out], steps)
        runs.append(parts(steps))
    ours = min(runs, key=lambda part: part["both"]["cpu"])

    def theirs(engine):
        command = [sys.executable, ROOT / "benches/features_peers.py", engine, project, out / "warehouse", as_of,
                   out / "constants.json", folder / "peers"]
        return peer(times, command, cpu=lambda figures: figures["leads"]["cpu"])

    duckdb, pandas = theirs("duckdb"), theirs("pandas")
    if duckdb is None:
        table.part("Dedup, as-of join and features from loaded tables")
        table.row("leadrank, leads and reps", ours["both"])
        return table.note("nothing beside it: DuckDB counts the rows and did not run")
    leads, reps = duckdb["lead_rows"], duckdb["rep_rows"]
    table.part(f"Dedup, as-of join and features from loaded tables: {leads} leads x 69, {reps} reps x 67")
    both = {name: duckdb["leads"][name] + duckdb["reps"][name] for name in ("wall", "cpu")}
    table.row("leadrank, leads and reps", ours["both"], leads + reps, "rows")
    table.row("duckdb SQL, leads and reps", both, leads + reps, "rows", ours["both"], 1)
    table.row("leadrank, leads", ours["leads"], leads, "rows")
    table.row("duckdb SQL, leads (all reps deduplicated)", duckdb["leads"], leads, "rows", ours["leads"])
    table.row("pandas, leads (all reps deduplicated)", pandas and pandas["leads"], leads, "rows", ours["leads"], 20)
    if pandas and pandas["differences"]:
        print(f"  pandas and DuckDB differ: {pandas['differences']}")
    table.row("leadrank, reps", ours["reps"], reps, "rows")
    table.row("duckdb SQL, reps (dedup counted above)", duckdb["reps"], reps, "rows", ours["reps"])


def parts(steps):
    """CPU and wall seconds of our steps: lines such as `    1.03 s  raw files to tables`."""
    sums = {"leads": {"wall": 0.0, "cpu": 0.0}, "reps": {"wall": 0.0, "cpu": 0.0}}
    before = 0.0
    for line, cpu in steps:
        found = re.match(r"\s*([0-9.]+) s  (.*)", line)
        if not found:
            continue
        if not found[2].startswith("raw files"):
            part = sums["reps" if "all reps" in found[2] else "leads"]
            part["wall"] += float(found[1])
            part["cpu"] += cpu - before
        before = cpu
    sums["both"] = {name: sums["leads"][name] + sums["reps"][name] for name in ("wall", "cpu")}
    return sums


def trees_part(table, binaries):
    """Scoring and explaining beside XGBoost; the example measures both sides itself."""
    print("\nScoring and reasons beside XGBoost (aims: 3 x and 10 x)", flush=True)
    command = [str(binaries / "examples/bench_trees")]
    answer = subprocess.run(command, env={**os.environ, "RAYON_NUM_THREADS": "1"}, cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, check=True)
    print("  " + answer.stdout.strip().replace("\n", "\n  "))
    for what, ratio in re.findall(r"^(\w+) .* ratio ([0-9.]+)$", answer.stdout, re.M):
        table.rows.append({"what": f"XGBoost {what}", "ratio": float(ratio), "aim": 10 if what == "SHAP" else 3})


def main():
    binaries = Path(sys.argv[1]).resolve()
    bring_peers()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="leadrank-bench-") as folder:
        folder = Path(folder)
        project = folder / "project"
        say(f"simulating scale {SCALE}, months {MONTHS}")
        made = subprocess.run(
            [str(binaries / "leadrank"), "simulate", "--project", str(project), "--scale", SCALE,
             "--months", MONTHS, "--json", "--quiet"], stdout=subprocess.PIPE, check=True, text=True)
        as_of = json.loads(made.stdout)["exported_on"]
        print(f"One core and one thread each, best of {TIMES}, of fewer where the peer takes long. ours/peer is their "
              "CPU seconds by ours.")
        csv_part(table, binaries, project, folder)
        features_part(table, binaries, project, as_of, folder)
        model_part(table, binaries, folder, TIMES)
    trees_part(table, binaries)
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(
            {"scale": float(SCALE), "months": MONTHS, "times": TIMES, "rows": table.rows}, indent=2) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        raise SystemExit(f"bench: {failure}")
