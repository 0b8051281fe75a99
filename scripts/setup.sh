#!/usr/bin/env bash
# Installs missing build dependencies: Debian packages, and LibTorch in a cache.
#
#   scripts/setup.sh            run by demo.sh, test.sh and gpu.sh, or by hand
#
#   LATENTRT_TORCH_DIR, Torch_DIR, CMAKE_PREFIX_PATH   a LibTorch that is already on the machine (nothing is downloaded)
#   LATENTRT_CACHE                                     where LibTorch is kept (default ~/.cache/latentrt)
#   LATENTRT_CUDA=OFF                                  the smaller CPU LibTorch even where nvcc 13 is found
#
# When sourced it leaves LATENTRT_TORCH_DIR set.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ "${BASH_SOURCE[0]}" != "$0" ] || [ $# -eq 0 ] || misused "it takes no arguments, not '$1'"

packages=(g++ cmake ninja-build ccache mold python3
          pkgconf nlohmann-json3-dev libcli11-dev libspng-dev libutf8proc-dev libxxhash-dev libgtest-dev libgmock-dev libsodium-dev
          libjpeg62-turbo-dev libwebp-dev)
libtorch_version=2.11.0

missing_packages() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

# True if sudo works without a password, or can ask for one.
can_sudo() {
  have sudo || return 1
  [ -t 0 ] || sudo -n true 2>/dev/null
}

install_packages() {
  if ! have dpkg-query || ! have apt-get; then
    say "not a Debian system: these packages, or what they are called here, must be present: $*"
    return
  fi
  local missing as_root=()
  missing=$(missing_packages "$@" | paste -sd ' ')
  [ -n "$missing" ] || return 0
  local by_hand="apt-get install $missing"
  if [ "$(id -u)" -ne 0 ]; then
    can_sudo ||
      fail "these Debian packages are missing and there are no rights to install them: $missing" "as root, run: $by_hand"
    as_root=(sudo)
  fi
  say "installing Debian packages: $missing"
  "${as_root[@]}" apt-get update -q || say "the package lists could not be refreshed; trying with those that are here"
  # shellcheck disable=SC2086  # a list of names
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing ||
    fail "apt-get could not install: $missing" "read its last message above, then run: $by_hand"
}

# The folder of a LibTorch that the environment names, or nothing.
named_libtorch() {
  local prefix candidates=("${LATENTRT_TORCH_DIR:-}")
  [ -z "${Torch_DIR:-}" ] || candidates+=("$Torch_DIR/../../..")
  while IFS= read -r -d : prefix; do
    [ -z "$prefix" ] || candidates+=("$prefix" "$prefix/torch" "$prefix/../..")
  done <<<"${CMAKE_PREFIX_PATH:-}:"
  for prefix in "${candidates[@]}"; do
    if [ -n "$prefix" ] && [ -e "$prefix/lib/libtorch_cpu.so" ]; then
      (cd "$prefix" && pwd)
      return
    fi
  done
}

python_with_pip() {
  local python
  for python in python3 /usr/bin/python3; do
    if have "$python" && "$python" -m pip --version >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
}

# download_libtorch KIND TARGET: TARGET does not exist before the download is complete.
download_libtorch() {
  local kind=$1 target=$2 python free needed=3
  [ "$kind" = cpu ] || needed=8
  [ -n "$(python_with_pip)" ] || install_packages python3-pip
  python=$(python_with_pip)
  [ -n "$python" ] || fail "no Python with pip was found to download LibTorch" "install the package python3-pip"
  free=$(df -Pk "$(dirname "$target")" | awk 'NR == 2 { print int($4 / 1048576) }')
  [ "$free" -ge "$needed" ] ||
    fail "$(dirname "$target") has $free GB free, and LibTorch ($kind) needs $needed GB while it is unpacked" \
      "make room, or set LATENTRT_CACHE to a folder on a larger disk"

  local partial
  partial=$(mktemp -d "$(dirname "$target")/partial.XXXXXX")
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf '$partial'" EXIT
  mkdir "$partial/site" "$partial/tmp"
  say "downloading LibTorch $libtorch_version ($kind) into $target; this happens once"
  # Wheels of one Python version, whichever runs here: only the C++ libraries in them are used.
  TMPDIR=${TMPDIR:-$partial/tmp} "$python" -m pip install --root-user-action=ignore --no-deps --only-binary=:all: --python-version 3.11 \
    --no-compile --target "$partial/site" -r "$repository/third_party/libtorch/$kind.txt" ||
    fail "pip could not download or unpack LibTorch; nothing was kept" \
      "check the network and pip's configuration (pip config list), then run this again; or set LATENTRT_TORCH_DIR to the torch folder of a torch $libtorch_version that is installed somewhere"
  [ -e "$partial/site/torch/lib/libtorch_cpu.so" ] || fail "the torch wheel holds no lib/libtorch_cpu.so"
  mv -T "$partial/site" "$target"
  rm -rf "$partial"
  trap - EXIT
}

# Prints nothing; sets LATENTRT_TORCH_DIR.
provide_libtorch() {
  local named kind=cpu cache=${LATENTRT_CACHE:-$HOME/.cache/latentrt}
  named=$(named_libtorch)
  if [ -n "$named" ]; then
    say "LibTorch: $named, as the environment says"
    LATENTRT_TORCH_DIR=$named
    return
  fi
  [ -z "${LATENTRT_TORCH_DIR:-}" ] ||
    fail "LATENTRT_TORCH_DIR is $LATENTRT_TORCH_DIR, but lib/libtorch_cpu.so is not in there" "correct it or unset it"
  if wants_cuda || [ -d "$cache/libtorch-$libtorch_version-cuda" ]; then kind=cuda; fi
  local target=$cache/libtorch-$libtorch_version-$kind
  if [ ! -d "$target" ]; then
    mkdir -p "$cache" || fail "the cache folder $cache cannot be made" "set LATENTRT_CACHE to a folder that can be written"
    exec 9>"$cache/lock"
    flock 9  # a second script waits for the first one's download
    rm -rf "$cache"/partial.*  # left by a killed script: only one script holds the lock
    [ -d "$target" ] || download_libtorch "$kind" "$target"
    exec 9>&-
  fi
  say "LibTorch: $target/torch"
  LATENTRT_TORCH_DIR=$target/torch
}

install_packages "${packages[@]}"
provide_libtorch
export LATENTRT_TORCH_DIR
