"""What was run where, of a whole table: command, data, setting, seeds, protocol, machine, versions, commit, dates."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ccreid.app.reproduce.sheet import Fact
from ccreid.app.reproduce.table_runs import TableRun
from ccreid.datasets.wardrobe_file import read_rendering
from ccreid.evaluation.results import SourcedRow
from ccreid.models.systems import SYSTEMS
from ccreid.provenance import Provenance, versions_line
from ccreid.recipe import Recipe


def table_facts(
    runs: Sequence[TableRun], rows: Sequence[SourcedRow], command: str, data: Path, profile: str | None, seeds: int
) -> list[Fact]:
    """Return what the table says of how it was made.

    Args:
        runs: All that the table needs.
        rows: Of those that are finished.
        command: The command line that makes the table.
        data: The data set.
        profile: Settings that went over each recipe's.
        seeds: Trainings of each recipe.
    """
    facts = [
        Fact("command", command, literal=True),
        Fact("data", f"{data.name}{_preset(data)}{_queries(rows)}"),
        Fact("setting", _settings(runs, profile)),
        Fact(
            "seeds", f"{_counted(seeds)}; mean ± sample standard deviation over the seeds of a row, a single seed bare"
        ),
        Fact(
            "protocol",
            "all-gallery, the paper's too; single-shot, one gallery image an identity, where a column says so",
        ),
    ]
    return facts + _origin(rows, command)


def _preset(data: Path) -> str:
    rendering = read_rendering(data)
    if rendering is None:
        return ""
    return (
        f", rendered people (Wardrobe preset {rendering.preset}, seed {rendering.seed}), "
        f"{rendering.train_images:,} training images of {rendering.train_identities} people, "
        f"{rendering.test_identities} test people"
    )


def _queries(rows: Sequence[SourcedRow]) -> str:
    counts = {row.setting: (row.queries + row.skipped, row.unit) for row, _ in rows}
    return "".join(
        f", {count:,} {'query tracks' if unit == 'tracks' else 'queries'} {setting}"
        for setting, (count, unit) in counts.items()
    )


def _settings(runs: Sequence[TableRun], profile: str | None) -> str:
    """Return the rows' settings, those that most rows share without their names."""
    shared: dict[str, list[str]] = {}
    for run in runs:
        shared.setdefault(_setting(run.recipe), []).append(run.recipe.name)
    common = max(shared, key=lambda setting: len(shared[setting]))
    others = [f"{', '.join(dict.fromkeys(names))}: {setting}" for setting, names in shared.items() if setting != common]
    return "; ".join([*([f"profile {profile}"] if profile else []), common, *others])


def _setting(recipe: Recipe) -> str:
    network, held_out = recipe.model, recipe.selection.held_out
    taken = f"best epoch on {held_out:.0%} held-out training identities" if held_out else "last epoch taken"
    backbone = f"{network.backbone} from {network.weights} weights"
    start = backbone if SYSTEMS[network.system].has_backbone else "no backbone"
    return f"{start}, {recipe.data.height}x{recipe.data.width}, {recipe.schedule.epochs} epochs, {taken}"


def _counted(seeds: int) -> str:
    return "0" if seeds == 1 else f"0 to {seeds - 1}"


def _origin(rows: Sequence[SourcedRow], command: str) -> list[Fact]:
    """Return where the runs come from; runs of one table may be of several days, machines and commits."""
    if not rows:
        return []
    by_run = {(row.recipe, row.seed): origin for row, origin in rows}
    origins = list(by_run.values())
    dates = sorted(origin["date"][:10] for origin in origins)
    return [
        Fact("runs", _commands(origins, command)),
        Fact("machine", _distinct(origin["machine"] for origin in origins)),
        Fact("versions", _distinct(versions_line(origin) for origin in origins)),
        Fact("commit", _distinct(_commit(origin) for origin in origins)),
        Fact("data fingerprint", _distinct(origin["data"][:16] for origin in origins)),
        Fact("date", dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"),
    ]


def _distinct(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _commands(origins: Sequence[Provenance], command: str) -> str:
    others = sum(origin["command"] != command for origin in origins)
    return f"{len(origins)}" + (f", of which {others} by other commands, which the JSON names" if others else "")


def _commit(origin: Provenance) -> str:
    if origin["commit"] is None:
        return "installed package"
    return origin["commit"][:12] + (" with changes" if origin["dirty"] else "")
