#!/bin/sh
# Everything that must hold before a commit: format, lint, types, import contracts, generated docs.
set -u
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
failed=""

run() {
    name=$1
    shift
    begun=$(date +%s)
    if "$@"; then
        echo "check: $name: ok ($(($(date +%s) - begun)) s)"
    else
        echo "check: $name: FAILED" >&2
        failed="$failed $name"
    fi
}

docs_are_fresh() {
    python -m bus.asyncapi | diff -q - docs/asyncapi.yaml >/dev/null || {
        echo "docs/asyncapi.yaml is stale: run 'make docs'" >&2
        return 1
    }
    for po in kiosk/locale/*/LC_MESSAGES/*.po drivers/locale/*/LC_MESSAGES/*.po; do
        msgfmt -o - "$po" | cmp -s - "${po%.po}.mo" || {
            echo "${po%.po}.mo is stale: run 'make docs'" >&2
            return 1
        }
    done
    python -m drivers.words_page | diff -q - docs/peripheral-status.md >/dev/null || {
        echo "docs/peripheral-status.md is stale: run 'make docs'" >&2
        return 1
    }
}

run format ruff format --check --quiet .
run lint ruff check --quiet .
run imports lint-imports --no-cache
run types mypy
run docs docs_are_fresh
if [ -n "$failed" ]; then
    echo "check: failed:$failed" >&2
    exit 1
fi
