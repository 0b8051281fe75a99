#!/usr/bin/env python3
"""Draws a report of benchmarks/e2e/deep_cache.py: distance to the plain run against speed.

  python scripts/plot_deep_cache.py report.json deep_cache.png
"""

from __future__ import annotations

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

FAMILIES = {"fewer steps": ("fewer steps", "tab:gray", "o-"), "reuse": ("DeepCache", "tab:blue", "o-"),
            "forecast": ("DeepCache, forecast", "tab:orange", "o-"),
            "adaptive reuse": ("adaptive", "tab:blue", "x--"), "adaptive forecast": ("adaptive, forecast", "tab:orange", "x--")}
PANELS = (("latent_distance", "relative distance of the latents", "log"), ("psnr", "PSNR of the pictures, dB", "linear"),
          ("right", "pictures that show what was asked for", "linear"))


def family(lines: list[dict], prefix: str) -> list[dict]:
    return sorted((line for line in lines if line["setting"].startswith(prefix)), key=lambda line: line["mac_speedup"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("picture", type=pathlib.Path)
    options = parser.parse_args()
    report = json.loads(options.report.read_text(encoding="utf-8"))
    figure, axes = plt.subplots(1, 3, figsize=(14, 4.2), layout="constrained")
    for axis, (key, title, scale) in zip(axes, PANELS):
        for prefix, (label, color, style) in FAMILIES.items():
            lines = family(report["lines"], prefix)
            axis.plot([l["mac_speedup"] for l in lines], [l[key] for l in lines], style, color=color, label=label)
        if key == "right":
            axis.axhline(report["lines"][0][key], color="black", linewidth=0.8, linestyle=":", label="plain")
        axis.set_yscale(scale)
        axis.set_xscale("log", base=2)
        axis.set_xticks([1, 1.5, 2, 3, 4, 6, 10], ["1", "1.5", "2", "3", "4", "6", "10"])
        axis.set_xlabel("multiply-accumulates saved: times fewer")
        axis.set_title(title)
        axis.grid(alpha=0.3)
    axes[0].legend()
    figure.suptitle(f"{report['steps']} DDIM steps, branch {report['branch']}, {report['captions']} captions")
    figure.savefig(options.picture, dpi=110)


if __name__ == "__main__":
    main()
