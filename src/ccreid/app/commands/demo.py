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
    """Render people, train the baseline and the method, print one table, and write a report to look at.

    Takes minutes on two CPU cores. An interrupted demonstration goes on where it stopped.

    Args:
        out: Folder of the report; open index.html in it.
        data: Folder of the rendered people.
        runs: Folder of the trained models.
        seeds: Trainings of each recipe; with more than one, figures are mean ± standard deviation.
        workers: Rendering processes; all cores where it is left out.
    """
    from ccreid.app.demo import run_demonstration
    from ccreid.app.report import write_report
    from ccreid.app.terminal_tables import print_comparison
    from ccreid.figures.drawing import check_plots
    from ccreid.training.lightning_fit import quiet_lightning

    quiet_lightning()
    check_plots()
    command = ["ccreid", "demo", *(["--seeds", str(seeds)] if seeds != 1 else [])]
    shown = run_demonstration(out, data, runs, seeds, workers, command)
    page = write_report(shown, out, command)
    print_comparison(shown.rows, title=f"Rendered people (Wardrobe mini, not photos), all-gallery, %, {seeds} seed(s)")
    print(f"{shown.seconds:.0f} s in all; open {page}")
    return 0
