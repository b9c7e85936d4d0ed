"""Our schema of model.json refuses what Microsoft's CDM SDK and the format's other readers give up on."""

import copy
import json

import jsonschema
import pytest

import cdm_sdk
from conftest import ROOT
from test_tables import SCHEMA

GOLDEN = json.loads((ROOT / "insights/table/testdata/model.parquet.json").read_text())
FOLDER_URL = "https://acct.dfs.core.windows.net/customerinsights/ci_7f0c0e8a-52b1-4a55-9c7d-0d5c5b2f1a11"
KEY = "a2V5"

ENTITY = ("entities", 0)
PARTITION = (*ENTITY, "partitions", 0)
ATTRIBUTE = (*ENTITY, "attributes", 0)
LOCATION = GOLDEN["entities"][0]["partitions"][0]["location"]
ABSENT = object()

# What is changed, to what, and whether the CDM SDK refuses it too. What it takes, others refuse
# (Power BI: a partition without a name) or misread.
FAULTS = {
    "a location by http": (*PARTITION, "location", LOCATION.replace("https:", "http:"), True),
    "a relative location": (*PARTITION, "location", "Crm Contacts/part.parquet", True),
    "an abfss location": (*PARTITION, "location", "abfss://c@a.dfs.core.windows.net/p.parquet", True),
    "no location": (*PARTITION, "location", ABSENT, True),
    "an attribute without a type": (*ATTRIBUTE, "dataType", ABSENT, True),
    "an attribute of an unknown type": (*ATTRIBUTE, "dataType", "varchar", False),
    "a partition without a name": (*PARTITION, "name", ABSENT, False),
    "a dot in an entity's name": (*ENTITY, "name", "a.b", False),
    "an unknown kind of entity": (*ENTITY, "$type", "View", False),
    "no attributes": (*ENTITY, "attributes", [], False),
    "another version": ("version", "2.0", False),
    "a time in words": ("modifiedTime", "yesterday", True),
    "CSV settings on Parquet": (*PARTITION, "fileFormatSettings", {"$type": "CsvFormatSettings", "columnHeaders": False}, False),
}


def load(model, folder):
    (folder / "model.json").write_text(json.dumps(model))
    return cdm_sdk.load(folder, FOLDER_URL, KEY)


def problems(model):
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(model))


def test_the_schema_itself_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_what_we_write_passes_both(format, tmp_path):
    model = json.loads((ROOT / f"insights/table/testdata/model.{format}.json").read_text())
    assert problems(model) == []
    entities, log = load(model, tmp_path)
    assert log == []
    assert [e.name for e in entities] == [e["name"] for e in model["entities"]]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_model_is_refused(fault, tmp_path):
    *where, name, value, refused_by_sdk = FAULTS[fault]
    model = copy.deepcopy(GOLDEN)
    thing = model
    for step in where:
        thing = thing[step]
    if value is ABSENT:
        del thing[name]
    else:
        thing[name] = value
    assert problems(model) != []
    if refused_by_sdk:
        with pytest.raises(AssertionError, match="does not load"):
            load(model, tmp_path)
