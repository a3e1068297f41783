#!/usr/bin/env bash
# Runs fuzz targets, each for so many seconds, two at a time; exit 1 on a finding.  fuzz.sh BUILD SECS TARGET...
# Seeds: the committed corpus, and for what reads HL7 the shared messages.  What is new goes to BUILD/corpus/TARGET,
# a finding to BUILD/findings.
set -uo pipefail

build=$1 secs=$2
shift 2
shared=${REFRACT_SHARED:-../shared}/data/hl7
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
mkdir -p "$build/findings"

if [ -d "$shared" ]; then
    n=0
    while read -r file; do
        n=$((n + 1))
        cp "$file" "$seeds/$n"
    done < <(find "$shared" -type f -name '*.hl7' -size -8k)
else
    echo "SKIP shared (1)"
fi

fuzz_one() {
    local target=$1 log=$build/fuzz/$1.log longest=4096 folders runs begin=$SECONDS
    folders=("$build/corpus/$target" "tests/fuzz/corpus/$target")
    mkdir -p "${folders[0]}"
    case $target in
        hl7 | mllp | pipeline) folders+=("$seeds") ;;
    esac
    case $target in # a case needs several messages
        pipeline | yaml) longest=8192 ;;
    esac
    if ! "$build/fuzz/$target" -max_total_time="$secs" -max_len="$longest" -timeout=10 -rss_limit_mb=3072 \
        -print_final_stats=1 -artifact_prefix="$build/findings/$target-" "${folders[@]}" >"$log" 2>&1; then
        tail -n 60 "$log"
        echo "FAIL $target: see $log and $build/findings"
        return 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "ok   $target: $runs executions in $((SECONDS - begin)) s"
}

failed=0
while [ $# -gt 0 ]; do
    pids=()
    for target in "${@:1:2}"; do
        fuzz_one "$target" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    shift $(($# < 2 ? $# : 2))
done
exit "$failed"
