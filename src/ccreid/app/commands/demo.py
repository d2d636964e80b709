"""`ccreid demo`: the main job in one command."""

from pathlib import Path

from ccreid.app.arguments import CommandParser, Run

EXAMPLES = (
    "ccreid demo",
    "ccreid demo --seeds 3",
    "ccreid demo --out /tmp/report --data /tmp/wardrobe --runs /tmp/runs",
)


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(demo, EXAMPLES)


def demo(
    out: Path = Path("report"),
    data: Path = Path("data/wardrobe-mini"),
    runs: Path = Path("runs/demo"),
    seeds: int = 1,
    workers: int | None = None,
) -> int:
    """Render people, find them in other clothes, train the baseline and the method, and write a report to look at.

    Takes minutes on two CPU cores; what the model that ships finds can be looked at before the training. An interrupted
    demonstration goes on where it stopped.

    Args:
        out: Folder of the report; open index.html in it.
        data: Folder of the rendered people.
        runs: Folder of the trained models.
        seeds: Trainings of each recipe; with more than one, figures are mean ± standard deviation.
        workers: Rendering processes; all cores where it is left out.
    """
    import time

    from rich.console import Console

    from ccreid.app.demo import render_people, train_models
    from ccreid.app.first_search import search_first
    from ccreid.app.report import PAGE, write_opening, write_report
    from ccreid.app.terminal_tables import print_beside_paper
    from ccreid.atomic_files import check_writable
    from ccreid.datasets.prcc import PRCC
    from ccreid.errors import BadValueError
    from ccreid.figures.drawing import check_plots
    from ccreid.training.lightning_fit import quiet_lightning

    if seeds < 1:
        raise BadValueError(f"--seeds is {seeds}, expected at least 1")
    check_writable(out / PAGE)
    quiet_lightning()
    check_plots()
    started = time.monotonic()
    command = ["ccreid", "demo", *(["--seeds", str(seeds)] if seeds != 1 else [])]
    render_people(data, workers)
    console = Console(stderr=True)
    console.print("[bold]2.[/] finding them in other clothes with the model that ships")
    people = PRCC(data, parts="required")
    first = search_first(people, out)
    page = write_opening(first, people, out, command)
    console.print(f"{time.monotonic() - started:.0f} s so far; open {page}: it has what was found, and more in the end")
    shown = train_models(out, data, runs, seeds, command)
    write_report(first, shown, people, out, command)
    print_beside_paper(
        shown.rows, title=f"Rendered people (Wardrobe mini, not photos), all-gallery, %, {seeds} seed(s)"
    )
    print(f"{time.monotonic() - started:.0f} s in all; open {page}")
    return 0
