#!/usr/bin/env bash
# Installs what is missing, builds, and draws a picture with the model that comes with the repository.
#
#   scripts/demo.sh [FILE.png]     default: shapes.png in the repository
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -le 1 ] || misused "one file at most, not $#"
case "${1:-shapes.png}" in
  -*) misused "there is no flag '$1'" ;;
  *.png) ;;
  *) misused "'$1' does not end in .png" ;;
esac
. "$repository/scripts/setup.sh"

picture=$(realpath -m "${1:-$repository/shapes.png}")
prompt="a small red circle above a large blue square on a white background"

# shellcheck disable=SC2046  # an option or nothing
build release $(warning_options) latentrt_cli
say "drawing: $prompt"
"$repository/build/latentrt" txt2img --model "$repository/models/shapes" --prompt "$prompt" --steps 50 --guidance 3 --seed 25 \
  --out "$picture" || fail "latentrt could not draw the picture" "read its message above"
say "the picture is $picture"
