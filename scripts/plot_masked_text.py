#!/usr/bin/env python3
"""Draws a report of benchmarks/e2e/masked_text.py: right answers and backslides against calls of the network.

  python scripts/plot_masked_text.py report.json masked_text.png
"""

from __future__ import annotations

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

STYLES = {"low confidence": ("tab:gray", "o-"), "RCR latest": ("tab:blue", "o-"), "RCR max": ("tab:cyan", "o--"),
          "random": ("tab:green", "s-"), "threshold": ("tab:orange", "x--"), "factor": ("tab:red", "x--")}
PANELS = (("right", "answers that are right"), ("backslides", "right at some step, wrong at the end"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("picture", type=pathlib.Path)
    options = parser.parse_args()
    report = json.loads(options.report.read_text(encoding="utf-8"))
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for axis, (key, title) in zip(axes, PANELS):
        for family, (color, style) in STYLES.items():
            lines = sorted((l for l in report["lines"] if l["family"] == family), key=lambda l: l["forwards"])
            errors = [2 * l["standard_error"] if key == "right" else 0 for l in lines]
            axis.errorbar([l["forwards"] for l in lines], [l[key] for l in lines], errors, fmt=style, color=color, label=family,
                          capsize=2)
        axis.set_xlabel("calls of the network for an answer")
        axis.set_title(title)
        axis.grid(alpha=0.3)
    axes[0].legend()
    temperature = report["lines"][0]["temperature"]
    figure.suptitle(f"{report['task']}, temperature {temperature:g}, {report['seeds']} x {report['problems']} problems; "
                    "bars are two standard errors")
    figure.savefig(options.picture, dpi=110)


if __name__ == "__main__":
    main()
