#!/usr/bin/env bash
# The demo's scores in a Salesforce org that stands in for a real one, on this machine: what a
# sync would write, what it writes, that the second time nothing is left, and the way back.
set -euo pipefail
cd "$(dirname "$0")/.."
binaries="${CARGO_TARGET_DIR:-target}/debug"
leadrank="$binaries/leadrank"
work=$(mktemp -d)
trap 'kill "${org:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
show() { printf '\n$ leadrank %s\n' "$*"; "$leadrank" "$@" --project demo; }

"$leadrank" salesforce scaffold --to "$work/salesforce" --quiet >/dev/null
loads=()
for object in Lead Task User Opportunity; do
    loads+=(--load "$object=demo/raw/salesforce_${object,,}.csv")
done
"$binaries/leadrank-test-org" "${loads[@]}" \
    --fields "Lead=$work/salesforce/force-app/main/default/objects/Lead/fields" > "$work/hello" &
org=$!
until [ -s "$work/hello" ]; do kill -0 "$org"; sleep 0.2; done
told() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/hello" "$1"; }
export LEADRANK_SALESFORCE_STANDIN_LOGIN_URL=$(told url)
export LEADRANK_SALESFORCE_STANDIN_CLIENT_ID=$(told client_id)
export LEADRANK_SALESFORCE_STANDIN_CLIENT_SECRET=$(told client_secret)
export LEADRANK__SALESFORCE__ORG=standin LEADRANK__SALESFORCE__ALLOW_LOOPBACK=true
echo "A stand-in org listens at $LEADRANK_SALESFORCE_STANDIN_LOGIN_URL"
rm -rf demo/.leadrank/salesforce/standin

show sync
show sync --apply
show sync --apply
run=$("$leadrank" sync --list --json --project demo | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["meta"]["run"])')
show sync --undo "$run" --apply
show sync --list
