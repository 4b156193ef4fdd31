#!/usr/bin/env bash
# Licences, banned crates and sources, by cargo-deny in the version named here.
# It is built once into .tools (or taken from the PATH) and reads the lock file only.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.20.2
tool=$(command -v cargo-deny || true)
if [ -z "$tool" ]; then
    home="${LEADRANK_CI_CACHE:-$PWD/.tools}/cargo-deny-$version"
    tool="$home/bin/cargo-deny"
    if [ ! -x "$tool" ]; then
        echo "deny: building cargo-deny $version once, into $home (a few minutes)"
        CARGO_TARGET_DIR="$home/target" CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
            cargo install --quiet --locked --no-default-features --root "$home" "cargo-deny@$version"
        rm -rf "$home/target"
    fi
fi
"$tool" --offline --locked check --hide-inclusion-graph licenses bans sources
