#!/usr/bin/env python3
"""Times stable-diffusion.cpp on the same weights, in one file of fp16 with the names of CompVis.

Its own log is read as it comes: a step is the time between two lines of progress, and every step of a picture but the
first counts, which has no line before it. It has no bf16 convolutions worth the name: a case in bf16 runs it in fp16.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

import peer

PACKAGE, VERSION = "stable-diffusion-cpp-python", "0.4.7"  # its source archive contains that of stable-diffusion.cpp
VARIANTS = {"stock": "OFF", "llamafile": "ON"}  # GGML_LLAMAFILE
TYPES = {"fp32": "f32", "bf16": "f16", "fp16": "f16"}
LINE_END = re.compile(rb"[\r\n]|\x1b\[K")  # a progress line ends with an escape sequence, not with a line feed
STEP = re.compile(r"\| (\d+)/\d+ - [\d.]+(?:s/it|it/s)")
TEXT = re.compile(r"get_learned_condition completed, taking ([\d.]+)s")
SAMPLED = re.compile(r"sampling completed, taking ([\d.]+)s")
DECODED = re.compile(r"latent \d+ decoded, taking ([\d.]+)s")


def unpack_source(folder: pathlib.Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", PACKAGE, "--dest", folder]
    peer.run_tool([*pip, f"{PACKAGE}=={VERSION}"], f"the source of {PACKAGE} {VERSION} could not be downloaded")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")


def build(source: pathlib.Path, variant: str, folder: pathlib.Path) -> None:
    (tree,) = source.glob("*/vendor/stable-diffusion.cpp")
    why = "stable-diffusion.cpp could not be built"
    flags = ["-DCMAKE_BUILD_TYPE=Release", "-DSD_WEBP=OFF", "-DSD_WEBM=OFF", f"-DGGML_LLAMAFILE={VARIANTS[variant]}"]
    peer.run_tool(["cmake", "-S", tree, "-B", folder, *flags], why)
    peer.run_tool(["cmake", "--build", folder, "--target", "sd-cli", "--parallel", os.cpu_count()], why)


def write_checkpoint(options: argparse.Namespace, folder: pathlib.Path) -> None:
    import compvis

    compvis.write_checkpoint(options.model, folder / "model.safetensors")


def command(options: argparse.Namespace, program: pathlib.Path, weights: pathlib.Path, picture: str) -> list[str]:
    words = [program / "bin" / "sd-cli", "--model", weights / "model.safetensors", "--type", TYPES[options.dtype],
             "--threads", options.threads, "--width", options.width, "--height", options.height,
             "--steps", options.steps, "--batch-count", 1 + options.runs, "--sampling-method", "euler",
             "--cfg-scale", "7.5", "--rng", "cpu", "--prompt", "a prompt", "--output", picture]
    return [str(word) for word in words]


class Log:
    """The output of a run so far, with the times at which steps ended."""

    def __init__(self) -> None:
        self.text, self.steps = "", []

    def add(self, line: str) -> None:
        self.text += line + "\n"
        if step := STEP.search(line):
            self.steps.append((int(step[1]), time.perf_counter()))

    def seconds(self, pattern: re.Pattern) -> list[float]:
        return [float(found) for found in pattern.findall(self.text)]

    def step_seconds(self) -> list[float]:
        pairs = zip(self.steps, self.steps[1:])
        return [end - start for (before, start), (step, end) in pairs if step == before + 1]


def run(words: list[str]) -> tuple[Log, float]:
    """The log, and the start time of the run."""
    log, start = Log(), time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0) as process:
        pending = b""
        while chunk := process.stdout.read(4096):
            *lines, pending = re.split(LINE_END, pending + chunk)
            for line in lines:
                log.add(line.decode(errors="replace"))
    if process.returncode != 0:
        raise peer.Unavailable(f"sd-cli ended with {process.returncode}: {log.text.strip().splitlines()[-1:]}")
    return log, start


def report(log: Log, start: float) -> dict:
    steps, decoded, sampled = log.step_seconds(), log.seconds(DECODED), log.seconds(SAMPLED)
    text = log.seconds(TEXT)[0]
    first_step_s = log.steps[0][1] - start
    pictures = [text + denoise + decode for denoise, decode in zip(sampled, decoded)]
    return {
        "ready_s": first_step_s - statistics.median(steps),
        "unet": peer.timing(statistics.median(steps), steps),
        "vae": peer.timing(decoded[0], decoded[1:]),
        "e2e": peer.timing(pictures[0], pictures[1:]),
        "peak_memory_bytes": peer.peak_memory_bytes(resource.RUSAGE_CHILDREN),
    }


def measure(options: argparse.Namespace) -> dict:
    if (options.model / "text_encoder_2").exists():
        raise peer.Unavailable("the checkpoint in one file is written for SD1.x only")
    program = options.peers / f"stable-diffusion.cpp-{options.variant}"
    weights = options.peers / f"{options.model.name}-compvis"
    if options.prepare:
        source = options.peers / "stable-diffusion.cpp"
        peer.prepared(source, unpack_source)
        peer.prepared(program, lambda folder: build(source, options.variant, folder))
        peer.prepared(weights, lambda folder: write_checkpoint(options, folder))
        return {}
    with tempfile.TemporaryDirectory() as folder:
        return report(*run(command(options, program, weights, f"{folder}/picture.png")))


def main() -> None:
    flags = peer.parser(__doc__)
    flags.add_argument("--variant", choices=VARIANTS, required=True)
    options = flags.parse_args()
    peer.tell(lambda: measure(options))


if __name__ == "__main__":
    main()
