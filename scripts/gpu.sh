#!/usr/bin/env bash
# Builds with CUDA, runs the GPU tests and, where a device is present, times CPU and GPU side by side.
#
#   scripts/gpu.sh [CONFIG]     architecture to time: shapes (default), sd15, sd21 or sdxl
#
# Without nvcc 13 or without a GPU it says so and exits 0.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

config=${1:-shapes}
export LATENTRT_CUDA=ON
if [ -z "$(find_nvcc)" ]; then
  say "no nvcc 13 or newer was found: nothing to build for a GPU"
  exit 0
fi
. "$repository/scripts/setup.sh"

gpus=$(nvidia-smi --query-gpu=name,clocks.current.sm,driver_version --format=csv,noheader 2>/dev/null || true)
architectures=()
[ -z "$gpus" ] || architectures=(-DCMAKE_CUDA_ARCHITECTURES=native)
build release "${architectures[@]}"

say "GPU tests"
ctest --preset release --label-regex gpu
if [ -z "$gpus" ]; then
  say "CUDA code compiles and links; there is no GPU on this machine, so the tests above skipped themselves"
  exit 0
fi

say "GPU (name, clock, driver): $gpus; commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
for run in "cpu fp32" "cuda fp32" "cuda bf16" "cuda fp16"; do
  read -r device dtype <<<"$run"
  say "$config on $device, $dtype"
  build/latentrt-bench --config "$config" --what unet,vae --batch 2 --runs 5 --device "$device" --dtype "$dtype"
done
