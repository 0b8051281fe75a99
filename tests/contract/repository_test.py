#!/usr/bin/env python3
"""Checks that repository.py detects violations."""
import contextlib
import io
import pathlib
import tempfile
import unittest

import repository


class Repository(unittest.TestCase):
    def _tree(self, name: str, text: str) -> pathlib.Path:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = pathlib.Path(folder.name, name)
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        return pathlib.Path(folder.name)

    def _sizes(self, root: pathlib.Path) -> list[str]:
        with contextlib.redirect_stdout(io.StringIO()):
            return repository.check_sizes(root)

    def test_long_files_are_named(self) -> None:
        self.assertEqual(self._sizes(self._tree("src/io/a.cpp", "int a;\n" * repository.LONGEST)), [])
        problems = self._sizes(self._tree("src/io/a.cpp", "int a;\n" * (repository.LONGEST + 1)))
        self.assertEqual(len(problems), 1)
        self.assertIn("src/io/a.cpp", problems[0])

    def test_an_empty_tree_is_a_problem(self) -> None:
        self.assertEqual(len(self._sizes(self._tree("docs/a.txt", ""))), 1)

    def test_machine_paths_are_found(self) -> None:
        for folder in ("root", "home", "work", "opt", "Users"):
            text = f"see /{folder}/somebody/thing\n"
            self.assertEqual(len(repository.check_paths(self._tree("scripts/a.sh", text))), 1, text)

    def test_other_paths_are_not(self) -> None:
        for text in ("/usr/local/cuda/bin", "$HOME/work/x", "src/work/x", "~/.cache", "/tmp/opt/x", "a/home/b"):
            self.assertEqual(repository.check_paths(self._tree("scripts/a.sh", text)), [], text)


if __name__ == "__main__":
    unittest.main()
