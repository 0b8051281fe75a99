#!/usr/bin/env bash
# Builds with CUDA, runs the GPU tests and, where a device is present, times the engine on it.
#
#   scripts/gpu.sh                  builds here, then checks and times
#   scripts/gpu.sh pack FOLDER      builds here and puts into FOLDER what another machine needs to do the rest
#   scripts/gpu.sh packed FOLDER    checks and times what is in FOLDER: no network, compiler or package is needed, only
#                                   the LibTorch of a Python that has torch (or LATENTRT_TORCH_DIR)
#   scripts/gpu.sh profile NAME     where the time goes: NAME is unet or a program of benchmarks/micro (geglu, ...), under
#                                   nsys or ncu where one is installed, else by latentrt-bench --profile
#   scripts/gpu.sh sanitize         the kernels' tests, small cases, under compute-sanitizer's memcheck and racecheck
#   scripts/gpu.sh train NAME       trains shapes or shapes-lcm further on the GPU, in a copy next to the figures
#   scripts/gpu.sh --plan           says what it would do, how long each part may take, and what is missing here
#
#   LATENTRT_GPU_OUT        where the figures go (default benchmarks/results)
#   LATENTRT_GPU_FLAGS      further flags of benchmarks/e2e/gpu.py, for example "--no-peers"
#   LATENTRT_GPU_MINUTES    of training (default 8)
#
# Without nvcc 13 or without a GPU it says so and exits 0.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

programs=(latentrt latentrt-bench tests/kernels_tests tests/comm_tests tests/estimate_tests tests/tasks_tests)
targets=(latentrt_cli latentrt_bench kernels_tests comm_tests estimate_tests tasks_tests)
out=${LATENTRT_GPU_OUT:-$repository/benchmarks/results}

# Seconds that each part may take; a GPU is often lent for ten minutes.
limit_s=540
kernels_s=60 comm_s=20 estimate_s=10 tasks_s=80 micro_s=70 figures_s=260

micro_names() { for source in "$repository"/benchmarks/micro/*_bench.cpp; do basename "$source" _bench.cpp; done; }

has_gpu() { nvidia-smi >/dev/null 2>&1; }

need_gpu() {
  has_gpu && return
  say "there is no GPU on this machine: nothing to $1"
  exit 0
}

# build_for_gpu [TARGET...]: without targets, everything that a run needs.
build_for_gpu() {
  export LATENTRT_CUDA=ON
  if [ -z "$(find_nvcc)" ]; then
    say "no nvcc 13 or newer was found: nothing to build for a GPU"
    exit 0
  fi
  . "$repository/scripts/setup.sh"
  local architectures=() names
  mapfile -t names < <(micro_names)
  [ $# -gt 0 ] || set -- "${targets[@]}" "${names[@]/%/_bench}"
  ! has_gpu || architectures=(-DCMAKE_CUDA_ARCHITECTURES=native)
  build release "${architectures[@]}" "$@"
}

# Libraries that a program loads and that another machine may lack: neither LibTorch nor the system's own.
other_libraries() {
  ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
    grep -vE '/torch/lib/|/nvidia/|/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*|libstdc\+\+|libgcc_s|libgomp)\.so' || true
}

pack() {
  local folder=$1 program
  [ -n "$folder" ] || misused "pack needs a folder"
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

# within SECONDS COMMAND...: counts a failure if the command fails or does not end in time.
within() {
  local seconds=$1 status=0
  shift
  timeout --kill-after=5 "$seconds" "$@" || status=$?
  [ "$status" -ne 124 ] || say "stopped after $seconds s: $1"
  [ "$status" -eq 0 ] || failed=1
}

check() {
  local program seconds
  say "GPU tests"
  for program in kernels comm estimate tasks; do
    seconds=${program}_s
    within "${!seconds}" "$1/tests/${program}_tests" --gtest_filter='*.Cuda*:*.Gpu*:Cuda*.*:Gpu*.*' --gtest_brief=1
  done
}

measure() {
  say "timings"
  mkdir -p "$out"
  # shellcheck disable=SC2016  # for the inner shell
  within "$micro_s" bash -c 'set -euo pipefail; for program in "$1"/benchmarks/*_bench; do "$program"; done | tee "$2"' - "$1" "$out/gpu_micro.txt"
  # shellcheck disable=SC2086  # a list of flags
  within $((figures_s + 30)) python3 "$repository/benchmarks/e2e/gpu.py" --build "$1" --commit "$2" --seconds "$figures_s" \
    --out "$out/gpu.json" ${LATENTRT_GPU_FLAGS:-}
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

# profile_under_tool NAME COMMAND...: false if there is no tool for it. Kernels are profiled by ncu, networks by nsys.
profile_under_tool() {
  local file=$out/profile_$1 tools=(nsys ncu) tool
  [ "$1" = unet ] || tools=(ncu nsys)
  shift
  for tool in "${tools[@]}"; do
    have "$tool" || continue
    say "$tool: $*; the report is $file"
    case $tool in
      nsys) nsys profile --trace=cuda,nvtx --stats=true --force-overwrite=true -o "$file" "$@" ;;
      ncu) ncu --set detailed --launch-count 40 -f -o "$file" "$@" && ncu --import "$file.ncu-rep" ;;
    esac
    return
  done
  return 1
}

profile() {
  local name=$1 bench=(build/latentrt-bench --config sd15 --width 512 --height 512 --dtype fp16 --device cuda)
  local command=("${bench[@]}" --what unet) needed=(latentrt_bench)
  if [ "$name" != unet ]; then
    command=("build/benchmarks/${name}_bench")
    needed+=("${name}_bench")
  fi
  { echo unet && micro_names; } | grep -xF -- "$name" >/dev/null ||
    misused "no profile is called '$name': it is one of unet $(micro_names | paste -sd ' ')"
  need_gpu profile
  build_for_gpu "${needed[@]}"
  mkdir -p "$out"
  profile_under_tool "$name" "${command[@]}" && return
  say "neither nsys nor ncu is installed: the program's own figures"
  [ "$name" = unet ] || "${command[@]}"
  "${bench[@]}" --profile | tee "$out/profile_unet.txt"
}

sanitize() {
  local tool
  need_gpu sanitize
  have compute-sanitizer || PATH=$PATH:/usr/local/cuda/bin
  have compute-sanitizer || fail "compute-sanitizer is not installed" "it is a part of the CUDA toolkit (cuda-sanitizer)"
  build_for_gpu kernels_tests
  failed=0
  for tool in memcheck racecheck; do
    say "$tool"
    # Cases of published networks are omitted: the sanitizer takes a hundred times as long.
    within 240 compute-sanitizer --tool "$tool" --error-exitcode 1 build/tests/kernels_tests --gtest_brief=1 \
      --gtest_filter='*.Cuda*-*/sd15*:*/sdxl*:*/vae_*:*/latents_*'
  done
  exit "$failed"
}

train() {
  local name=$1 minutes=${LATENTRT_GPU_MINUTES:-8} folder=$out/models/$1 command
  case "$name" in
    shapes) command=(scripts/train_shapes unet --work build/train) ;;
    shapes-lcm) command=(scripts/distil_shapes all --student models/shapes-lcm --work build/distil) ;;
    *) misused "no training is called '$name': it is shapes or shapes-lcm" ;;
  esac
  need_gpu train
  python3 -c 'import torch, diffusers, transformers; assert torch.cuda.is_available()' ||
    fail "python3 cannot train on the GPU" "install scripts/requirements.txt with a torch for CUDA"
  mkdir -p "$out/models"
  cp -r "models/$name" "$out/models/"
  python3 "${command[@]}" --device cuda --minutes "$minutes" --out "$folder"
  [ "$name" != shapes ] || python3 scripts/score_shapes --model "$folder" --device cuda --json | tee "$folder.score.json"
  say "the weights are in $folder"
}

# row NAME STATE
row() { printf '  %-28s %s\n' "$1" "$2"; }

# The LibTorch that a build here would find without downloading, or nothing.
torch_here() {
  local folder
  for folder in "${LATENTRT_TORCH_DIR:-}" "${LATENTRT_CACHE:-$HOME/.cache/latentrt}"/libtorch-*-cuda/torch \
    "$(python3 -c 'import torch; print(torch.__path__[0])' 2>/dev/null || true)"; do
    [ -z "$folder" ] || [ ! -e "$folder/lib/libtorch_cuda.so" ] || { echo "$folder"; return; }
  done
}

# state_of_package NAME WITHOUT
state_of_package() {
  if python3 -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)"; then
    echo present
  else
    echo "missing: $2"
  fi
}

plan_machine() {
  local name
  say "this machine"
  row nvcc "$(find_nvcc | grep . || echo 'missing: a build here needs nvcc 13 (a packed folder does not)')"
  row "LibTorch with CUDA" "$(torch_here | grep . || echo 'missing: scripts/setup.sh fetches it for a build; a packed folder needs a Python with torch')"
  row GPU "$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | grep . || echo 'missing: tests skip themselves, and nothing is timed')"
  for name in numpy PIL; do row "Python package $name" "$(state_of_package "$name" 'no stream is timed')"; done
  for name in torch diffusers; do row "Python package $name" "$(state_of_package "$name" 'no peer is timed')"; done
  for name in shapes shapes-lcm; do
    row "models/$name" "$([ -s "models/$name/unet/diffusion_pytorch_model.safetensors" ] && echo present || echo missing)"
  done
  for name in nsys ncu compute-sanitizer; do row "$name" "$(command -v "$name" || echo 'missing')"; done
  row "tracked files" "$(git ls-files -z 2>/dev/null | du --files0-from=- -cb 2>/dev/null | awk '
    END { printf "%.1f MB, %s", $1 / 1e6, ($1 > 63e6) ? "more than the 63 MB that it should stay below" : "of 63 MB at most" }')"
}

plan() {
  local total=$((kernels_s + comm_s + estimate_s + tasks_s + micro_s + figures_s + 30))
  say "build ${targets[*]} and benchmarks/micro with nvcc (not with packed)"
  say "then, at most $total s of $limit_s s:"
  row "$kernels_s s" "tests/kernels_tests: those that begin with Cuda or Gpu, as in the next three"
  row "$comm_s s" tests/comm_tests
  row "$estimate_s s" tests/estimate_tests
  row "$tasks_s s" tests/tasks_tests
  row "$micro_s s" "benchmarks/micro: $(micro_names | paste -sd ' ')"
  row "$figures_s s + 30 s" "benchmarks/e2e/gpu.py: what it does not get to is named; the last line may take 30 s more"
  plan_machine
  say "lines of figures, in $out/gpu_micro.txt and $out/gpu.json"
  # shellcheck disable=SC2086  # a list of flags
  python3 benchmarks/e2e/gpu.py --list ${LATENTRT_GPU_FLAGS:-} | sed 's/^/  /'
}

cd "$repository"
case "${1:-}" in
  "") build_for_gpu; check_and_measure build "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" ;;
  pack) pack "${2:-}" ;;
  packed)
    [ -e "${2:-}/commit" ] || misused "'${2:-}' holds nothing packed, which scripts/gpu.sh pack FOLDER makes"
    use_packed "$(cd "$2" && pwd)"
    check_and_measure "$2" "$(cat "$2/commit")"
    ;;
  profile) profile "${2:-}" ;;
  sanitize) sanitize ;;
  train) train "${2:-}" ;;
  --plan) plan ;;
  *) misused "unknown verb '$1': it is pack, packed, profile, sanitize, train, --plan or nothing" ;;
esac
