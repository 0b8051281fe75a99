#!/usr/bin/env python3
"""Checks that layers.py detects violations, with repositories that have one forbidden include each."""
import pathlib
import tempfile
import unittest

import layers

TABLE = layers.Table((pathlib.Path(__file__).parent / "layers.txt").read_text(encoding="utf-8"))

FORBIDDEN = [
    ("src/io/a.cpp", "<ATen/core/Tensor.h>"),
    ("src/base/a.cpp", '"io/json.hpp"'),
    ("src/schedule/a.cpp", "<nlohmann/json.hpp>"),
    ("src/schedule/solvers/a.cpp", "<torch/torch.h>"),
    ("src/models/a.hpp", '"accel/registry.hpp"'),
    ("src/sampling/a.hpp", '"accel/registry.hpp"'),
    ("src/nn/ops/a.cpp", '"sampling/plan.hpp"'),
    ("src/nn/run/a.cpp", "<latentrt/sampler.hpp>"),
    ("src/accel/one/a.cpp", '"accel/two/a.hpp"'),
    ("src/accel/registry.cpp", '"accel/two/a.hpp"'),
    ("src/pipeline/a.cpp", '"api/handles.hpp"'),
    ("src/pipeline/a.cpp", '"loading/load.hpp"'),
    ("src/pipeline/a.cpp", '"accel/two/a.hpp"'),
    ("src/nn/program/a.cpp", '"nn/weights/weights.hpp"'),
    ("src/nn/weights/a.cpp", '"nn/ops/local_ops.hpp"'),
    ("src/tasks/one/a.cpp", '"tasks/two/a.hpp"'),
    ("src/tasks/one/a.cpp", '"stream/queue.hpp"'),
    ("src/cli/support/a.cpp", '"io/json.hpp"'),
    ("src/cli/support/a.cpp", "<latentrt/torch.hpp>"),
    ("src/nn/a.cpp", '"../io/json.hpp"'),
    ("src/nn/a.cpp", '"tests/support/tiny.hpp"'),
    ("src/nn/a.cpp", "<boost/asio.hpp>"),
    ("kernels/a.cu", "<ATen/core/Tensor.h>"),
    ("kernels/a.cu", '"nn/program/op.hpp"'),
    ("include/latentrt/a.hpp", "<c10/core/Device.h>"),
    ("include/latentrt/a.hpp", "<cuda_runtime_api.h>"),
    ("include/latentrt/a.hpp", '"base/fail.hpp"'),
    ("include/latentrt/a.hpp", "<fmt/format.h>"),
    ("examples/one/main.cpp", '"src/io/json.hpp"'),
    ("examples/one/main.cpp", '"io/json.hpp"'),
]

ALLOWED = [
    ("src/io/a.cpp", "<vector>"),
    ("src/io/a.cpp", "<sys/stat.h>"),
    ("src/io/a.cpp", '"base/fail.hpp"'),
    ("src/io/a.cpp", "<latentrt/error.hpp>"),
    ("src/accel/one/a.cpp", '"accel/one/b.hpp"'),
    ("src/accel/one/a.cpp", '"accel/registry.hpp"'),
    ("src/estimate/a/b.cpp", '"accel/one/a.hpp"'),
    ("src/stream/a.cpp", '"tasks/one/a.hpp"'),
    ("src/cli/bench/main.cpp", "<latentrt/sampler.hpp>"),
    ("kernels/a.cu", "<cuda_runtime_api.h>"),
    ("include/latentrt/torch.hpp", "<ATen/core/Tensor.h>"),
    ("examples/one/main.cpp", "<latentrt/sampler.hpp>"),
]


class Layers(unittest.TestCase):
    def _check(self, source: str, include: str) -> tuple[int, list[str]]:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, source)
            file.parent.mkdir(parents=True)
            file.write_text(f"#pragma once\n#  include {include}  // why\n", encoding="utf-8")
            return layers.check(pathlib.Path(folder), TABLE)

    def test_forbidden(self) -> None:
        for source, include in FORBIDDEN:
            with self.subTest(source=source, include=include):
                count, problems = self._check(source, include)
                self.assertEqual(count, 1)
                self.assertEqual(len(problems), 1)
                self.assertIn(f"{source}:2: ", problems[0])

    def test_allowed(self) -> None:
        for source, include in ALLOWED:
            with self.subTest(source=source, include=include):
                self.assertEqual(self._check(source, include), (1, []))

    def test_table_must_be_closed(self) -> None:
        with self.assertRaises(ValueError):
            layers.Table("layer base src/base fnt\nlibrary fmt fmt/")


if __name__ == "__main__":
    unittest.main()
