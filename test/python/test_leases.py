"""Leases by Microsoft's SDKs for Python: who holds one may write, nobody else."""

import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError
from azure.storage.blob import BlobLeaseClient
from azure.storage.filedatalake import DataLakeLeaseClient


def test_a_file_that_is_leased_is_written_renamed_and_deleted_by_its_holder_only(filesystem):
    file = filesystem.get_file_client("leased")
    file.upload_data(b"one", overwrite=True)
    lease = file.acquire_lease(lease_duration=60)
    properties = file.get_file_properties()
    assert (properties.lease.state, properties.lease.status, properties.lease.duration) == ("leased", "locked", "fixed")

    for what, refused in [("append", lambda: file.append_data(b"two", 3, 3)),
                          ("flush", lambda: file.flush_data(3)),
                          ("metadata", lambda: file.set_metadata({"a": "1"})),
                          ("rename", lambda: file.rename_file(f"{filesystem.file_system_name}/stolen")),
                          ("delete", file.delete_file)]:
        with pytest.raises(HttpResponseError) as missing:
            refused()
        assert missing.value.error_code in ("LeaseIdMissing", "SourceLeaseIdMissing"), what
    with pytest.raises(HttpResponseError) as wrong:
        file.append_data(b"two", 3, 3, lease=str(uuid.uuid4()))
    assert wrong.value.error_code == "LeaseIdMismatchWithBlobOperation"
    with pytest.raises(ResourceExistsError) as taken:
        file.acquire_lease(lease_duration=60)
    assert taken.value.error_code == "LeaseAlreadyPresent"

    file.append_data(b"two", 3, 3, lease=lease)
    file.flush_data(6, lease=lease)
    assert file.download_file().readall() == b"onetwo"
    lease.renew()
    lease.change(str(uuid.uuid4()))
    file.set_metadata({"a": "1"}, lease=lease)
    lease.release()
    assert file.get_file_properties().lease.state == "available"
    file.delete_file()


def test_an_append_takes_and_gives_back_a_lease_on_its_way(filesystem):
    file = filesystem.create_file("log")
    token = str(uuid.uuid4())
    file.append_data(b"one", 0, 3, lease_action="acquire", lease_duration=-1, lease=token)
    assert file.get_file_properties().lease.status == "locked"
    file.append_data(b"two", 3, 3, flush=True, lease_action="release", lease=token)
    assert file.get_file_properties().lease.status == "unlocked"
    assert file.download_file().readall() == b"onetwo"


def test_the_lease_of_a_file_system_guards_it_from_deletion(account, filesystem):
    lease = filesystem.acquire_lease()
    with pytest.raises(HttpResponseError) as missing:
        account.datalake().delete_file_system(filesystem.file_system_name)
    assert missing.value.error_code == "LeaseIdMissing"
    filesystem.create_file("inside")  # a container's lease says nothing about what is in it
    assert lease.break_lease() == 0
    assert filesystem.get_file_system_properties().lease.state == "broken"


def test_a_blob_that_is_leased_is_written_and_deleted_by_its_holder_only(container):
    blob = container.upload_blob("leased", b"one")
    lease = blob.acquire_lease(lease_duration=-1)
    for what, refused in [("upload", lambda: blob.upload_blob(b"two", overwrite=True)),
                          ("metadata", lambda: blob.set_blob_metadata({"a": "1"})),
                          ("delete", blob.delete_blob)]:
        with pytest.raises(HttpResponseError) as missing:
            refused()
        assert missing.value.error_code == "LeaseIdMissing", what
    assert blob.download_blob().readall() == b"one"
    blob.upload_blob(b"two", overwrite=True, lease=lease)
    assert blob.get_blob_properties().lease.state == "leased"
    assert lease.break_lease(lease_break_period=0) == 0
    blob.delete_blob()


def test_both_endpoints_see_one_lease(filesystem, container):
    file = filesystem.create_file("both")
    by_dfs = DataLakeLeaseClient(file)
    by_dfs.acquire(lease_duration=60)
    blob = container.get_blob_client("both")
    with pytest.raises(ResourceExistsError):
        blob.acquire_lease(lease_duration=60)
    by_blob = BlobLeaseClient(blob, lease_id=by_dfs.id)
    by_blob.renew()
    by_blob.release()
    with pytest.raises((ResourceExistsError, ResourceModifiedError, HttpResponseError)) as lost:
        by_dfs.renew()
    assert lost.value.status_code == 409
