#!/usr/bin/env bash
# Brings what building, testing and training need. Safe to run again: each step
# looks first and does nothing when its result is there, so a second run needs
# no network.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# --- system packages -------------------------------------------------------
missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v python3 >/dev/null || missing+=(python3)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
command -v sha256sum >/dev/null || missing+=(coreutils)
command -v npm >/dev/null || missing+=(nodejs npm)
if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || fail "please install: ${missing[*]}"
    say "installing system packages: ${missing[*]}"
    sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq && $sudo apt-get install -y -qq "${missing[@]}"
fi
command -v cargo >/dev/null || fail "no cargo found: install Rust 1.95 or newer with rustup, then run this again"

# --- the trainer: libxgboost out of the pinned PyPI wheel -------------------
# unpack FOLDER REQUIREMENTS NAME: download the pinned wheel, check its hash, unpack it.
unpack() {
    local folder=$1 requirements=$2 name=$3 stamp
    stamp="$folder/.$(sha256sum "$requirements" | cut -c1-16)"
    if [ -f "$stamp" ]; then say "$name: present in $folder"; return; fi
    say "$name: downloading the pinned wheel into $folder"
    local fresh; fresh=$(mktemp -d .tools/unpack.XXXXXX)
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --require-hashes -r "$requirements" -d "$fresh/wheel" \
        || { rm -rf "$fresh"; fail "$name could not be downloaded; check the network, then run 'make setup' again"; }
    python3 -m zipfile -e "$fresh"/wheel/*.whl "$fresh/out"
    rm -rf "$folder"; mv "$fresh/out" "$folder"; rm -rf "$fresh"
    touch "$stamp"
}
mkdir -p .tools
[ "$(uname -sm)" = "Linux x86_64" ] || say "note: the pinned libraries are for Linux x86_64; elsewhere set LEADRANK_XGBOOST to a libxgboost of your own if the download fails"
unpack .tools/xgboost scripts/requirements-xgboost.txt "libxgboost 3.1.3 (trainer, 5 MB)"
# DuckDB serves one test only: an independent computation of the features.
unpack .tools/duckdb scripts/requirements-tests.txt "duckdb 2.0.0 (tests only, 24 MB)"

# --- clients that the stand-in Salesforce org is held against (tests only) -----
stamp=".tools/clients/.$(cat tests/org/clients/package-lock.json tests/org/clients/requirements.txt | sha256sum | cut -c1-16)"
if [ -f "$stamp" ]; then
    say "jsforce and simple-salesforce (tests only): present"
else
    say "jsforce and simple-salesforce (tests only, 150 MB): installing the pinned versions"
    fresh=$(mktemp -d .tools/unpack.XXXXXX)
    cp tests/org/clients/package.json tests/org/clients/package-lock.json "$fresh/"
    (cd "$fresh" && npm ci --silent --no-audit --no-fund --ignore-scripts --omit=optional) \
        || { rm -rf "$fresh"; fail "jsforce could not be installed; check the network, then run 'make setup' again"; }
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --root-user-action=ignore \
        --only-binary=:all: --require-hashes \
        --target "$fresh/python" -r tests/org/clients/requirements.txt \
        || { rm -rf "$fresh"; fail "simple-salesforce could not be installed; check the network, then run 'make setup' again"; }
    rm -rf .tools/clients; mv "$fresh" .tools/clients; touch "$stamp"
fi

# --- tools of the Lightning web components (tests only) -------------------------
stamp="salesforce/node_modules/.$(sha256sum salesforce/package-lock.json | cut -c1-16)"
if [ -f "$stamp" ]; then
    say "Jest and ESLint for the Lightning web components (tests only): present"
else
    say "Jest and ESLint for the Lightning web components (tests only, 270 MB): installing the pinned versions"
    (cd salesforce && npm ci --silent --no-audit --no-fund --ignore-scripts) \
        || fail "the components' tools could not be installed; check the network, then run 'make setup' again"
    touch "$stamp"
fi

# --- crates ------------------------------------------------------------------
stamp=".tools/.crates-$(sha256sum Cargo.lock | cut -c1-16)"
if [ -f "$stamp" ]; then
    say "crates: present"
else
    say "crates: fetching the locked versions"
    cargo fetch --locked --quiet || fail "crates could not be fetched; check the network, then run 'make setup' again"
    rm -f .tools/.crates-*; touch "$stamp"
fi
say "done"
