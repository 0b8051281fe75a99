#!/usr/bin/env bash
# Shared by the scripts in this folder; sourced.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '== %s\n' "$*"; }

# fail "what went wrong" "what to do about it"
fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  [ $# -lt 2 ] || printf '  To go on: %s\n' "$2" >&2
  exit 1
}

# misused "what is wrong": for a command line that is wrong; the usage is that of the script's first comment.
misused() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  usage >&2
  exit 2
}

# The lines of the script's first comment that begin with its name.
usage() { sed -n '2,/^set /s/^#   \(.*\)$/  usage: \1/p' "$0" | grep -F "$(basename "$0")"; }

have() { command -v "$1" >/dev/null 2>&1; }

# Path of an nvcc that is at least 13, or nothing.
find_nvcc() {
  local nvcc
  for nvcc in "${CUDACXX:-}" nvcc /usr/local/cuda/bin/nvcc; do
    if [ -n "$nvcc" ] && have "$nvcc" && "$nvcc" --version | grep -Eq 'release (1[3-9]|[2-9][0-9])\.'; then
      command -v "$nvcc"
      return
    fi
  done
}

wants_cuda() {
  case "${LATENTRT_CUDA:-AUTO}" in
    OFF | off | 0 | NO | no | FALSE | false) return 1 ;;
    *) [ -n "$(find_nvcc)" ] ;;
  esac
}

# If CI=true makes warnings errors, demo.sh builds like test.sh, so that both share their compilations.
warning_options() { [ "${CI:-}" != true ] || echo -DLATENTRT_WERROR=ON; }

# build PRESET [-Doption...] [target...]: configures and builds (everything, without targets); setup.sh was sourced before.
build() {
  local preset=$1 word options=() targets=()
  shift
  for word in "$@"; do
    case "$word" in -D*) options+=("$word") ;; *) targets+=(--target "$word") ;; esac
  done
  [ -z "${LATENTRT_CUDA:-}" ] || options+=(-DLATENTRT_CUDA="$LATENTRT_CUDA")

  cd "$repository"
  say "configuring (preset $preset)"
  cmake --preset "$preset" -DLATENTRT_TORCH_DIR="$LATENTRT_TORCH_DIR" "${options[@]}" ||
    fail "CMake could not configure the build" \
      "read its last message above; a stale build folder is cured by removing it"
  say "building on $(nproc) cores"
  cmake --build --preset "$preset" --parallel "$(nproc)" "${targets[@]}" ||
    fail "the build stopped at the error above" \
      "if it ran out of memory, use fewer jobs: cmake --build --preset $preset --parallel 1"
}
