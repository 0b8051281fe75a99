#!/usr/bin/env python3
"""Draws a report of benchmarks/e2e/deep_cache.py: distance to the plain run against speed.

  python scripts/plot_deep_cache.py report.json deep_cache.png
"""

from __future__ import annotations

import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

FAMILIES = {"fewer steps": ("fewer steps", "tab:gray"), "reuse": ("DeepCache", "tab:blue"),
            "forecast": ("DeepCache with forecast", "tab:orange"), "adaptive": ("adaptive DeepCache", "tab:green")}


def family(lines: list[dict], prefix: str) -> list[dict]:
    return sorted((line for line in lines if line["setting"].startswith(prefix)), key=lambda line: line["speedup"])


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    report = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axis, key, title in ((axes[0], "latent_distance", "relative distance of the latents"),
                             (axes[1], "right", "pictures that show what was asked for")):
        for prefix, (label, color) in FAMILIES.items():
            lines = family(report["lines"], prefix)
            axis.plot([l["speedup"] for l in lines], [l[key] for l in lines], "o-", color=color, label=label)
        if key == "right":
            axis.axhline(report["lines"][0][key], color="black", linewidth=0.8, linestyle=":", label="plain")
        axis.set_xlabel("measured speed-up of the denoising loop")
        axis.set_title(title)
        axis.grid(alpha=0.3)
    axes[0].legend()
    figure.suptitle(f"{report['steps']} DDIM steps, branch {report['branch']}, {report['captions']} captions")
    figure.savefig(sys.argv[2], dpi=110)


if __name__ == "__main__":
    main()
