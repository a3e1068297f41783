#!/usr/bin/env bash
# Runs cmocka programs: one line for each, its whole output when it fails, a sum at the end.  unit.sh PROGRAM...
# A program that ran no test has failed.  Lines "SKIP ..." are passed on: .ci/run looks for them.
set -uo pipefail

passed=0 failed=0
for program in "$@"; do
    log=$program.log
    begin=$(date +%s%N)
    timeout 300 "$program" >"$log" 2>&1
    status=$?
    ms=$((($(date +%s%N) - begin) / 1000000))
    ran=$(sed -n 's/^\[==========\] .*\b\([0-9][0-9]*\) test(s) run\..*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
    grep -a '^SKIP ' "$log"
    if [ "$status" -eq 0 ] && [ "$ran" -gt 0 ]; then
        passed=$((passed + 1))
        echo "ok   ${program##*/}: $ran tests, $ms ms"
    else
        failed=$((failed + 1))
        cat "$log"
        echo "FAIL ${program##*/}: exit $status, $ran tests run, $ms ms"
    fi
done
echo "unit: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
