"""Lay the pages out for Sphinx, with those that are made from the code, and make the site.

    python docs/site/make_site.py

The pages of `docs` stay plain Markdown, with links that a code host follows. What Sphinx needs
besides is made here: the order of the pages, which is that of the links in `docs/README.md`; and
the lists of commands, settings and names.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from generated_pages import generated_pages

ROOT = Path(__file__).parents[2]
DOCS, LAID_OUT, SITE = ROOT / "docs", ROOT / "build/site-source", ROOT / "build/site"
# The pages at the root of the project, and where they are among those of docs.
OF_ROOT = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
# What stands below a heading of the index, as a link in a list.
_HEADING, _ENTRY = re.compile(r"## (.+)"), re.compile(r"- \[([^\]]+)\]\(([^)]+)\)")


def laid_out() -> dict[str, str]:
    """Return the text of each page by its path on the site."""
    sources = [ROOT / name for name in OF_ROOT] + [
        page for page in DOCS.rglob("*.md") if DOCS / "site" not in page.parents
    ]
    pages = {site_path(page): with_links_of_site(page) for page in sources}
    made = generated_pages()
    pages |= made
    pages["index.md"] += _contents(pages["contents.md"])
    pages["reference.md"] += _toctree("", list(made))
    for folder in ("errors/", "decisions/"):
        inside = sorted(path for path in pages if path.startswith(folder))
        pages[f"{folder}README.md"] += _toctree(
            "",
            [path.removeprefix(folder) for path in inside if "README" not in path],
            hidden=folder == "errors/",
        )
    return pages


def site_path(page: Path) -> str:
    """Return where a file of the project is among the files of the site."""
    if page.is_dir():
        page /= "README.md"
    if page.parent == ROOT:
        return OF_ROOT.get(page.name, "")
    return "contents.md" if page == DOCS / "README.md" else page.relative_to(DOCS).as_posix()


def with_links_of_site(page: Path) -> str:
    """Return a page's text with links that lead to the same pages on the site.

    A link to a file of the project that the site has not, such as the licence, becomes its words.
    """
    folder = os.path.dirname(site_path(page))

    def of_site(found: re.Match[str]) -> str:
        words, target, heading = found.groups()
        file = (page.parent / target).resolve()
        if "://" in target or not file.exists():
            return found[0]
        path = site_path(file) if file.is_relative_to(DOCS) or file.parent == ROOT else ""
        return f"[{words}]({os.path.relpath(path, folder)}{heading or ''})" if path else words

    return _LINK.sub(of_site, page.read_text())


def _contents(contents: str) -> str:
    """Return the site's contents, a part for each heading of the page that lists all pages."""
    parts: dict[str, list[str]] = {"": ["All pages <contents.md>"]}
    for line in contents.splitlines():
        if heading := _HEADING.fullmatch(line):
            links = parts.setdefault(heading[1], [])
        elif entry := _ENTRY.fullmatch(line):
            links.append(f"{entry[1]} <{entry[2]}>")
    return "".join(_toctree(caption, links) for caption, links in parts.items())


def _toctree(caption: str, entries: list[str], *, hidden: bool = True) -> str:
    options = [f":caption: {caption}"] * bool(caption) + [":hidden:"] * hidden + [":maxdepth: 1"]
    return "\n".join(["", "```{toctree}", *options, "", *entries, "```", ""])


def lay_out() -> None:
    """Write what Sphinx is to read; a page that is there already keeps its time."""
    pages = laid_out()
    kept = {LAID_OUT / path for path in pages}
    for path, text in pages.items():
        page = LAID_OUT / path
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists() or page.read_text() != text:
            page.write_text(text)
    for page in LAID_OUT.rglob("*.md"):
        if page not in kept:
            page.unlink()
    shutil.copy(DOCS / "flow.svg", LAID_OUT / "flow.svg")
    shutil.copytree(DOCS / "gateway", LAID_OUT / "gateway", dirs_exist_ok=True)


def main() -> int:
    """Make the site, and return the exit code of Sphinx, for which a warning is an error."""
    if sys.version_info < (3, 11):
        print("The site is not made, as Sphinx needs Python 3.11 or later.")
        return 0
    from sphinx.cmd.build import build_main

    lay_out()
    strict = ["--fail-on-warning", "--quiet", "--jobs", "auto"]
    strict += ["--conf-dir", str(Path(__file__).parent)]
    code = build_main([*strict, "-d", str(ROOT / "build/site-doctrees"), str(LAID_OUT), str(SITE)])
    if code == 0:
        print(f"The site is in {SITE.relative_to(ROOT)}/index.html")
    return code


if __name__ == "__main__":
    sys.exit(main())
