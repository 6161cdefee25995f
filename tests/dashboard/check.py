"""Validates and draws the dashboards and pages: make dashboard-check.

Needs what `make dashboard-check` brings: Splunk's dashboard packages in build/dashboard and
Chromium. Screenshots are left in build/dashboard for a person to look at.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "tests" / "py"), str(PROJECT / "build" / "cfhunt" / "bin")]

from dashboard_data import (  # noqa: E402
    QUIET_STAGE_ROWS,
    Rows,
    definition,
    drawn,
    in_a_tab,
    quiet,
    run,
)

FOLDER = PROJECT / "build" / "dashboard"
VIEWS = PROJECT / "build" / "cfhunt" / "default" / "data" / "ui" / "views"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 1240
PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}</title>
<style>html, body {{ margin: 0; background: {background}; }}</style>
</head><body><div id="root" style="width:{width}px;height:{height}px"></div>
<script>window.cfhunt = {data};</script><script src="page.js"></script></body></html>
"""


def browser(*arguments: str) -> bytes:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit("Chromium is not on this machine")
    done = subprocess.run(
        [
            *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--disable-dev-shm-usage", "--virtual-time-budget=12000"),
            f"--user-data-dir={FOLDER / 'browser'}",
            *arguments,
        ],
        capture_output=True,
        timeout=240,
        check=True,
    )
    return done.stdout


def height_of(shown: dict[str, Any]) -> int:
    """The canvas's height in pixels, with a margin."""
    structure = shown["layout"]["layoutDefinitions"]["layout_1"]["structure"]
    boxes = [item["position"] for item in structure]
    return 20 + max(int(box["y"]) + int(box["h"]) for box in boxes)


def write_page(name: str, content: dict[str, Any], shown: dict[str, Any], theme: str) -> Path:
    height = height_of(shown)
    data = {"definition": content, "drawn": shown, "theme": theme, "width": WIDTH, "height": height}
    path = FOLDER / f"{name}.html"
    text = json.dumps(data).replace("<", "\\u003c")
    background = "#0b0c0e" if theme == "dark" else "#ffffff"
    path.write_text(
        PAGE.format(title=name, width=WIDTH, height=height, background=background, data=text),
        "utf-8",
    )
    return path


def answer(page: str, name: str) -> Any:
    """What the page's program wrote into the page as JSON."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)
    if found is None:
        sys.exit(f"the page has no {name}: its program failed")
    return json.loads(found[1])


def unknown_options(schema: dict[str, Any], content: dict[str, Any]) -> list[str]:
    """Options whose names no panel of that kind knows: the validator lets them pass."""
    (panels,) = schema["properties"]["visualizations"]["patternProperties"].values()
    known = {
        kind["if"]["properties"]["type"].get("const"): kind["then"]["properties"]["options"]
        for kind in panels["allOf"]
        if "then" in kind
    }
    return [
        f"{name}.{option}"
        for name, panel in content["visualizations"].items()
        for option in panel.get("options", {})
        if option not in known[panel["type"]].get("properties", {})
    ]


def draw(name: str, content: dict[str, Any], shown: dict[str, Any], theme: str) -> str:
    """Draws the page, leaves a screenshot, and returns its text after the validator is content."""
    path = write_page(f"{name}-{theme}", content, shown, theme)
    high = height_of(shown)
    page = browser("--dump-dom", f"--window-size={WIDTH},{high}", path.as_uri()).decode()
    browser(
        f"--screenshot={FOLDER / f'{name}-{theme}.png'}",
        f"--window-size={WIDTH},{high}",
        path.as_uri(),
    )
    faults = answer(page, "validation")
    if faults:
        sys.exit(f"{name}: Splunk's validator says: {json.dumps(faults, indent=2)}")
    unknown = unknown_options(answer(page, "schema"), content)
    if unknown:
        sys.exit(f"{name}: options that Splunk does not know: {unknown}")
    body = page.partition("<body")[2].partition("<script>window.cfhunt")[0]
    return html.unescape(re.sub(r"<[^>]*>", "\n", body))


def expect(name: str, text: str, wanted: list[str]) -> None:
    lines = {line.strip() for line in text.splitlines()}
    missing = [one for one in wanted if one not in lines and one not in text]
    if missing:
        sys.exit(f"{name}: the drawing lacks {missing}")


def wrapped(name: str) -> dict[str, Any]:
    """The definition inside a staged view."""
    text = (VIEWS / f"{name}.xml").read_text("utf-8")
    content: dict[str, Any] = json.loads(text.partition("<![CDATA[")[2].partition("]]>")[0])
    return content


def values(rows: Rows, field: str) -> list[str]:
    return [value for row in rows for value in row.get(field, [])]


def main() -> None:
    assert wrapped("cfhunt_tunnels") == definition()
    content = in_a_tab(definition())
    shown = drawn(tabbed=True)
    table = run("ds_table")
    (totals,) = run("ds_totals")
    titles = [panel["title"] for panel in definition()["visualizations"].values()]
    first = [cell[0] for cell in table[0].values() if cell]
    for theme in ("light", "dark"):
        text = draw("cfhunt_tunnels", content, shown, theme)
        expect("titles", text, titles)
        expect("totals", text, [cell[0] for cell in totals.values()])
        expect("the table's first row", text, first)
        expect("images", text, values(run("ds_images"), "app"))
        expect("addresses", text, values(run("ds_addresses"), "dest_ip"))
        print(f"cfhunt_tunnels, {theme}: valid, drawn, {len(titles)} panels as expected")
    text = draw("cfhunt_tunnels-quiet", content, drawn(True, quiet()), "light")
    expect("the quiet titles", text, titles)
    expect("why it is empty", text, values(QUIET_STAGE_ROWS, "if it is 0"))
    if text.split().count("0") < len(totals) + 1:
        sys.exit("cfhunt_tunnels-quiet: a total is not 0")
    print(f"cfhunt_tunnels, quiet: drawn, {len(titles)} panels, and says why")
    for name in ("cfhunt_guide", "cfhunt_checklist"):
        page = in_a_tab(wrapped(name))
        (block,) = page["visualizations"].values()
        headings = re.findall("^## (.*)$", block["options"]["markdown"], re.MULTILINE)
        for theme in ("light", "dark"):
            expect(name, draw(name, page, page, theme), headings)
            print(f"{name}, {theme}: valid, drawn, {len(headings)} parts as expected")


if __name__ == "__main__":
    main()
