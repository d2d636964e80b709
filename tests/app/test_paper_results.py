from ccreid.app.paper_results import TABLE_1, TABLE_2, TABLE_3, TABLE_4


def test_a_system_that_stands_in_several_tables_has_one_figure() -> None:
    tables = (TABLE_1, TABLE_2, TABLE_3, TABLE_4)
    for name in {name for table in tables for name in table}:
        figures = [table[name] for table in tables if name in table]
        assert len({figure[:2] for figure in figures}) == 1
        assert len({figure[2:] for figure in figures} - {(None, None)}) <= 1


def test_what_the_paper_says_of_its_tables_holds() -> None:
    # Sec. III-B and III-C: the orders that its text names.
    assert all(TABLE_3[f"{name}_pixel_sampling"].cross_R1 > TABLE_3[name].cross_R1 for name in ("pcb", "mgn", "hpm"))
    assert max(TABLE_1, key=lambda name: TABLE_1[name].cross_R1) == "pixel_sampling_mse"
    assert max(TABLE_1, key=lambda name: TABLE_1[name].same_R1 or 0) == "pcb"
    assert TABLE_2["baseline"].cross_R1 < TABLE_2["random_erasing"].cross_R1 < TABLE_2["pixel_sampling"].cross_R1
    assert TABLE_4["head"].cross_R1 < TABLE_4["head_body"].cross_R1 < TABLE_4["pixel_sampling_mse"].cross_R1
