#!/usr/bin/env bash
# Runs make targets one after the other, each with its time; stops at the first that fails.
# steps.sh "MAKE AND ITS OPTIONS" TARGET...
set -euo pipefail

make=$1
shift
for step in "$@"; do
    echo "== $step"
    begin=$SECONDS
    $make "$step" || {
        echo "== $step: FAILED after $((SECONDS - begin)) s"
        exit 1
    }
    echo "== $step: $((SECONDS - begin)) s"
done
echo "== passed: $* in $SECONDS s"
