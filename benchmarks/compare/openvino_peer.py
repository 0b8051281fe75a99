#!/usr/bin/env python3
"""Times diffusers' networks in OpenVINO on a CPU: converted from PyTorch with fixed shapes, and kept as OpenVINO's files."""

from __future__ import annotations

import argparse
import pathlib
import sys

import peer

PACKAGES = ("openvino==2026.4.1", "openvino-telemetry==2025.2.0")
PRECISIONS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}


def install(folder: pathlib.Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", folder, *PACKAGES]
    peer.run_tool(pip, "openvino could not be installed")


def convert_part(parts, part: str, folder: pathlib.Path) -> None:
    import numpy
    import openvino

    module, inputs = parts.network(part)
    model = openvino.convert_model(module.eval(), example_input=inputs, input=[tuple(i.shape) for i in inputs])
    openvino.save_model(model, folder / f"{part}.xml", compress_to_fp16=False)
    numpy.savez(folder / f"{part}.npz", *(tensor.numpy() for tensor in inputs))


def convert(options: argparse.Namespace, folder: pathlib.Path) -> None:
    import torch

    import networks

    with torch.no_grad():
        parts = networks.Parts(networks.load(options), options)
        for part in options.what:
            convert_part(parts, part, folder)


def load(options: argparse.Namespace, folder: pathlib.Path) -> dict:
    """Part -> a closure that runs it once."""
    import numpy
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": options.threads, "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": PRECISIONS[options.dtype]}
    works = {}
    for part in options.what:
        request = core.compile_model(folder / f"{part}.xml", "CPU", settings).create_infer_request()
        for index, value in enumerate(numpy.load(folder / f"{part}.npz").values()):
            request.set_input_tensor(index, openvino.Tensor(value))
        works[part] = request.infer
    return works


def measure(options: argparse.Namespace) -> dict:
    peer.keep_networks(options)
    package = options.peers / "openvino"
    sys.path.insert(0, str(package))
    # The files are in fp32 and serve every case: a hint sets the inference precision.
    stored = argparse.Namespace(**{**vars(options), "dtype": "fp32"})
    converted = peer.folder_of(stored, "openvino", "torch", "diffusers")
    if options.prepare:
        peer.prepared(package, install)
        return {"prepare_s": peer.prepared(converted, lambda folder: convert(stored, folder))}
    works = load(options, converted)
    report = {"ready_s": peer.seconds_since_start()}
    for part, work in works.items():
        report[part] = peer.time_part(work, options.runs)
    return {**report, "peak_memory_bytes": peer.peak_memory_bytes()}


if __name__ == "__main__":
    options = peer.parser(__doc__).parse_args()
    peer.tell(lambda: measure(options))
