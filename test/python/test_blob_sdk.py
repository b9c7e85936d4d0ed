"""azure-storage-blob, Microsoft's Blob SDK for Python, on our lake."""

import base64
import os

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobPrefix, ContentSettings

MIB = 1 << 20


def test_the_account_says_that_it_has_a_hierarchical_namespace(account):
    information = account.blobs().get_account_information()
    assert information["is_hns_enabled"] is True
    assert information["account_kind"] == "StorageV2"


def test_blobs_are_uploaded_whole_and_in_blocks_and_read_back(container):
    for size in (0, 5, 9 * MIB + 1):
        data = os.urandom(size)
        blob = container.get_blob_client(f"up/{size}")
        blob.upload_blob(data, max_concurrency=3, metadata={"CamelCase": "1"}, overwrite=True,
                         content_settings=ContentSettings(content_type="text/csv", cache_control="no-store"))
        properties = blob.get_blob_properties()
        assert properties.size == size
        assert (properties.content_settings.content_type, properties.content_settings.cache_control) == ("text/csv", "no-store")
        assert properties.metadata == {"CamelCase": "1"}
        assert blob.download_blob(max_concurrency=3).readall() == data


def test_a_block_list_commits_its_blocks_in_its_order(container):
    blob = container.get_blob_client("blocks")
    ids = [base64.b64encode(b"%04d" % i).decode() for i in range(4)]
    for i, block in enumerate(ids):
        blob.stage_block(block, bytes([65 + i]) * 3)
    committed, uncommitted = blob.get_block_list("all")
    assert (len(committed), len(uncommitted)) == (0, 4)
    blob.commit_block_list([BlobBlock(ids[2]), BlobBlock(ids[0])])
    assert blob.download_blob().readall() == b"CCCAAA"
    committed, uncommitted = blob.get_block_list("all")
    assert [b.size for b in committed] == [3, 3] and uncommitted == []

    blob.stage_block(ids[3], b"new")
    blob.commit_block_list([BlobBlock(ids[0]), BlobBlock(ids[3])])
    assert blob.download_blob().readall() == b"AAAnew"
    with pytest.raises(HttpResponseError) as unknown:
        blob.commit_block_list([BlobBlock(ids[1])])
    assert unknown.value.error_code == "InvalidBlockList"
    assert blob.download_blob().readall() == b"AAAnew"


def test_listings_are_flat_or_by_hierarchy(container):
    names = ["a/1", "a/2", "a-b/1", "b", "c/d/e"]
    for name in names:
        container.upload_blob(name, b"x", metadata={"Odd": name[:1]})
    flat = [b for b in container.list_blobs(include=["metadata"]) if not (b.metadata or {}).get("hdi_isfolder")]
    assert [b.name for b in flat] == sorted(names)
    assert all(b.metadata == {"Odd": b.name[:1]} for b in flat)
    assert [b.name for b in container.list_blobs(name_starts_with="a/")] == ["a/1", "a/2"]
    paged = [b.name for page in container.list_blobs(results_per_page=2).by_page() for b in page]
    assert set(names) <= set(paged) and len(paged) == len(set(paged))

    top = list(container.walk_blobs(delimiter="/"))
    assert {b.name for b in top if isinstance(b, BlobPrefix)} == {"a/", "a-b/", "c/"}
    assert {b.name for b in top if not isinstance(b, BlobPrefix) and not (b.metadata or {}).get("hdi_isfolder")} >= {"b"}


def test_properties_metadata_and_conditions(container):
    blob = container.upload_blob("f", b"one")
    first = blob.get_blob_properties().etag
    with pytest.raises(ResourceExistsError) as there:
        blob.upload_blob(b"two")
    assert there.value.error_code == "BlobAlreadyExists"
    blob.set_blob_metadata({"oDd": "1"})
    blob.set_http_headers(ContentSettings(content_type="text/plain"))
    properties = blob.get_blob_properties()
    assert properties.metadata == {"oDd": "1"} and properties.content_settings.content_type == "text/plain"
    with pytest.raises(ResourceModifiedError) as stale:
        blob.upload_blob(b"three", overwrite=True, etag=first, match_condition=MatchConditions.IfNotModified)
    assert stale.value.error_code == "ConditionNotMet"
    assert blob.download_blob().readall() == b"one"


def test_deleted_blobs_and_missing_containers_are_not_found(account, container):
    blob = container.upload_blob("d/f", b"x")
    blob.delete_blob()
    with pytest.raises(ResourceNotFoundError) as gone:
        blob.download_blob()
    assert gone.value.error_code == "BlobNotFound"
    with pytest.raises(ResourceNotFoundError) as missing:
        account.blobs().get_container_client("no-such-container").upload_blob("f", b"x")
    assert missing.value.error_code == "ContainerNotFound"


def test_both_endpoints_show_the_same_files(filesystem, container):
    filesystem.get_file_client("by/dfs").upload_data(b"dfs", overwrite=True)
    container.upload_blob("by/blob", b"blob")
    assert container.get_blob_client("by/dfs").download_blob().readall() == b"dfs"
    assert filesystem.get_file_client("by/blob").download_file().readall() == b"blob"
    assert {p.name for p in filesystem.get_paths(path="by")} == {"by/blob", "by/dfs"}
