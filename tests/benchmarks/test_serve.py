import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from benchmarks.load_script import load_script

load_script("measuring")
serve = load_script("serve")


class _Picky(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200 if b"good" in body else 400)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.slow
def test_every_search_is_counted_and_every_error_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "resident_bytes", lambda process: 100)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Picky) as server:
        threading.Thread(target=server.serve_forever).start()
        load = serve.load_server(f"127.0.0.1:{server.server_port}", 0, [b"good", b"bad"], clients=3, queries=4)
        server.shutdown()
    assert len(load.seconds) == 12
    assert load.faults == ["400 b'{}'"] * 6
    assert set(load.memory) == {100}
    with pytest.raises(SystemExit, match=r"6 of 12 searches failed: 6 times 400 b'{}'"):
        load.refuse()


def test_growth_compares_the_first_fifth_with_the_last() -> None:
    grown = serve.Load([0.1], memory=[100, 100, 130, 90, 90, 90, 90, 120, 110, 110])
    assert grown.growth() == pytest.approx(0.1)
    with pytest.raises(SystemExit, match=r"grew by 10\.0%"):
        grown.refuse()
    serve.Load([0.1], memory=[100, 104]).refuse()


def test_the_row_says_percentiles_rate_and_growth() -> None:
    load = serve.Load([number / 100 for number in range(101)], memory=[10**9, 10**9 + 10**7])
    row = serve.row(load, 50.5, 7)
    assert [case.median("ours") for case in row.cases] == pytest.approx([2.0, 0.5, 0.9, 0.95, 0.99, 1.01])
    assert row.cases[0].equality == "101 searches, no error"
    assert row.cases[-1].equality.endswith("changed by +1.0%")
