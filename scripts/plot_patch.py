#!/usr/bin/env python3
"""Draws a report of benchmarks/e2e/patch.py: the pictures' distance to those of one device, by context and by warm-up.

  python scripts/plot_patch.py report.json patch.png
"""

from __future__ import annotations

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COLORS = {2: "tab:blue", 4: "tab:orange", 8: "tab:green"}
WARM_UP, CONTEXT = 4, 0.3


def chosen(lines: list[dict], ranks: int, **wanted) -> list[dict]:
    return [l for l in lines if l["ranks"] == ranks and "moments" not in l and all(l.get(k) == v for k, v in wanted.items())]


def by_context(axis, lines: list[dict], ranks: int, key: str) -> None:
    color = COLORS[ranks]
    points = sorted(chosen(lines, ranks, mode="pcpp", warmup=WARM_UP), key=lambda l: l["context"])
    axis.plot([p["context"] for p in points], [p[key] for p in points], "o-", color=color, label=f"PCPP, {ranks} ranks")
    for mode, style in (("distrifusion", "--"), ("naive", ":")):
        warm_up = {} if mode == "naive" else {"warmup": WARM_UP}
        for level in chosen(lines, ranks, mode=mode, **warm_up):
            axis.axhline(level[key], color=color, linestyle=style, linewidth=0.9, label=f"{mode}, {ranks} ranks")
    axis.set_xlabel("context, heights of a band")


def by_warm_up(axis, lines: list[dict], ranks: int, key: str) -> None:
    for mode, style, more in (("distrifusion", "s--", {}), ("pcpp", "o-", {"context": CONTEXT})):
        points = sorted(chosen(lines, ranks, mode=mode, **more), key=lambda l: l["warmup"])
        label = f"{mode}{f' {CONTEXT}' if more else ''}, {ranks} ranks"
        axis.plot([p["warmup"] for p in points], [p[key] for p in points], style, color=COLORS[ranks], label=label)
    axis.set_xlabel("warm-up, calls")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("picture", type=pathlib.Path)
    options = parser.parse_args()
    report = json.loads(options.report.read_text(encoding="utf-8"))
    figure, axes = plt.subplots(2, 2, figsize=(12, 8), layout="constrained")
    for row, (key, title) in zip(axes, (("psnr", "PSNR to one device, dB"), ("right", "pictures that show what was asked for"))):
        for axis, draw in zip(row, (by_context, by_warm_up)):
            for ranks in COLORS:
                draw(axis, report["lines"], ranks, key)
            axis.set_ylabel(title)
            axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 0.06))
    figure.suptitle(f"models/shapes, {report['steps']} DDIM steps, {report['captions']} captions; 8 ranks: 128 x 256 pixels")
    figure.savefig(options.picture, dpi=110)


if __name__ == "__main__":
    main()
