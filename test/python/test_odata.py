"""A client library of other people's reads the tables by OData: it learns them from the metadata."""

import json
import subprocess

import pytest
import requests
from odata import ODataService

from conftest import BINARY, Server

NO_PORTS = [f"--{name}=127.0.0.1:0" for name in ("listen", "lake-listen", "dfs-listen", "tls-listen", "tenant-listen")]


def run(folder, *args):
    """What a command prints, as JSON."""
    done = subprocess.run([BINARY, *args, "--json", "--data", str(folder)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odata")
    data = folder / "data"
    subprocess.run([BINARY, "demo", "--once", "--customers", "200", "--data", str(data), *NO_PORTS], capture_output=True, check=True)
    server = Server("serve", "--data", str(data), *NO_PORTS, log=folder / "log.txt").start()
    info = json.loads((data / "server.json").read_text())
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + info["token"]
    environment = run(data, "env", "list")[0]["id"]
    service = ODataService(f"{info['address']}/api/data/{environment}/", reflect_entities=True, session=session)
    rows = {t["table"]: sum(p["rows"] for p in t["partitions"]) for t in run(data, "table", "list")}
    yield service, rows
    assert server.stop() == 0, server.errors()


def test_every_table_is_reflected(served):
    service, rows = served
    assert set(service.entities) == set(rows)


def test_every_customer_comes_over_all_pages(served):
    service, rows = served
    customer = service.entities["Customer"]
    ids = [c.CustomerId for c in service.query(customer)]
    assert len(ids) == len(set(ids)) == rows["Customer"]


def test_filters_and_orders_of_the_library_are_understood(served):
    service, _ = served
    customer = service.entities["Customer"]
    everybody = [c for c in service.query(customer)]
    found = list(service.query(customer).filter(customer.FirstName.startswith("A")).order_by(customer.CustomerId.desc()).limit(5))
    want = sorted((c.CustomerId for c in everybody if (c.FirstName or "").startswith("A")), reverse=True)[:5]
    assert [c.CustomerId for c in found] == want and want
    one = service.query(customer).filter(customer.CustomerId == want[0]).first()
    assert one.CustomerId == want[0]


def test_nothing_can_be_saved(served):
    service, _ = served
    customer = service.query(service.entities["Customer"]).first()
    customer.FirstName = "Mallory"
    with pytest.raises(Exception, match="405|read only"):
        service.save(customer)
