#!/usr/bin/env bash
# Builds with CUDA, runs the GPU tests and, where a device is present, times the engine on it.
#
#   scripts/gpu.sh                  builds here, then checks and times
#   scripts/gpu.sh pack FOLDER      builds here and puts into FOLDER what another machine needs to do the rest
#   scripts/gpu.sh packed FOLDER    checks and times what is in FOLDER: no network, compiler or package is needed, only
#                                   the LibTorch of a Python that has torch (or LATENTRT_TORCH_DIR)
#   scripts/gpu.sh --plan           says what it would do
#
#   LATENTRT_GPU_OUT        where the figures go (default benchmarks/results)
#   LATENTRT_GPU_FLAGS      further flags of benchmarks/e2e/gpu.py, for example "--no-peers"
#
# Without nvcc 13 or without a GPU it says so and exits 0.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

programs=(latentrt latentrt-bench tests/kernels_tests tests/comm_tests tests/pipeline_tests)
targets=(latentrt_cli latentrt_bench kernels_tests comm_tests pipeline_tests)

has_gpu() { nvidia-smi >/dev/null 2>&1; }

build_for_gpu() {
  export LATENTRT_CUDA=ON
  if [ -z "$(find_nvcc)" ]; then
    say "no nvcc 13 or newer was found: nothing to build for a GPU"
    exit 0
  fi
  . "$repository/scripts/setup.sh"
  local architectures=() source
  for source in benchmarks/micro/*_bench.cpp; do targets+=("$(basename "$source" .cpp)"); done
  ! has_gpu || architectures=(-DCMAKE_CUDA_ARCHITECTURES=native)
  build release "${architectures[@]}" "${targets[@]}"
}

# Libraries that a program loads and that another machine may lack: neither LibTorch nor the system's own.
other_libraries() {
  ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
    grep -vE '/torch/lib/|/nvidia/|/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*|libstdc\+\+|libgcc_s|libgomp)\.so' || true
}

pack() {
  local folder=$1 program
  [ -n "$folder" ] || fail "pack needs a folder" "scripts/gpu.sh pack build/pack"
  build_for_gpu
  rm -rf "$folder"
  mkdir -p "$folder/lib" "$folder/tests" "$folder/benchmarks"
  for program in "${programs[@]}"; do strip -o "$folder/$program" "build/$program"; done
  for program in build/benchmarks/*_bench; do strip -o "$folder/benchmarks/$(basename "$program")" "$program"; done
  # shellcheck disable=SC2046  # a list of files
  cp -L $(other_libraries "${programs[@]/#/build/}" build/lib/liblatentrt.so) "$folder/lib/"
  strip "$folder"/lib/liblatentrt.so*
  git rev-parse --short HEAD >"$folder/commit"
  say "$folder: $(du -sh "$folder" | cut -f1)"
}

torch_of_python() {
  [ -n "${LATENTRT_TORCH_DIR:-}" ] && echo "$LATENTRT_TORCH_DIR" && return
  python3 -c 'import torch; print(torch.__path__[0])' 2>/dev/null ||
    fail "no LibTorch: python3 has no torch" "set LATENTRT_TORCH_DIR to the torch folder of an installed wheel"
}

use_packed() {
  local torch
  torch=$(torch_of_python)
  export LD_LIBRARY_PATH
  LD_LIBRARY_PATH="$1/lib:$torch/lib:$(printf '%s:' "$torch"/../nvidia/*/lib)${LD_LIBRARY_PATH:-}"
}

check() {
  local program
  say "GPU tests"
  for program in kernels comm pipeline; do
    "$1/tests/${program}_tests" --gtest_filter='*.Cuda*:*.Gpu*:Cuda*.*:Gpu*.*' --gtest_brief=1 || failed=1
  done
}

measure() {
  local program
  say "timings"
  for program in "$1"/benchmarks/*_bench; do "$program"; done
  # shellcheck disable=SC2086  # a list of flags
  python3 "$repository/benchmarks/e2e/gpu.py" --build "$1" --commit "$2" \
    --out "${LATENTRT_GPU_OUT:-$repository/benchmarks/results}/gpu.json" ${LATENTRT_GPU_FLAGS:-} || failed=1
}

check_and_measure() {
  failed=0
  check "$1"
  if has_gpu; then
    measure "$@"
  else
    say "CUDA code compiles and links; there is no GPU on this machine, so the tests above skipped themselves"
  fi
  exit "$failed"
}

cd "$repository"
case "${1:-}" in
  "") build_for_gpu; check_and_measure build "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" ;;
  pack) pack "${2:-}" ;;
  packed)
    [ -e "${2:-}/commit" ] || fail "'${2:-}' holds nothing packed" "scripts/gpu.sh pack FOLDER makes it"
    use_packed "$(cd "$2" && pwd)"
    check_and_measure "$2" "$(cat "$2/commit")"
    ;;
  --plan)
    say "build ${targets[*]} with nvcc ($(find_nvcc || true)); GPU here: $(has_gpu && echo yes || echo no)"
    say "tests whose names begin with Cuda or Gpu, in kernels_tests, comm_tests and pipeline_tests"
    say "benchmarks/micro programs, then benchmarks/e2e/gpu.py: UNet and VAE of sd15 and sdxl, pictures and streams of models/"
    ;;
  *) fail "unknown verb '$1'" "it is pack, packed, --plan or nothing" ;;
esac
