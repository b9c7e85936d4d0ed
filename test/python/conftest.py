"""What the checks share: a lake of their own, and the clients of Microsoft's SDKs on it."""

import dataclasses
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import threading
import time
import urllib.parse
import uuid

import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.filedatalake import DataLakeServiceClient

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("OWNLAKE_BIN", str(ROOT / "bin" / "ownlake"))

# The account that every Azure SDK knows for emulators.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

READY_SECONDS = 60


@dataclasses.dataclass
class Account:
    """An account to reach: its dfs and blob endpoints, name and key."""

    dfs: str
    blob: str
    name: str = ACCOUNT
    key: str = KEY

    def datalake(self):
        return DataLakeServiceClient(self.dfs, credential={"account_name": self.name, "account_key": self.key},
                                     retry_total=0)

    def blobs(self):
        return BlobServiceClient(self.blob, credential={"account_name": self.name, "account_key": self.key},
                                 retry_total=0)


class Server:
    """A process of the binary that prints a line when it serves: `ready …` with its addresses, or JSON."""

    def __init__(self, *args, log, seconds=READY_SECONDS):
        self.args = [BINARY, *args]
        self.log = log
        self.seconds = seconds
        self.process = None
        self.reader = None
        self.ready = ""

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.args, stdout=subprocess.PIPE, stderr=log, text=True)
        lines = queue.Queue()

        def read(stdout):
            with stdout:
                for line in stdout:
                    lines.put(line)
            lines.put(None)

        self.reader = threading.Thread(target=read, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        deadline = time.monotonic() + self.seconds
        while True:
            try:
                line = lines.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                self.kill()
                raise AssertionError(f"{self.args} was not ready in {self.seconds} s: {self.errors()}") from None
            if line is None:
                raise AssertionError(f"{self.args} ended with {self._wait()} and was never ready: {self.errors()}")
            if line.startswith(("ready", "{")):
                self.ready = line
                return self

    def errors(self):
        return pathlib.Path(self.log).read_text(errors="replace")[-4000:]

    def urls(self):
        return [u.rstrip("/") for u in re.findall(r"https?://[^\s,]+", self.ready)]

    def kill(self):
        """What a power cut leaves of a process: nothing runs to its end."""
        self.process.send_signal(signal.SIGKILL)
        self._wait()

    def stop(self):
        """Ask it to end, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def _wait(self):
        code = self.process.wait(timeout=30)
        self.reader.join(timeout=30)
        return code


def lake_server(folder):
    """The lake alone, on ports that the system chooses."""
    return Server("lake", "--data", str(folder / "data"), "--listen", "127.0.0.1:0", "--dfs-listen", "127.0.0.1:0",
                  log=folder / "log.txt")


def account_of(server):
    """The account as it is reached through the two ports that a lake prints: the main one and the dfs one."""
    blob, dfs = (u for u in server.urls()[:2])
    return Account(dfs=_with_account(dfs), blob=_with_account(blob))


def _with_account(url):
    return url if url.endswith("/" + ACCOUNT) else f"{url}/{ACCOUNT}"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = lake_server(tmp_path_factory.mktemp("lake")).start()
    yield server
    code = server.stop()
    assert code == 0, f"the lake ended with {code} on SIGTERM: {server.errors()}"


@pytest.fixture(scope="session", params=["two ports", "one port"])
def account(server, request):
    """The lake as a client with an address for each endpoint sees it, and as one with a single address does."""
    two = account_of(server)
    return two if request.param == "two ports" else Account(dfs=two.blob, blob=two.blob)


@pytest.fixture
def filesystem(account):
    """A file system of the check's own."""
    client = account.datalake().create_file_system("check-" + uuid.uuid4().hex)
    yield client
    client.delete_file_system()


@pytest.fixture(scope="session")
def large():
    """200 MiB that no two places of are alike."""
    return os.urandom(200 << 20)


@pytest.fixture
def container(account, filesystem):
    """The same file system as a container of blobs."""
    return account.blobs().get_container_client(filesystem.file_system_name)


@dataclasses.dataclass
class Run:
    """A finished run: where it is, and how many rows we say each table has."""

    account: Account
    environment: str
    counts: dict
    https: str = ""  # the account's host-style address by https, if it has one
    authority: pathlib.Path | None = None  # who signed its certificate, if the system does not know

    def object_store_options(self):
        """The account for readers built on the object_store crate, which speak to the blob endpoint."""
        return {
            "account_name": self.account.name, "account_key": self.account.key,
            "azure_storage_endpoint": self.account.blob, "allow_http": "true",
        }


DEMO_CUSTOMERS = 2000
DEMO_SECONDS = 300


@pytest.fixture(scope="session", params=["parquet", "csv"])
def finished_run(request, tmp_path_factory):
    """The run that the environment variables name, or that of a demo in either data format."""
    if "OWNLAKE_ENDPOINT" in os.environ:
        if request.param != "parquet":
            pytest.skip("one run is named by OWNLAKE_ENDPOINT, and was checked already")
        dfs = os.environ["OWNLAKE_ENDPOINT"].rstrip("/")
        account = Account(dfs=dfs, blob=os.environ.get("OWNLAKE_BLOB_ENDPOINT", dfs.replace(".dfs.", ".blob.")),
                          name=os.environ.get("OWNLAKE_ACCOUNT", ACCOUNT), key=os.environ.get("OWNLAKE_KEY", KEY))
        counts = json.loads(pathlib.Path(os.environ["OWNLAKE_COUNTS"]).read_text())
        yield Run(account, os.environ["OWNLAKE_ENVIRONMENT"], counts, https=dfs if dfs.startswith("https:") else "")
        return

    folder = tmp_path_factory.mktemp("demo-" + request.param)
    anywhere = "127.0.0.1:0"
    demo = Server("demo", "--json", "--customers", str(DEMO_CUSTOMERS), "--data-format", request.param,
                  "--data", str(folder / "data"), "--listen", anywhere, "--lake-listen", anywhere,
                  "--dfs-listen", anywhere, "--tls-listen", anywhere, "--tenant-listen", anywhere, log=folder / "log.txt", seconds=DEMO_SECONDS)
    demo.start()
    summary = json.loads(demo.ready)
    lake = summary["serving"]["lake"]
    counts = {t["table"]: sum(p["rows"] for p in t["partitions"] or []) for t in summary["tables"]}
    authority = folder / "ca.pem"
    authority.write_text(subprocess.run([BINARY, "ca", "--data", str(folder / "data")], check=True, capture_output=True,
                                        text=True).stdout)
    port = urllib.parse.urlsplit(lake["tls"]).port
    yield Run(Account(dfs=lake["dfs"], blob=lake["blob"]), summary["environment"]["id"], counts,
              https=f"https://{ACCOUNT}.dfs.localhost:{port}", authority=authority)
    code = demo.stop()
    assert code in (0, 130), f"the demo ended with {code} on SIGTERM: {demo.errors()}"
