#!/usr/bin/env bash
# Fuzzes every reader of untrusted input with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   scripts/fuzz.sh MINUTES [TARGET...]      MINUTES for each target, 0.5 for example; all targets without names
#
# Corpora grow in build/fuzz/corpus from run to run. Exits with 1 if an input violated an invariant; the input stays in
# build/fuzz/crashes, and should be added to tests/fuzz/regressions/TARGET/ together with the fix.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -ge 1 ] || misused "how many minutes?"
seconds=$(awk -v minutes="$1" 'BEGIN { print int(minutes * 60) }')
[[ $1 =~ ^[0-9]+(\.[0-9]+)?$ && $seconds -ge 1 ]] || misused "'$1' is not a number of minutes"
shift
for target in "$@"; do
  [ -e "$repository/tests/fuzz/$target.cpp" ] || misused "there is no target '$target' in tests/fuzz"
done
. "$repository/scripts/setup.sh"
have clang++ || install_packages clang libclang-rt-14-dev llvm

build fuzz fuzz_targets
programs=$repository/build/fuzz/tests/fuzz
seeds=$repository/build/fuzz/seeds crashes=$repository/build/fuzz/crashes logs=$repository/build/fuzz/logs
[ $# -gt 0 ] || set -- $(cd "$programs" && printf '%s\n' fuzz_* | sed 's/^fuzz_//')
python3 -B "$repository/tests/fuzz/make_seeds.py" "$seeds"
mkdir -p "$crashes" "$logs"

# Files of targets are written to memory if possible.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" latentrt-fuzz.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

# fuzz TARGET: prints a line of the table; false if an input violated an invariant.
fuzz() {
  local target=$1 status=0 corpus=$repository/build/fuzz/corpus/$1 log=$logs/$1.log inputs=()
  mkdir -p "$corpus"
  inputs=("$corpus" "$seeds/$target")
  [ ! -d "$repository/tests/fuzz/regressions/$target" ] || inputs+=("$repository/tests/fuzz/regressions/$target")
  TMPDIR=$scratch "$programs/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix="$crashes/$target-" "${inputs[@]}" >"$log" 2>&1 || status=$?
  local coverage executions crash
  coverage=$(grep -Eo 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -1 | awk '{ print $2 "/" $4 }')
  executions=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
  crash=$(grep -Eo "Test unit written to .*" "$log" | sed 's/.* to //' | tail -1 || true)
  [ "$status" -eq 0 ] || crash=${crash:-"exit code $status, see $log"}
  printf '%-12s %12s %16s  %s\n' "$target" "${executions:--}" "${coverage:--}" "${crash:-none}"
  [ "$status" -eq 0 ]
}

say "fuzzing each target for $seconds s"
printf '%-12s %12s %16s  %s\n' target executions cov/ft crash
failed=0
for target in "$@"; do
  fuzz "$target" || failed=1
done
exit "$failed"
