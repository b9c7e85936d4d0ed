"""A server that is killed in the middle of a run loses nothing that could be read before."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import time

from conftest import BINARY, KEY, ROOT, Account, Server

CUSTOMERS = 1500
ROUNDS = 10
FINISHED = (0, 3)  # done, done with warnings


def serve(folder):
    anywhere = "127.0.0.1:0"
    server = Server("serve", "--json", "--data", str(folder / "data"), "--listen", anywhere, "--lake-listen", anywhere,
                    "--dfs-listen", anywhere, "--tls-listen", anywhere, log=folder / "log.txt").start()
    lake = json.loads(server.ready)["lake"]
    return server, Account(dfs=lake["dfs"], blob=lake["blob"], key=KEY)


def ownlake(folder, *args):
    return subprocess.run([BINARY, *args, "--data", str(folder / "data"), "--json"], capture_output=True, text=True, timeout=120)


def read_tables(account):
    """The rows of every table by its model.json; each partition must be there with the size that is stated."""
    fs = account.datalake().get_file_system_client("customerinsights")
    sizes = {p.name: p.content_length for p in fs.get_paths() if not p.is_directory}
    tables = {}
    for name in sizes:
        if not name.endswith("/model.json"):
            continue
        model = json.loads(fs.get_file_client(name).download_file().readall())
        for entity in model["entities"]:
            rows = 0
            for partition in entity["partitions"]:
                path = partition["location"].split("/customerinsights/", 1)[1]
                facts = {a["name"]: a["value"] for a in partition["annotations"]}
                assert sizes[path] == int(facts["ci:bytes"]), path
                rows += int(facts["ci:rows"])
            tables[entity["name"]] = rows
    return tables


def test_a_killed_run_leaves_the_former_tables(tmp_path):
    seed = int(os.environ.get("OWNLAKE_TEST_SEED", time.time_ns() % 1_000_000))
    print("seed", seed)
    rng = random.Random(seed)
    project = tmp_path / "contoso"
    shutil.copytree(ROOT / "examples" / "contoso", project, ignore=shutil.ignore_patterns("data"))
    subprocess.run([BINARY, "sample", "--customers", str(CUSTOMERS), "--out", str(project / "data")], check=True,
                   capture_output=True)
    shop = pathlib.Path(project / "data" / "shop" / "customers.csv")

    server, account = serve(tmp_path)
    try:
        applied = ownlake(tmp_path, "apply", "-f", str(project))
        assert applied.returncode == 0, applied.stderr
        began = time.monotonic()
        assert ownlake(tmp_path, "run").returncode in FINISHED
        whole = time.monotonic() - began
        tables = read_tables(account)
        interrupted = 0
        for n in range(ROUNDS):
            with shop.open("a", newline="") as f:
                f.write(f'"kill{n}";"Ada Kill{n}";"kill{n}@kill.example";"";"";"";"";"";"";"";"";"no"\n')
            expected = dict(tables, Shop_Customers=tables["Shop_Customers"] + 1, Customer=tables["Customer"] + 1)

            run = subprocess.Popen([BINARY, "run", "--data", str(tmp_path / "data")], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0, whole))  # the moment of the kill is the point of this test
            server.kill()
            interrupted += run.wait(timeout=60) not in FINISHED

            server, account = serve(tmp_path)
            survived = read_tables(account)
            for table, rows in survived.items():
                allowed = {tables[table], expected.get(table)} if not table.startswith(("Conflation", "Deduplication")) else {
                    tables[table], tables[table] + 1}
                assert rows in allowed, f"round {n}: {table} has {rows} rows, want one of {allowed}"

            again = ownlake(tmp_path, "run")
            assert again.returncode in FINISHED, f"round {n}: {again.stdout} {again.stderr}"
            tables = read_tables(account)
            for table in ("Shop_Customers", "Customer"):
                assert tables[table] == expected[table], f"round {n}: {table}"
        assert interrupted > 0, "no kill hit a run"
    finally:
        server.kill()
