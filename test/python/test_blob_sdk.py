"""azure-storage-blob, Microsoft's Blob SDK for Python, on our lake."""

import base64
import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobPrefix, BlobSasPermissions, ContentSettings, generate_blob_sas

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


def test_a_large_blob_is_uploaded_in_parallel_and_read_back(container, large):
    blob = container.get_blob_client("in/large.bin")
    blob.upload_blob(large, max_concurrency=4, overwrite=True)
    assert len(blob.get_block_list("committed")[0]) > 1
    whole = blob.download_blob(max_concurrency=4).readall()
    assert hashlib.sha256(whole).digest() == hashlib.sha256(large).digest()
    for offset, length in [(0, 1), (4 * MIB - 1, 2), (len(large) - 3, 3)]:
        assert blob.download_blob(offset=offset, length=length).readall() == large[offset:offset + length]


def test_a_copy_has_the_content_and_properties_of_its_source(container):
    source = container.upload_blob("source", b"content", metadata={"Odd": "1"},
                                   content_settings=ContentSettings(content_type="text/x-check"))
    whole = container.get_blob_client("copies/whole")
    started = whole.start_copy_from_url(source.url)
    assert started["copy_status"] == "success"
    properties = whole.get_blob_properties()
    assert properties.metadata == {"Odd": "1"} and properties.content_settings.content_type == "text/x-check"
    assert properties.copy.status == "success" and properties.copy.id == started["copy_id"]
    assert whole.download_blob().readall() == b"content"
    with pytest.raises(HttpResponseError) as stale:
        whole.start_copy_from_url(source.url, source_etag='"0x8D0"', source_match_condition=MatchConditions.IfNotModified)
    assert stale.value.error_code == "SourceConditionNotMet"

    token = generate_blob_sas(container.account_name, container.container_name, "source", account_key=container.credential.account_key,
                              permission=BlobSasPermissions(read=True), expiry=datetime.now(UTC) + timedelta(hours=1))
    part = container.get_blob_client("copies/part")
    part.stage_block_from_url(base64.b64encode(b"0000").decode(), f"{source.url}?{token}", source_offset=3, source_length=4)
    part.commit_block_list([BlobBlock(base64.b64encode(b"0000").decode())])
    assert part.download_blob().readall() == b"tent"
    at_once = container.get_blob_client("copies/at once")
    at_once.upload_blob_from_url(f"{source.url}?{token}", overwrite=True)
    assert at_once.download_blob().readall() == b"content"


def test_append_blobs_snapshots_and_tags(account, container):
    log = container.get_blob_client("log")
    log.create_append_blob()
    log.append_block(b"one\n")
    log.append_block(b"two\n", appendpos_condition=4)
    with pytest.raises(HttpResponseError) as elsewhere:
        log.append_block(b"x", appendpos_condition=4)
    assert elsewhere.value.error_code == "AppendPositionConditionNotMet"
    snapshot = log.create_snapshot()
    log.append_block(b"three\n")
    assert container.get_blob_client("log", snapshot=snapshot["snapshot"]).download_blob().readall() == b"one\ntwo\n"
    with pytest.raises(ResourceExistsError) as held:
        log.delete_blob()
    assert held.value.error_code == "SnapshotsPresent"
    log.delete_blob(delete_snapshots="include")

    tagged = container.upload_blob("tagged", b"x", tags={"colour": "blue", "run": container.container_name})
    assert tagged.get_blob_tags() == {"colour": "blue", "run": container.container_name}
    found = account.blobs().find_blobs_by_tags(f"\"run\" = '{container.container_name}' AND \"colour\" = 'blue'")
    assert [(b.container_name, b.name) for b in found] == [(container.container_name, "tagged")]


def test_a_batch_deletes_many_blobs(container):
    names = [f"many/{i:02}" for i in range(40)]
    for name in names:
        container.upload_blob(name, b"x")
    assert {r.status_code for r in container.delete_blobs(*names)} == {202}
    assert [b.name for b in container.list_blobs(name_starts_with="many/")] == []


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
