#!/usr/bin/env python3
"""Tests scripts/ranks.sh with launchers that only print their arguments.

  ranks_script_test.py ROOT
"""
from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
OPEN_MPI = "mpirun (Open MPI) 4.1.4"


class RanksScript(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def launcher(self, name: str, version: str) -> str:
        path = self.folder / name
        path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{version}"; exit; fi\n'
                        'printf "%s\\n" "$*"\necho "$LATENTRT_RANK_SECRET"\n')
        path.chmod(0o755)
        return str(path)

    def run_script(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        environment = {name: value for name, value in os.environ.items() if name != "LATENTRT_RANK_SECRET"}
        return subprocess.run([ROOT / "scripts/ranks.sh", *arguments], capture_output=True, text=True, check=False,
                              env=environment | variables)

    def test_open_mpi_passes_the_secret_on(self) -> None:
        words, secret = self.run_script(self.launcher("mpirun", OPEN_MPI), "-n", "2", "program").stdout.splitlines()
        self.assertEqual(words, "-x LATENTRT_RANK_SECRET -n 2 program")
        self.assertRegex(secret, "^[0-9a-f]{64}$")

    def test_each_run_has_its_own(self) -> None:
        srun = self.launcher("srun", "slurm 22.05.8")
        first, second = (self.run_script(srun, "-n", "2", "a b").stdout.splitlines() for _ in range(2))
        self.assertEqual(first[0], "-n 2 a b")
        self.assertNotEqual(first[1], second[1])

    def test_a_secret_that_is_given_is_kept(self) -> None:
        given = "f" * 64
        made = self.run_script(self.launcher("torchrun", ""), "program", LATENTRT_RANK_SECRET=given)
        self.assertEqual(made.stdout.splitlines(), ["program", given])

    def test_wrong_usage_is_two(self) -> None:
        made = self.run_script()
        self.assertEqual(made.returncode, 2)
        self.assertIn("a launcher and its arguments are missing", made.stderr)


if __name__ == "__main__":
    unittest.main()
