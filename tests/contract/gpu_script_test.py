#!/usr/bin/env python3
"""Runs the parts of scripts/gpu.sh that need no GPU: its plan, and its refusals.

  gpu_script_test.py ROOT
"""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop())
HAS_GPU = shutil.which("nvidia-smi") is not None


def gpu(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([ROOT / "scripts" / "gpu.sh", *words], capture_output=True, text=True, timeout=120, check=False)


class Plan(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done = gpu("--plan")

    def test_needs_nothing(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_parts_add_up_to_less_than_nine_minutes(self):
        total, limit = map(int, re.search(r"at most (\d+) s of (\d+) s", self.done.stdout).groups())
        parts = re.findall(r"^  (\d+) s(?: \+ (\d+) s)? ", self.done.stdout, re.MULTILINE)
        self.assertEqual(sum(int(number) for part in parts for number in part if number), total)
        self.assertLessEqual(total, limit)
        self.assertLessEqual(limit, 9 * 60)

    def test_names_what_is_here_and_what_is_missing(self):
        for name in ("nvcc", "LibTorch with CUDA", "GPU", "Python package diffusers", "models/shapes", "tracked files"):
            self.assertRegex(self.done.stdout, rf"(?m)^  {re.escape(name)} +\S")
        self.assertRegex(self.done.stdout, r"(?m)^  models/shapes +present")

    def test_names_every_line_of_figures(self):
        for line in ("networks: sd15 512 fp16: latentrt", "networks: sdxl 1024 bf16: latentrt node by node",
                     "pictures: shapes bf16: deepcache, graph"):
            self.assertIn(f"  {line}\n", self.done.stdout)


class Verbs(unittest.TestCase):
    def refuses(self, words: list[str], *parts: str):
        done = gpu(*words)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertNotIn("line ", done.stderr)  # bash's own message

    def test_that_are_unknown_are_refused(self):
        self.refuses(["fly"], "unknown verb 'fly'", "profile, sanitize, train")

    def test_that_lack_a_name_are_refused(self):
        self.refuses(["profile"], "no profile is called ''", "unet", "geglu", "group_norm")
        self.refuses(["profile", "everything"], "no profile is called 'everything'")
        self.refuses(["train", "sd15"], "no training is called 'sd15'", "shapes-lcm")
        self.refuses(["packed", "no/such/folder"], "holds nothing packed")

    @unittest.skipIf(HAS_GPU, "a GPU is present")
    def test_without_a_gpu_say_so(self):
        for words in (["profile", "unet"], ["profile", "geglu"], ["sanitize"], ["train", "shapes"]):
            done = gpu(*words)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("there is no GPU on this machine", done.stdout)


if __name__ == "__main__":
    unittest.main()
