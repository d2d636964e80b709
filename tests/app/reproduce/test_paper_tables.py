from pathlib import Path
from typing import get_args

import pytest

from ccreid.app.reproduce.paper_tables import TABLES, Table, TableName
from ccreid.app.reproduce.table_files import require_section


def test_a_table_is_found_by_its_name() -> None:
    assert tuple(TABLES) == get_args(TableName)
    assert all(table.name == name for name, table in TABLES.items())


@pytest.mark.parametrize("name", ["table1", "table2", "table3", "table4"])
def test_a_table_of_the_papers_has_its_rows_in_the_papers_order(name: str) -> None:
    table = TABLES[name]
    assert [row.recipe for row in table.rows] == list(table.paper)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_row_is_compared_with_one_above_it(table: Table) -> None:
    recipes = [row.recipe for row in table.rows]
    assert len(set(recipes)) == len(recipes)
    for index, row in enumerate(table.rows):
        assert row.against is None or row.against in recipes[:index]


def test_the_tables_whose_order_is_to_be_shown_have_three_seeds() -> None:
    assert {name: table.seeds for name, table in TABLES.items() if table.seeds > 1} == {"table2": 3, "table3": 3}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_the_page_of_results_has_a_place_for_every_table(table: Table) -> None:
    require_section(Path(__file__).parents[3] / "docs" / "results.md", table)
