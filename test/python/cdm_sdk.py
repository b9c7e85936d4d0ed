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
    log = []
    corpus = CdmCorpusDefinition()
    corpus.set_event_callback(lambda level, message: log.append(f"{level.name}: {message}"), CdmStatusLevel.WARNING)
    url = urllib.parse.urlsplit(environment_url)
    corpus.storage.mount("local", LocalAdapter(str(folder)))
    corpus.storage.mount("lake", ADLSAdapter(hostname=url.netloc, root=url.path, shared_key=key))
    corpus.storage.mount("cdm", ResourceAdapter())
    corpus.storage.default_namespace = "local"
    return asyncio.run(_entities(corpus, log)), log


async def _entities(corpus, log):
    manifest = await corpus.fetch_object_async("local:/model.json")
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
