from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from optbench.reporting.latex.layout import LINES, WIDTH, WRAP, blocks
from optbench.reporting.tables.cut import GAP
from optbench.reporting.tables.table import Column, Table, TableCell


def table(rows: list[list[str]], names: int = 1, headings: list[str] | None = None) -> Table:
    columns = headings or [f"c{i}" for i in range(len(rows[0]))]
    return Table(
        name="t",
        title="T",
        caption="",
        columns=tuple(Column(text, numeric=i >= names) for i, text in enumerate(columns)),
        rows=tuple(tuple(TableCell(text) for text in row) for row in rows),
        data=pd.DataFrame(),
        names=names,
    )


@given(
    st.integers(1, 40), st.integers(2, 60), st.integers(1, 2), st.lists(st.integers(0, 20), min_size=41, max_size=41)
)
def test_every_cell_is_shown_once_and_blocks_fit(columns: int, rows: int, names: int, sizes: list[int]) -> None:
    cells = [[f"{j}.{i}".ljust(sizes[j], "x") for j in range(names + columns - 1)] for i in range(rows)]
    cells = [[f"n{i}" if j < names else text for j, text in enumerate(row)] for i, row in enumerate(cells)]
    shown = blocks(table(cells, names))
    values = [cell.text for block in shown for row in block.rows for cell in row.cells[names:]]
    assert sorted(values) == sorted(text for row in cells for text in row[names:])
    for block in shown:
        assert len(block.rows) <= LINES
        assert next(row.cells[0].text for row in block.rows if row.cells[0].text).startswith("n")
        widths = [max(len(row.cells[j].text) for row in block.rows) for j in range(len(block.columns))]
        assert sum(widths) + GAP * (len(widths) - 1) <= WIDTH or len(widths) == names + 1


def test_tasks_stay_on_a_page_and_are_named_once() -> None:
    rows = [[f"task-{i}", f"opt-{j}", "1.0"] for i in range(12) for j in range(10)]
    shown = blocks(table(rows, names=2))
    assert [len(block.rows) for block in shown] == [40, 40, 40]
    first = shown[1].rows
    assert [row.cells[0].text for row in first if row.cells[0].text] == ["task-4", "task-5", "task-6", "task-7"]
    assert [i for i, row in enumerate(first) if row.apart] == [10, 20, 30]


def test_a_task_that_is_longer_than_a_page_is_named_on_each() -> None:
    shown = blocks(table([["task", f"opt-{j}", "1.0"] for j in range(LINES + 5)], names=2))
    assert [block.rows[0].cells[0].text for block in shown] == ["task", "task"]
    assert [len(block.rows) for block in shown] == [LINES, 5]


def test_names_that_come_back_are_all_shown() -> None:
    rows = [[("cpu", "cuda")[i % 2], f"opt-{i // 2}", "1.0"] for i in range(6)]
    (block,) = blocks(table(rows, names=2))
    assert [row.cells[0].text for row in block.rows] == [row[0] for row in rows]
    assert not any(row.apart for row in block.rows)


def test_long_texts_are_wrapped_and_take_lines() -> None:
    words = "words and " * 20
    made = table([[f"n{i}", words] for i in range(20)])
    shown = blocks(Table(**(vars(made) | {"columns": (Column("n", numeric=False), Column("text", numeric=False))})))
    assert shown[0].wrapped == (False, True)
    assert len(shown[0].rows) == LINES // (len(words) // WRAP)


def test_headings_stand_at_the_bottom_and_break_after_a_colon() -> None:
    (block,) = blocks(table([["a", "1", "2"]], headings=["name", "digits: test accuracy (%)", "rank"]))
    assert block.heading == (("", "digits", ""), ("name", "test accuracy (%)", "rank"))


def test_a_table_without_rows_has_a_heading() -> None:
    made = table([["a", "1"]])
    (block,) = blocks(Table(**(vars(made) | {"rows": ()})))
    assert block.heading and not block.rows
