"""The demo's result: a table on the terminal, ``report.json`` for programs and ``index.html`` for eyes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table


def write(report: Mapping[str, Any], folder: Path) -> None:
    """Write ``report.json`` and ``index.html``; the page refers to files below ``folder`` only."""
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    (folder / "report.json").write_text(text, encoding="utf-8")
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape())
    templates.filters["size"] = decimal
    page = templates.get_template("index.html.jinja").render(report=report)
    (folder / "index.html").write_text(page, encoding="utf-8")


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print what happened: assets, ZIP, states and phases."""
    console.print(_assets(report["assets"]))
    for bundle in report["zipBundles"]:
        console.print(_bundle(bundle))
    console.print(_seconds("Seconds per state", report["secondsPerState"]))
    console.print(_seconds("Seconds per phase", report["secondsPerPhase"]))
    good = sum(1 for asset in report["assets"] if not asset["errorCode"])
    console.print(
        f"batch {report['batchId']} of listing {report['listingId']}: [bold]{report['status']}[/], "
        f"{good} of {len(report['assets'])} assets, execution {report['executionArn']}"
    )


def _assets(assets: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("#", "file", "type", "size", "result", "outputs", title="Assets", title_justify="left")
    for asset in assets:
        table.add_row(
            str(asset["sequence"]),
            asset["title"] or asset["sourceKey"].rsplit("/", 1)[-1],
            asset["assetType"].lower().replace("_", " "),
            decimal(asset["bytes"]),
            f"[red]{asset['errorCode']}[/]" if asset["errorCode"] else "[green]ok[/]",
            _outputs(asset["outputs"]),
        )
    return table


def _outputs(outputs: Mapping[str, Mapping[str, Any]]) -> str:
    """Names with their widths and heights, widest last; one size is not said twice."""
    sizes: dict[str, list[str]] = {}
    for name, output in sorted(outputs.items(), key=lambda item: item[1].get("width") or 0):
        sizes.setdefault(f"{output['width']}x{output['height']}" if output.get("width") else "", []).append(name)
    return "\n".join(f"{size} {', '.join(names)}".strip() for size, names in sizes.items())


def _bundle(bundle: Mapping[str, Any]) -> Table:
    table = Table("entry", "size", title=f"{bundle['key']} ({decimal(bundle['bytes'])})", title_justify="left")
    for entry in bundle["entries"]:
        table.add_row(entry["name"], decimal(entry["bytes"]))
    return table


def _seconds(title: str, seconds: Mapping[str, float]) -> Table:
    table = Table("name", "seconds", title=title, title_justify="left")
    for name, value in seconds.items():
        table.add_row(name, f"{value:.2f}")
    return table
