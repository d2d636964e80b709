import io

from ccreid.app.reproduce.prefixed_lines import PrefixedLines


def test_lines_go_out_whole_with_their_prefix() -> None:
    terminal = io.StringIO()
    one, other = PrefixedLines(terminal, "one: "), PrefixedLines(terminal, "other: ")
    one.write("epoch ")
    other.write("epoch 1\nepoch ")
    one.write("1\n\n")
    assert terminal.getvalue() == "other: epoch 1\none: epoch 1\none: \n"
    other.close()
    assert terminal.getvalue().endswith("other: epoch \n")
    assert not terminal.closed


def test_it_is_no_terminal_so_that_nobody_draws_bars_on_it() -> None:
    stream = PrefixedLines(io.StringIO(), "")
    print("a", "b", file=stream)
    assert not stream.isatty()
