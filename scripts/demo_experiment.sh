#!/usr/bin/env bash
# A whole experiment on made-up data, in one go: plan, try, assign every day for four weeks, eight
# weeks of dials and calls with a known effect, a look on the way, and the end.
#   scripts/demo_experiment.sh [LIFT] [FOLDER]     LIFT: 0.5 (default), 0, -0.3, …
set -euo pipefail
cd "$(dirname "$0")/.."
lift=${1:-0.5}
project=${2:-demo-experiment}
scale=${SCALE:-1}
leadrank="${CARGO_TARGET_DIR:-target}/debug/leadrank"
start=2025-11-03
show() { printf '\n$ leadrank %s\n' "$*"; "$leadrank" "$@" --project "$project"; }
quietly() { "$leadrank" "$@" --project "$project" --quiet --json >/dev/null; }
day() { date -u -d "$1" +%F; }

rm -rf "$project"
"$leadrank" init "$project" >/dev/null
# What is shown is the experiment, not how good the model can be made.
export LEADRANK__TUNING__SEARCH=off LEADRANK__IMBALANCE__CONTEST=false
if [ "$scale" != 1 ]; then
    # A small world has few new leads a week, so everybody who is open takes part.
    export LEADRANK__EXPERIMENT__CONTACTED_WITHIN_DAYS=0
fi
show simulate --scale "$scale"
show run --as-of "$start"
show experiment design --as-of "$start" --start "$start" --freeze
show experiment simulate --runs 400
echo
echo "Four weeks: every day the leads are scored and the new ones enrolled."
for at in $(seq 0 27); do
    today=$(day "$start + $at days")
    if [ "$at" = 0 ]; then
        show experiment assign --as-of "$today"
    else
        quietly experiment assign --as-of "$today"
    fi
done
show experiment play --lift "$lift"
quietly ingest
show experiment monitor --as-of "$(day "$start + 14 days")"
show experiment monitor --as-of "$(day "$start + 40 days")"
show experiment interim --as-of "$(day "$start + 45 days")"
show experiment final --as-of "$(day "$start + 58 days")"
printf '\nThe truth: %s. Open %s/experiments/first/reports/final.html\n' "$lift" "$project"
