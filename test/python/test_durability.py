"""A lake that is killed in the middle of uploads has every file that it acknowledged."""

import hashlib
import threading

import pytest
from azure.core.exceptions import AzureError

from conftest import account_of, lake_server

WRITERS = 4
KILL_AFTER = 60  # acknowledged files


def content(name):
    """Bytes that can be made again from the name: some small, some larger than what is kept beside the names."""
    seed = hashlib.sha256(name.encode()).digest()
    return seed * (1 + seed[0] * 40)


@pytest.mark.parametrize("kind", ["dfs", "blob"])
def test_every_acknowledged_file_survives_kill_9(tmp_path, kind):
    server = lake_server(tmp_path).start()
    account = account_of(server)
    filesystem = account.datalake().create_file_system("durable")
    container = account.blobs().get_container_client("durable")
    acknowledged, lock, enough = [], threading.Lock(), threading.Event()

    def write(writer):
        for i in range(100_000):
            name = f"w{writer}/d{i % 7}/f{i}"
            try:
                if kind == "dfs":
                    filesystem.get_file_client(name).upload_data(content(name), overwrite=True)
                else:
                    container.upload_blob(name, content(name), overwrite=True)
            except AzureError:
                return  # the server is gone; this file was not acknowledged
            with lock:
                acknowledged.append(name)
                if len(acknowledged) >= KILL_AFTER:
                    enough.set()

    writers = [threading.Thread(target=write, args=(w,)) for w in range(WRITERS)]
    for w in writers:
        w.start()
    arrived = enough.wait(timeout=120)
    server.kill()
    for w in writers:
        w.join(timeout=60)
    assert arrived, f"only {len(acknowledged)} files were acknowledged: {server.errors()}"

    again = lake_server(tmp_path).start()
    try:
        filesystem = account_of(again).datalake().get_file_system_client("durable")
        there = {p.name: p.content_length for p in filesystem.get_paths() if not p.is_directory}
        lost = [n for n in acknowledged if n not in there]
        assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged files are lost: {lost[:5]}"
        for name in acknowledged:
            assert filesystem.get_file_client(name).download_file().readall() == content(name), name
    finally:
        assert again.stop() == 0
