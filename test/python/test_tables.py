"""Other people's readers on the tables of a finished run: they see what we say is there.

The run is that of the demo, in either data format (conftest.py, finished_run), or is named by OWNLAKE_ENDPOINT, OWNLAKE_ACCOUNT,
OWNLAKE_KEY, OWNLAKE_ENVIRONMENT and OWNLAKE_COUNTS, a JSON file of our own row counts per table.
"""

import json
import pathlib
import re
import socket
import urllib.parse

import deltalake
import duckdb
import jsonschema
import pyarrow.csv
import pyarrow.parquet
import pytest

import cdm_sdk

CONTAINER = "customerinsights"
SCHEMA = json.loads((pathlib.Path(__file__).parent / "model_json.schema.json").read_text())


class Downloaded:
    """The environment's folder as the Data Lake SDK reads it: every model.json and the partitions they name."""

    def __init__(self, run, folder):
        self.run = run
        self.folder = folder
        self.lake = run.account.datalake().get_file_system_client(CONTAINER)
        self.root = "ci_" + run.environment
        paths = [p.name for p in self.lake.get_paths(path=self.root) if not p.is_directory]
        self.processes = sorted(p.split("/")[1] for p in paths if p.endswith("/model.json"))
        self.delta = sorted({p.split("/_delta_log/")[0] for p in paths if "/_delta_log/" in p})
        self.models = {p: json.loads(self.fetch(f"{p}/model.json").read_bytes()) for p in self.processes}

    def fetch(self, path):
        """Download a file, named below the environment's folder, once."""
        local = self.folder / path
        if not local.exists():
            local.parent.mkdir(parents=True, exist_ok=True)
            local.write_bytes(self.lake.get_file_client(f"{self.root}/{path}").download_file().readall())
        return local

    def entities(self):
        return [(process, entity) for process, model in self.models.items() for entity in model["entities"]]

    def paths(self, entity):
        """The partitions' paths below the environment's folder."""
        return [urllib.parse.unquote(p["location"]).split(f"/{CONTAINER}/{self.root}/", 1)[1]
                for p in entity["partitions"]]

    def files(self, entity):
        return [self.fetch(p) for p in self.paths(entity)]

    def url(self):
        """The environment's folder in the words of the partitions' locations."""
        location = next(p["location"] for _, e in self.entities() for p in e["partitions"])
        return location.split(f"/{CONTAINER}/", 1)[0] + f"/{CONTAINER}/{self.root}"


@pytest.fixture(scope="module")
def downloaded(finished_run, tmp_path_factory):
    return Downloaded(finished_run, tmp_path_factory.mktemp("downloaded"))


def attribute_names(entity):
    return [a["name"] for a in entity["attributes"]]


def annotations(thing):
    return {a["name"]: a.get("value") for a in thing.get("annotations", [])}


def test_every_table_that_we_count_is_in_one_model(downloaded):
    named = [e["name"] for _, e in downloaded.entities()]
    assert sorted(named) == sorted(downloaded.run.counts)
    assert set(downloaded.processes) >= {"Ingestion"}


def test_every_model_is_valid_by_the_schema(downloaded):
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    for process, model in downloaded.models.items():
        problems = [f"{process}: {e.json_path}: {e.message}" for e in validator.iter_errors(model)]
        assert problems == []
        assert model["name"] == process
        assert annotations(model)["ci:environmentId"] == downloaded.run.environment
        for entity in model["entities"]:
            names = attribute_names(entity)
            assert len(names) == len({n.lower() for n in names}), f"{entity['name']} has a column twice"
            key = annotations(entity).get("c360:PrimaryKey")
            assert key is None or key in names
            assert len({p["name"] for p in entity["partitions"]}) == len(entity["partitions"])


def test_the_cdm_sdk_loads_every_model_with_all_its_entities(downloaded):
    for process, model in downloaded.models.items():
        entities, log = cdm_sdk.load(downloaded.folder / process, downloaded.url(), downloaded.run.account.key)
        assert log == [], f"{process}: the CDM SDK complains"
        assert [e.name for e in entities] == [e["name"] for e in model["entities"]]
        for ours, theirs in zip(model["entities"], entities):
            assert theirs.attributes == attribute_names(ours)
            assert theirs.partitions == downloaded.paths(ours)


def test_the_cdm_sdk_fetches_every_model_from_the_lake_by_https(downloaded, monkeypatch):
    if not downloaded.run.https:
        pytest.skip("needs an account with https, and the file of its authority if it has its own")
    if downloaded.run.authority:
        monkeypatch.setenv("SSL_CERT_FILE", str(downloaded.run.authority))
    resolve = socket.getaddrinfo
    # Names below localhost are this machine (RFC 6761), but not every resolver knows.
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **kwargs: resolve(
        "127.0.0.1" if str(host).endswith(".localhost") else host, *args, **kwargs))
    for process, model in downloaded.models.items():
        entities, log = cdm_sdk.load_from_lake(process, downloaded.url(), downloaded.run.https, downloaded.run.account.key)
        assert log == [], f"{process}: the CDM SDK complains"
        assert [e.name for e in entities] == [e["name"] for e in model["entities"]]


def test_our_own_counts_are_those_of_the_models(downloaded):
    for process, entity in downloaded.entities():
        rows = sum(int(annotations(p)["ci:rows"]) for p in entity["partitions"])
        assert rows == downloaded.run.counts[entity["name"]], f"{process}/{entity['name']}"


def test_partitions_have_the_size_that_the_model_says(downloaded):
    for _, entity in downloaded.entities():
        for partition, file in zip(entity["partitions"], downloaded.files(entity)):
            assert file.stat().st_size == int(annotations(partition)["ci:bytes"]), file


def test_duckdb_counts_the_rows_that_we_count(downloaded):
    for process, entity in downloaded.entities():
        assert duckdb_rows(entity, downloaded.files(entity)) == downloaded.run.counts[entity["name"]], f"{process}/{entity['name']}"


def duckdb_rows(entity, files):
    names, files = attribute_names(entity), [str(f) for f in files]
    if not files:
        return 0
    if files[0].endswith(".csv"):
        # All is stated, as the model states it: nothing is left to be guessed from the file.
        relation = duckdb.sql("FROM read_csv($files, columns=$columns, auto_detect=false, header=false, delim=',', "
                              "quote='\"', escape='\"', new_line='\\n', strict_mode=true)",
                              params={"files": files, "columns": {n: "VARCHAR" for n in names}})
    else:
        relation = duckdb.read_parquet(files)
    assert relation.columns == names
    # Every column of every row is decoded, not only counted in the footer.
    decoded = ", ".join(f"count(hash(#{i + 1}))" for i in range(len(names)))
    return relation.aggregate(f"count(*), {decoded}").fetchone()[0]


def test_pyarrow_counts_the_rows_that_we_count(downloaded):
    for process, entity in downloaded.entities():
        rows = 0
        for file in downloaded.files(entity):
            table = read_arrow(entity, file)
            assert table.column_names == attribute_names(entity)
            rows += table.num_rows
        assert rows == downloaded.run.counts[entity["name"]], f"{process}/{entity['name']}"


def read_arrow(entity, file):
    if file.suffix != ".csv":
        return pyarrow.parquet.read_table(file)
    if file.stat().st_size == 0:
        return pyarrow.table({n: [] for n in attribute_names(entity)})
    return pyarrow.csv.read_csv(file, read_options=pyarrow.csv.ReadOptions(column_names=attribute_names(entity)),
                                parse_options=pyarrow.csv.ParseOptions(newlines_in_values=False))


QUOTED_LINE = re.compile(rb'(?:"(?:[^"]|"")*"|)(?:,(?:"(?:[^"]|"")*"|))*')


def test_csv_files_are_utf8_with_every_value_in_quotes_and_a_line_per_row(downloaded):
    for _, entity in downloaded.entities():
        rows = 0
        for file in downloaded.files(entity):
            if file.suffix != ".csv":
                continue
            text = file.read_bytes()
            text.decode("utf-8")
            assert not text.startswith(b"\xef\xbb\xbf"), f"{file} begins with a byte order mark"
            assert b"\r" not in text and (not text or text.endswith(b"\n")), file
            lines = text.split(b"\n")[:-1]
            odd = [line for line in lines if not QUOTED_LINE.fullmatch(line)]
            assert odd == [], f"{file}: values without quotes"
            rows += len(lines)
            assert rows <= downloaded.run.counts[entity["name"]]
        if rows:
            assert rows == downloaded.run.counts[entity["name"]]


def test_delta_readers_see_the_files_and_rows_of_the_model(downloaded):
    options = downloaded.run.object_store_options()
    parquet = {f"{downloaded.root}/{p}" for _, e in downloaded.entities() for p in downloaded.paths(e) if p.endswith(".parquet")}
    tables = {p.rsplit("/", 1)[0] for p in parquet}
    assert tables <= set(downloaded.delta), "Parquet tables without a Delta log"
    for process, entity in downloaded.entities():
        paths = downloaded.paths(entity)
        if not paths or not paths[0].endswith(".parquet"):
            continue
        folder = f"{downloaded.root}/{paths[0].rsplit('/', 1)[0]}"
        quoted = urllib.parse.quote(folder)
        table = deltalake.DeltaTable(f"abfss://{CONTAINER}@{downloaded.run.account.name}.dfs.core.windows.net/{quoted}",
                                     storage_options=options)
        files = {urllib.parse.unquote(u).split(f"/{folder}/", 1)[1] for u in table.file_uris()}
        assert files == {p.rsplit("/", 1)[1] for p in paths}, f"{process}/{entity['name']}"
        assert [f.name for f in table.schema().fields] == attribute_names(entity)
        assert table.to_pyarrow_table().num_rows == downloaded.run.counts[entity["name"]]
