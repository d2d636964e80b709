"""The files of a table: tidy rows in JSON, the table in Markdown and as a page, and a section of a page of many."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ccreid.app.reproduce.paper_tables import Table
from ccreid.app.reproduce.sheet import Sheet
from ccreid.app.reproduce.sheet_formats import html_page, markdown
from ccreid.atomic_files import write_atomically
from ccreid.evaluation.results import SourcedRow, results_tree
from ccreid.figures.page_section import replace_section, split_at_section


def write_table_files(
    table: Table,
    sheet: Sheet,
    rows: Sequence[SourcedRow],
    cues: Mapping[tuple[str, int], Mapping[str, Any]],
    out: Path,
) -> list[Path]:
    """Write TABLE.json, TABLE.md and TABLE.html into a folder, and return their paths.

    The JSON is a results file (see `write_results`) with three more keys: `table`, its name and what was run where;
    `paper_on_PRCC`, the paper's percentages by recipe, which are not measured here; and `cues`, what the cues.json of
    the runs hold, with recipe and seed.

    Args:
        table: Which.
        sheet: The table as text.
        rows: Result rows with their origin.
        cues: What the cues.json of the runs hold, by recipe and seed.
        out: Folder of the files; it is made.
    """
    tree = results_tree(rows) | {
        "table": {"name": table.name, "title": table.title, **{fact.name: fact.text for fact in sheet.facts}},
        "paper_on_PRCC": {recipe: figure._asdict() for recipe, figure in table.paper.items()},
        "cues": [{"recipe": recipe, "seed": seed, **held} for (recipe, seed), held in cues.items()],
    }
    contents = {
        "json": json.dumps(tree, indent=2) + "\n",
        "md": f"# {sheet.title}\n\n{markdown(sheet)}",
        "html": html_page(sheet),
    }
    paths = []
    for suffix, content in contents.items():
        paths.append(out / f"{table.name}.{suffix}")
        write_atomically(paths[-1], content)
    return paths


def fill_section(page: Path, table: Table, sheet: Sheet) -> None:
    """Put a table into its section of a page.

    Args:
        page: A Markdown file with the section's comments.
        table: Which.
        sheet: The table as text.

    Raises:
        PageError: There is no such page, or it lacks the section's comments.
    """
    replace_section(page, _section(table), markdown(sheet))


def require_section(page: Path, table: Table) -> None:
    """Refuse a page that has no section for a table.

    Args:
        page: A Markdown file.
        table: Which.

    Raises:
        PageError: There is no such page, or it lacks the section's comments.
    """
    split_at_section(page, _section(table))


def _section(table: Table) -> str:
    return f"ccreid reproduce {table.name}"
