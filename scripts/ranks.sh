#!/usr/bin/env bash
# Starts the ranks of a run with a secret for this run, which other processes do not know.
#
#   scripts/ranks.sh mpirun -n 4 latentrt txt2img ... --accel patch --transport tcp
#   scripts/ranks.sh srun -n 4 latentrt txt2img ... --accel patch
#   scripts/ranks.sh torchrun --no-python --nproc-per-node 4 latentrt txt2img ... --accel patch
#
# The launcher passes the secret on in the variable LATENTRT_RANK_SECRET, never on a command line. If the variable is
# set already, its value is used, so that a launcher on each machine (torchrun) can use the same one.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || misused "a launcher and its arguments are missing"
have "$1" || misused "there is no launcher '$1' on this machine"

if [ -z "${LATENTRT_RANK_SECRET:-}" ]; then
  LATENTRT_RANK_SECRET=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
fi
export LATENTRT_RANK_SECRET

# Open MPI passes only the named variables on to other machines. MPICH, Slurm and torchrun pass on all.
case "$("$1" --version 2>/dev/null || true)" in
  *"Open MPI"* | *OpenRTE* | *PRRTE*) exec "$1" -x LATENTRT_RANK_SECRET "${@:2}" ;;
  *) exec "$@" ;;
esac
