#!/usr/bin/env bash
# Installs what is missing, builds, and runs all tests.
#
#   scripts/test.sh [--preset NAME] [ctest argument...]     for example: scripts/test.sh -R io
#
# With CI=true in the environment, compiler warnings are errors.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

preset=release
if [ "${1:-}" = --preset ]; then
  [ $# -ge 2 ] || misused "--preset needs a name of CMakePresets.json"
  grep -qF "\"name\": \"$2\"" "$repository/CMakePresets.json" || misused "CMakePresets.json has no preset '$2'"
  preset=$2
  shift 2
fi
case "${1:--}" in -*) ;; *) misused "'$1' is no argument of ctest: those begin with -" ;; esac
. "$repository/scripts/setup.sh"

# The example with a window, and a display for it; ranks over MPI. Without them their tests are skipped.
(install_packages libsdl2-dev xvfb xauth libopenmpi-dev openmpi-bin) ||
  say "going on without examples/stream_window, or without ranks over MPI"

# shellcheck disable=SC2046  # an option or nothing
build "$preset" $(warning_options)
say "testing"
ctest --preset "$preset" --parallel "$(nproc)" "$@"
