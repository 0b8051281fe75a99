"""Combines the rounds of a comparison to one set of figures per engine, and prints them as a table."""

from __future__ import annotations

import statistics

PARTS = ("unet", "vae", "e2e")


def merged(turns: list[dict], what: list[str]) -> dict:
    """Combines the rounds of one engine. An engine may lack parts, but all rounds have the first one."""
    parts = [part for part in what if part in turns[0]]
    figures = {}
    for part in parts:
        runs = [seconds for turn in turns for seconds in turn[part]["runs"]]
        figures[part] = {"median_s": statistics.median(runs), "min_s": min(runs), "runs": runs}
    figures["start_up_s"] = statistics.median(turn["ready_s"] + turn[parts[0]]["warm_up_s"] for turn in turns)
    figures["peak_memory_bytes"] = statistics.median(turn["peak_memory_bytes"] for turn in turns)
    return figures


def columns(figures: dict) -> dict[str, float]:
    """Title -> figure, for the parts of an engine."""
    found = {}
    for part in PARTS:
        if part in figures:
            found |= {f"{part} s": figures[part]["median_s"], f"{part} min": figures[part]["min_s"]}
    found |= {"start-up s": figures["start_up_s"], "memory GiB": figures["peak_memory_bytes"] / 2**30}
    return found


def cell(value: float | None, ours: float | None) -> str:
    """A figure and its ratio to LatentRT's."""
    if value is None:
        return ""
    return f"{value:.3f} {value / ours:>6.2f}x" if ours else f"{value:.3f}"


def row(name: str, cells: list[str]) -> str:
    return f"{name:32}" + "".join(f"{text:>18}" for text in cells)


def table(results: dict[str, dict]) -> str:
    """A line per engine: figures, ratios to LatentRT in the same column, and how long a peer's preparation took."""
    ours = columns(results["latentrt"])
    lines = [row("", [*ours, "prepare s"])]
    for engine, figures in results.items():
        if "unavailable" in figures:
            lines.append(f"{engine:32}  not available: {figures['unavailable']}")
            continue
        values = columns(figures)
        lines.append(row(engine, [*(cell(values.get(title), ours[title]) for title in ours),
                                  cell(figures.get("prepare_s"), None)]))
    return "\n".join(lines)
