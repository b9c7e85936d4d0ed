"""A server that is killed in the middle of a run loses nothing that could be read before."""

import io
import json
import os
import random
import shutil
import signal
import subprocess
import time

import pyarrow.parquet
import pytest

from conftest import BINARY, KEY, ROOT, Account, Server

CUSTOMERS = 2000
ROUNDS = 12
FINISHED = (0, 3)  # done, done with warnings
STOP_SECONDS = 10


def serve(folder):
    anywhere = "127.0.0.1:0"
    server = Server("serve", "--json", "--data", str(folder / "data"), "--listen", anywhere, "--lake-listen", anywhere,
                    "--dfs-listen", anywhere, "--tls-listen", anywhere, "--tenant-listen", anywhere, log=folder / "log.txt").start()
    lake = json.loads(server.ready)["lake"]
    return server, Account(dfs=lake["dfs"], blob=lake["blob"], key=KEY)


def command(folder, *args):
    return [BINARY, *args, "--data", str(folder / "data"), "--json"]


def ownlake(folder, *args):
    return subprocess.run(command(folder, *args), capture_output=True, text=True, timeout=120)


def start_run(folder):
    return subprocess.Popen(command(folder, "run"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def read_tables(account):
    """The rows of every table by its model.json. Each partition must be there with the size that is stated, and be whole."""
    fs = account.datalake().get_file_system_client("customerinsights")
    sizes = {p.name: p.content_length for p in fs.get_paths() if not p.is_directory}
    tables = {}
    for name in sizes:
        if not name.endswith("/model.json"):
            continue
        model = json.loads(fs.get_file_client(name).download_file().readall())
        for entity in model["entities"]:
            assert entity["partitions"], entity["name"]
            tables[entity["name"]] = 0
            for partition in entity["partitions"]:
                path = partition["location"].split("/customerinsights/", 1)[1]
                facts = {a["name"]: int(a["value"]) for a in partition["annotations"] if a["name"] in ("ci:bytes", "ci:rows")}
                assert sizes[path] == facts["ci:bytes"], path
                content = io.BytesIO(fs.get_file_client(path).download_file().readall())
                assert pyarrow.parquet.read_table(content).num_rows == facts["ci:rows"], path
                tables[entity["name"]] += facts["ci:rows"]
    return tables


class Shop:
    """The example project with a run behind it, to which customers can be added one by one."""

    def __init__(self, folder):
        self.folder = folder
        project = folder / "contoso"
        shutil.copytree(ROOT / "examples" / "contoso", project, ignore=shutil.ignore_patterns("data"))
        subprocess.run([BINARY, "sample", "--customers", str(CUSTOMERS), "--out", str(project / "data")], check=True,
                       capture_output=True)
        self.file = project / "data" / "shop" / "customers.csv"
        self.added = 0
        self.server, self.account = serve(folder)
        applied = ownlake(folder, "apply", "-f", str(project))
        assert applied.returncode == 0, applied.stderr
        began = time.monotonic()
        run = ownlake(folder, "run")
        assert run.returncode in FINISHED, run.stderr
        self.seconds = time.monotonic() - began  # of a whole run
        self.tables = read_tables(self.account)
        assert self.tables["Customer"] > CUSTOMERS // 2

    def add_customer(self):
        """Nobody else has this one's name or address, so every table that comes of the shop's grows by one row."""
        n = self.added = self.added + 1
        with self.file.open("a", newline="") as f:
            f.write(f'"added{n}";"Ada Added{n}";"added{n}@added.example";"";"";"";"";"";"";"";"";"no"\n')
        grown = {"Shop_Customers", "Deduplication_Shop_Customers", "ConflationMatchPairs", "Customer", "CustomerSources"}
        return {table: rows + (table in grown) for table, rows in self.tables.items()}

    def restart(self):
        self.server, self.account = serve(self.folder)

    def check_survival(self, after):
        """Every table is there, as it was before the run or as it is after it."""
        survived = read_tables(self.account)
        assert set(survived) == set(self.tables)
        wrong = {t: rows for t, rows in survived.items() if rows not in (self.tables[t], after[t])}
        assert not wrong, f"rows: {wrong}, before: {self.tables}, after: {after}"

    def finish(self, after):
        """The next run completes with the right counts."""
        run = ownlake(self.folder, "run")
        assert run.returncode in FINISHED, f"{run.stdout} {run.stderr}"
        self.tables = read_tables(self.account)
        assert self.tables == after


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    yield shop
    shop.server.kill()


def test_a_killed_run_leaves_the_former_tables_and_the_next_completes(shop):
    seed = int(os.environ.get("OWNLAKE_TEST_SEED", time.time_ns() % 1_000_000))
    print("OWNLAKE_TEST_SEED", seed)
    rng = random.Random(seed)
    interrupted = 0
    for n in range(ROUNDS):
        print("round", n)
        after = shop.add_customer()
        run = start_run(shop.folder)
        time.sleep(rng.uniform(0, shop.seconds))  # the moment of the kill is the point of this test
        shop.server.kill()
        interrupted += run.wait(timeout=60) not in FINISHED
        shop.restart()
        shop.check_survival(after)
        shop.finish(after)
    assert interrupted >= ROUNDS // 4, f"only {interrupted} kills of {ROUNDS} hit a run"


def test_a_server_that_is_asked_to_end_cancels_its_run_and_ends(shop):
    after = shop.add_customer()
    run = start_run(shop.folder)
    while json.loads(ownlake(shop.folder, "status").stdout)["lastRun"]["status"] != "Refreshing":
        assert run.poll() is None, "the run ended before it could be seen"
    began = time.monotonic()
    shop.server.process.send_signal(signal.SIGTERM)
    assert shop.server.process.wait(timeout=60) == 0, shop.server.errors()
    assert time.monotonic() - began < STOP_SECONDS
    assert run.wait(timeout=60) not in FINISHED
    assert not (shop.folder / "data" / "server.json").exists()
    shop.restart()
    last = json.loads(ownlake(shop.folder, "status").stdout)["lastRun"]
    assert last["status"] == "Canceled"
    shop.check_survival(after)
    shop.finish(after)
