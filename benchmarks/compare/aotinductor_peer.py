#!/usr/bin/env python3
"""Times diffusers' networks as AOTInductor packages, which a C++ program loads and runs without Python."""

from __future__ import annotations

import argparse
import os
import pathlib

import peer

HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = {"freezing": True}


def build_program(folder: pathlib.Path) -> None:
    import torch

    libtorch = pathlib.Path(torch.__file__).parent
    why = "the program that runs packages could not be built"
    peer.run_tool(["cmake", "-S", HERE, "-B", folder, f"-DLATENTRT_TORCH_DIR={libtorch}"], why)
    peer.run_tool(["cmake", "--build", folder], why)


def compile_package(parts, part: str, folder: pathlib.Path) -> None:
    import torch

    module, inputs = parts.network(part)
    torch.save(list(inputs), folder / f"{part}.inputs")
    exported = torch.export.export(module.eval(), inputs)
    package = str(folder / f"{part}.pt2")
    torch._inductor.aoti_compile_and_package(exported, package_path=package, inductor_configs=SETTINGS)


def compile_packages(options: argparse.Namespace, folder: pathlib.Path) -> None:
    import torch

    import networks

    with torch.no_grad():
        parts = networks.Parts(networks.load(options), options)
        for part in options.what:
            compile_package(parts, part, folder)


def measure(options: argparse.Namespace) -> dict:
    peer.keep_networks(options)
    program = options.peers / "aoti_run"
    packages = peer.folder_of(options, "aotinductor", "torch", "diffusers")
    if options.prepare:
        peer.prepared(program, build_program)
        return {"prepare_s": peer.prepared(packages, lambda folder: compile_packages(options, folder))}
    words = [word for part in options.what for word in (part, packages / f"{part}.pt2", packages / f"{part}.inputs")]
    command = [str(word) for word in (program / "aoti_run", options.threads, options.runs, *words)]
    os.execv(command[0], command)  # exec keeps the process, so that its age is that of the turn


if __name__ == "__main__":
    options = peer.parser(__doc__).parse_args()
    peer.tell(lambda: measure(options))
