"""A table as an HTML page that needs no other file."""

from jinja2 import Environment, PackageLoader, select_autoescape

from ccreid.app.reproduce.results_grid import NOT_RUN, PAPER
from ccreid.app.reproduce.sheet import Sheet


def html_page(sheet: Sheet) -> str:
    """Return the whole page."""
    environment = Environment(
        loader=PackageLoader("ccreid.app"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("table.html").render(sheet=sheet, not_run=NOT_RUN, paper=PAPER)
