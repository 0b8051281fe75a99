#!/usr/bin/env python3
"""Runs every script of scripts/, benchmarks/ and .ci with wrong arguments: exit code 2 and a sentence, and nothing is done.

  usage_test.py ROOT

Python packages that are not installed are replaced by stand-ins, since no script needs them before it has read its arguments.
"""
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop())
SOURCED = {"lib.sh"}
NO_PROGRAMS = {"test_score.py"}  # a test, which takes no arguments

RUN_WITH_STAND_INS = """
import importlib.abc, importlib.machinery, runpy, sys, types

PACKAGES = {"DeepCache", "PIL", "accelerate", "cv2", "diffusers", "matplotlib", "numpy", "openvino", "peft", "safetensors", "scipy", "streamdiffusion",
            "tokenizers", "torch", "torchsde", "torchvision", "transformers"}

class Meta(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything

class Anything(metaclass=Meta):  # a class to derive from, a function, a decorator, a value
    def __init__(self, *words, **named): pass
    def __call__(self, *words, **named): return words[0] if len(words) == 1 else self
    def __getattr__(self, name): return Meta.__getattr__(Anything, name)
    def __iter__(self): return iter(())

for operator in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "neg", "getitem", "or", "ror"):
    setattr(Meta, f"__{operator}__", lambda self, *other: Anything)
    setattr(Anything, f"__{operator}__", lambda self, *other: self)

class Module(types.ModuleType):
    __path__ = []
    __version__ = "0"
    __getattr__ = Meta.__getattr__

class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in PACKAGES else None
    def create_module(self, spec): return Module(spec.name)
    def exec_module(self, module): pass

sys.meta_path.append(Finder())
sys.argv = sys.argv[1:]
sys.path[0] = sys.argv[0].rpartition("/")[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def scripts() -> list[pathlib.Path]:
    found = [path for folder in ("scripts", "benchmarks", ".ci") for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
    return [path for path in found if path.name not in SOURCED | NO_PROGRAMS and is_program(path)]


def is_program(path: pathlib.Path) -> bool:
    if "__pycache__" in path.parts:
        return False
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def command_of(path: pathlib.Path) -> list[str]:
    if path.read_text(encoding="utf-8").startswith("#!/usr/bin/env python"):
        return [sys.executable, "-B", "-c", RUN_WITH_STAND_INS, str(path)]
    return ["bash", str(path)]


class Usage(unittest.TestCase):
    def test_there_are_scripts(self):
        names = {path.name for path in scripts()}
        self.assertLessEqual({"demo.sh", "test.sh", "gpu.sh", "fuzz.sh", "setup.sh", "run", "train_shapes", "compare.py"}, names)

    def test_wrong_arguments_are_refused(self):
        for path in scripts():
            with self.subTest(script=path.name):
                done = subprocess.run([*command_of(path), "nonsense"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("usage: ", done.stderr)
                self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
