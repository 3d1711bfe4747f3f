# An HTTP server in a thread and its client, a pool of processes, asyncio, SQLite and a subprocess.
import asyncio
import http.server
import multiprocessing
import sqlite3
import subprocess
import threading
import urllib.request


def double(number):
    return 2 * number


async def sleepers():
    await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(20)))
    process = await asyncio.create_subprocess_exec("true")
    return await process.wait()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"42")

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(double, range(4)) == [0, 2, 4, 6]
    assert asyncio.run(sleepers()) == 0
    assert subprocess.check_output(["echo", "hi"]) == b"hi\n"
    database = sqlite3.connect("/tmp/test.db")
    assert database.execute("select 6 * 7").fetchone() == (42,)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 8001), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("answer:", urllib.request.urlopen("http://127.0.0.1:8001/").read().decode())
