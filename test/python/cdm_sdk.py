"""Loads a model.json with Microsoft's CDM SDK, as its strictest reader does."""

import asyncio
import dataclasses
import urllib.parse

from cdm.enums import CdmStatusLevel
from cdm.objectmodel import CdmCorpusDefinition
from cdm.storage import ADLSAdapter, LocalAdapter, ResourceAdapter


@dataclasses.dataclass
class Entity:
    """What the SDK made of an entity."""

    name: str
    attributes: list
    partitions: list  # paths below the environment's folder


def load(folder, environment_url, key):
    """Return the entities of folder/model.json, and what the SDK logged as warnings and errors.

    The model lies on a local adapter; the environment's folder is mounted as a lake, so that the SDK recognises
    the locations of partitions. It does not fetch them.
    """
    corpus, log = _corpus(environment_url, key)
    corpus.storage.mount("local", LocalAdapter(str(folder)))
    return asyncio.run(_entities(corpus, "local:/model.json", log)), log


def load_from_lake(process, environment_url, account_url, key):
    """Return the same of a process's model.json, which the SDK itself fetches from account_url by https.

    The SDK takes the account's name from the host, so account_url is host-style.
    """
    corpus, log = _corpus(environment_url, key)
    container = environment_url.split("/customerinsights/", 1)[1]
    host = urllib.parse.urlsplit(account_url).netloc
    corpus.storage.mount("remote", ADLSAdapter(hostname=host, root=f"/customerinsights/{container}", shared_key=key))
    return asyncio.run(_entities(corpus, f"remote:/{process}/model.json", log)), log


def _corpus(environment_url, key):
    log = []
    corpus = CdmCorpusDefinition()
    corpus.set_event_callback(lambda level, message: log.append(f"{level.name}: {message}"), CdmStatusLevel.WARNING)
    url = urllib.parse.urlsplit(environment_url)
    corpus.storage.mount("lake", ADLSAdapter(hostname=url.netloc, root=url.path, shared_key=key))
    corpus.storage.mount("cdm", ResourceAdapter())
    corpus.storage.default_namespace = "lake"
    return corpus, log


async def _entities(corpus, model, log):
    manifest = await corpus.fetch_object_async(model)
    assert manifest is not None, "the CDM SDK does not load model.json: " + "; ".join(log)
    entities = []
    for declaration in manifest.entities:
        entity = await corpus.fetch_object_async(declaration.entity_path, manifest)
        assert entity is not None, f"the CDM SDK does not load entity {declaration.entity_name}: " + "; ".join(log)
        entities.append(Entity(
            name=declaration.entity_name,
            attributes=[a.name for a in entity.attributes],
            partitions=[_below_lake(p.location) for p in declaration.data_partitions],
        ))
    return entities


def _below_lake(location):
    assert location.startswith("lake:/"), f"the CDM SDK does not find {location} in the environment's folder"
    return location.removeprefix("lake:/")
