"""azure-storage-file-datalake, Microsoft's Data Lake SDK for Python, on our lake."""

import hashlib
import os
import uuid

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import RetentionPolicy
from azure.storage.filedatalake import ContentSettings

MIB = 1 << 20


def test_file_systems_are_made_listed_described_and_deleted(account):
    service = account.datalake()
    name = "made-" + uuid.uuid4().hex
    made = service.create_file_system(name, metadata={"Purpose": "check", "lower": "2"})
    with pytest.raises(ResourceExistsError) as again:
        service.create_file_system(name)
    assert again.value.error_code in ("ContainerAlreadyExists", "FilesystemAlreadyExists")

    assert dict(made.get_file_system_properties().metadata) == {"Purpose": "check", "lower": "2"}
    listed = {fs.name: fs for fs in service.list_file_systems(name_starts_with="made-", include_metadata=True)}
    assert listed[name].metadata == {"Purpose": "check", "lower": "2"}

    made.set_file_system_metadata({"Other": "3"})
    assert dict(made.get_file_system_properties().metadata) == {"Other": "3"}
    made.delete_file_system()
    assert not made.exists()
    with pytest.raises(ResourceNotFoundError) as gone:
        made.get_file_system_properties()
    assert gone.value.error_code in ("ContainerNotFound", "FilesystemNotFound")


def test_a_large_file_is_uploaded_in_parallel_and_read_back(filesystem, large):
    file = filesystem.get_file_client("in/large.bin")
    file.upload_data(large, overwrite=True, max_concurrency=4, chunk_size=8 * MIB,
                     content_settings=ContentSettings(content_type="application/x-check"))
    properties = file.get_file_properties()
    assert properties.size == len(large)
    assert properties.content_settings.content_type == "application/x-check"

    whole = file.download_file(max_concurrency=4).readall()
    assert hashlib.sha256(whole).digest() == hashlib.sha256(large).digest()
    for offset, length in [(0, 1), (5, 10), (MIB - 1, 2), (len(large) - 3, 3), (len(large) - 3, 100)]:
        assert file.download_file(offset=offset, length=length).readall() == large[offset:offset + length]


def test_appended_bytes_are_there_once_they_are_flushed(filesystem):
    file = filesystem.create_file("log.txt")
    file.append_data(b"world", 6, 5)
    file.append_data(b"hello ", 0, 6)
    assert file.get_file_properties().size == 0
    with pytest.raises(HttpResponseError) as gap:
        file.flush_data(20)
    assert gap.value.error_code == "InvalidFlushPosition"
    file.flush_data(11)
    assert file.download_file().readall() == b"hello world"
    file.append_data(b"!", 11, 1, flush=True)
    assert file.download_file().readall() == b"hello world!"


def test_a_file_that_is_empty_is_read_as_empty(filesystem):
    file = filesystem.create_file("empty")
    assert file.download_file().readall() == b""
    assert file.get_file_properties().size == 0


def test_listings_page_through_every_path_once(filesystem):
    made = {f"d{i}/f{j}" for i in range(5) for j in range(7)}
    for path in made:
        filesystem.create_file(path)
    pages = list(filesystem.get_paths(max_results=4).by_page())
    sizes = [len(list(page)) for page in pages]
    assert max(sizes) <= 4
    every = [p for p in filesystem.get_paths(max_results=4)]
    files = [p.name for p in every if not p.is_directory]
    assert len(files) == len(made) and set(files) == made
    assert {p.name for p in every if p.is_directory} == {f"d{i}" for i in range(5)}
    assert [p.name for p in filesystem.get_paths(path="d3", recursive=False)] == [f"d3/f{j}" for j in range(7)]
    assert {p.name for p in filesystem.get_paths(recursive=False)} == {f"d{i}" for i in range(5)}
    with pytest.raises(ResourceNotFoundError) as missing:
        list(filesystem.get_paths(path="nowhere"))
    assert missing.value.error_code == "PathNotFound"


def test_a_file_and_a_directory_are_renamed_with_all_below(filesystem):
    filesystem.get_file_client("old/deep/a.txt").upload_data(b"a", overwrite=True)
    filesystem.get_file_client("old/deep/b.txt").upload_data(b"b", overwrite=True)
    name = filesystem.file_system_name
    moved = filesystem.get_file_client("old/deep/a.txt").rename_file(f"{name}/old/deep/ä %.txt")
    assert moved.download_file().readall() == b"a"
    filesystem.get_directory_client("old").rename_directory(f"{name}/new dir")
    assert not filesystem.get_directory_client("old").exists()
    assert {p.name for p in filesystem.get_paths(path="new dir") if not p.is_directory} == {
        "new dir/deep/ä %.txt", "new dir/deep/b.txt"}
    assert filesystem.get_file_client("new dir/deep/ä %.txt").download_file().readall() == b"a"


@pytest.mark.parametrize("path", ["plain", "with space", "100%", "a+b&c=d;e,f", "Ünïcødé ✓ 😀", "q?u#e", "~(1)*'!$@"])
def test_names_of_every_kind_come_back_as_they_were_given(filesystem, path):
    filesystem.get_directory_client(path).create_directory()
    file = filesystem.get_directory_client(path).get_file_client(path)
    file.upload_data(b"x", overwrite=True)
    assert [p.name for p in filesystem.get_paths(path=path)] == [f"{path}/{path}"]
    assert file.download_file().readall() == b"x"


def test_access_control_is_set_read_inherited_and_changed_below(filesystem):
    user = str(uuid.uuid4())
    directory = filesystem.create_directory("shared", permissions="rwxr-x---", umask="0027")
    directory.set_access_control(acl=f"user::rwx,user:{user}:r-x,group::r-x,mask::r-x,other::---,"
                                     f"default:user::rwx,default:user:{user}:r-x,default:group::r-x,"
                                     f"default:mask::r-x,default:other::---")
    control = directory.get_access_control()
    assert f"user:{user}:r-x" in control["acl"].split(",")
    assert control["permissions"].startswith("rwxr-x---")
    assert control["owner"] == control["group"] == "$superuser"

    child = directory.create_file("child.txt").get_access_control()
    assert f"user:{user}:r-x" in child["acl"].split(",")
    assert not any(e.startswith("default:") for e in child["acl"].split(","))

    other = str(uuid.uuid4())
    result = directory.update_access_control_recursive(acl=f"user:{other}:rwx")
    assert result.counters.failure_count == 0
    assert (result.counters.directories_successful, result.counters.files_successful) == (1, 1)
    assert f"user:{other}:rwx" in directory.get_file_client("child.txt").get_access_control()["acl"].split(",")
    directory.remove_access_control_recursive(acl=f"user:{other}")
    assert other not in directory.get_file_client("child.txt").get_access_control()["acl"]

    file = filesystem.create_file("mine.txt")
    file.set_access_control(owner=user, group=other, permissions="0640")
    control = file.get_access_control()
    assert (control["owner"], control["group"], control["permissions"]) == (user, other, "rw-r-----")


def test_metadata_keeps_the_case_of_its_names(filesystem):
    metadata = {"hello": "world", "CamelCase": "2", "UPPER": "3"}
    file = filesystem.create_file("f", metadata=metadata)
    assert dict(file.get_file_properties().metadata) == metadata
    directory = filesystem.create_directory("d", metadata=metadata)
    kept = {k: v for k, v in directory.get_directory_properties().metadata.items() if k != "hdi_isfolder"}
    assert kept == metadata
    file.set_metadata({"oDd": "4"})
    assert dict(file.get_file_properties().metadata) == {"oDd": "4"}


def test_conditions_decide_who_may_write(filesystem):
    file = filesystem.get_file_client("f")
    file.upload_data(b"one", overwrite=True)
    first = file.get_file_properties().etag
    file.upload_data(b"two", overwrite=True)
    with pytest.raises(ResourceModifiedError) as stale:
        file.set_metadata({"a": "1"}, etag=first, match_condition=MatchConditions.IfNotModified)
    assert stale.value.error_code == "ConditionNotMet"
    with pytest.raises(HttpResponseError) as unchanged:
        file.get_file_properties(etag=file.get_file_properties().etag, match_condition=MatchConditions.IfModified)
    assert unchanged.value.status_code == 304
    with pytest.raises(ResourceExistsError) as there:
        file.create_file(match_condition=MatchConditions.IfMissing)
    assert there.value.error_code == "PathAlreadyExists"
    with pytest.raises(ResourceModifiedError):
        file.delete_file(etag=first, match_condition=MatchConditions.IfNotModified)
    assert file.download_file().readall() == b"two"


def test_deleted_paths_are_gone_with_all_below(filesystem):
    filesystem.create_file("d/e/f")
    filesystem.create_file("keep")
    filesystem.get_file_client("keep").delete_file()
    with pytest.raises(ResourceNotFoundError) as gone:
        filesystem.get_file_client("keep").get_file_properties()
    assert gone.value.status_code == 404
    with pytest.raises(ResourceNotFoundError) as read:
        filesystem.get_file_client("keep").download_file()
    assert read.value.error_code in ("PathNotFound", "BlobNotFound")
    filesystem.get_directory_client("d").delete_directory()
    assert list(filesystem.get_paths()) == []


def test_a_wrong_key_is_refused(account):
    wrong = type(account)(dfs=account.dfs, blob=account.blob, name=account.name, key="d3Jvbmcga2V5")
    with pytest.raises(HttpResponseError) as refused:
        list(wrong.datalake().list_file_systems())
    assert (refused.value.status_code, refused.value.error_code) == (403, "AuthenticationFailed")
    with pytest.raises(HttpResponseError) as refused:
        list(wrong.datalake().get_file_system_client("any").get_paths())
    assert (refused.value.status_code, refused.value.error_code) == (403, "AuthenticationFailed")


def test_what_was_deleted_is_listed_and_comes_back(account, filesystem):
    service = account.blobs()
    service.set_service_properties(delete_retention_policy=RetentionPolicy(enabled=True, days=7))
    try:
        assert service.get_service_properties()["delete_retention_policy"].days == 7
        filesystem.get_file_client("kept/sub/ä file").upload_data(b"content", overwrite=True)
        filesystem.get_directory_client("kept").delete_directory()
        filesystem.get_file_client("other").upload_data(b"x", overwrite=True)
        filesystem.get_file_client("other").delete_file()
        deleted = {p.name: p for p in filesystem.list_deleted_paths(results_per_page=1)}
        assert sorted(deleted) == ["kept", "other"]
        assert deleted["other"].deleted_time and deleted["other"].remaining_retention_days == 6
        filesystem._undelete_path("kept", deleted["kept"].deletion_id)
        assert filesystem.get_file_client("kept/sub/ä file").download_file().readall() == b"content"
        with pytest.raises(ResourceNotFoundError):
            filesystem._undelete_path("kept", deleted["kept"].deletion_id)
    finally:
        service.set_service_properties(delete_retention_policy=RetentionPolicy(enabled=False))
