#!/usr/bin/env bash
# Installs what is missing, builds, and runs all tests.
#
#   scripts/test.sh [--preset NAME] [ctest argument...]     for example: scripts/test.sh -R io
#
# With CI=true in the environment, compiler warnings are errors.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

preset=release
if [ "${1:-}" = --preset ]; then
  [ $# -ge 2 ] || fail "--preset needs a name" "see CMakePresets.json"
  preset=$2
  shift 2
fi

# The example with a window, and a display for it; ranks over MPI. Without them their tests are skipped.
(install_packages libsdl2-dev xvfb xauth libopenmpi-dev openmpi-bin) ||
  say "going on without examples/stream_window, or without ranks over MPI"

# shellcheck disable=SC2046  # an option or nothing
build "$preset" $(warning_options)
say "testing"
ctest --preset "$preset" --parallel "$(nproc)" "$@"
