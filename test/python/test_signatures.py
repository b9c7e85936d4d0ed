"""Shared access signatures that Microsoft's SDKs for Python make, used by them and by the libraries that take one."""

import urllib.parse
import uuid
from datetime import UTC, datetime, timedelta

import adlfs
import obstore
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import BlobClient, BlobSasPermissions, ContainerClient, generate_blob_sas
from azure.storage.filedatalake import (
    AccessPolicy, AccountSasPermissions, DataLakeDirectoryClient, DataLakeFileClient, DataLakeLeaseClient, DataLakeServiceClient,
    DirectorySasPermissions, FileSasPermissions, FileSystemClient, FileSystemSasPermissions, ResourceTypes, Services, generate_account_sas, generate_directory_sas,
    generate_file_sas, generate_file_system_sas)
from obstore.store import AzureStore
from pyarrow import fs as arrow

DENIED = "AuthorizationPermissionMismatch"


def in_an_hour():
    return datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def filled(filesystem):
    for name in ("d/one", "d/two", "e/three"):
        filesystem.get_file_client(name).upload_data(name.encode(), overwrite=True)
    return filesystem


def account_sas(account, **permissions):
    return generate_account_sas(account.name, account.key, ResourceTypes(service=True, file_system=True, object=True),
                                AccountSasPermissions(**permissions), in_an_hour(), services=Services(blob=True))


def file_system_sas(account, filesystem, **permissions):
    return generate_file_system_sas(account.name, filesystem.file_system_name, account.key, FileSystemSasPermissions(**permissions),
                                    in_an_hour())


def refused(call):
    with pytest.raises((ClientAuthenticationError, HttpResponseError)) as error:
        call()
    assert error.value.status_code == 403
    return error.value.error_code


def test_an_account_sas_may_what_it_says_everywhere(account, filled):
    reader = DataLakeServiceClient(account.dfs, credential=account_sas(account, read=True, list=True), retry_total=0)
    assert filled.file_system_name in [fs.name for fs in reader.list_file_systems()]
    by_reader = reader.get_file_system_client(filled.file_system_name)
    assert len(list(by_reader.get_paths())) == 5
    assert by_reader.get_file_client("d/one").download_file().readall() == b"d/one"
    assert refused(lambda: by_reader.create_file("new")) == DENIED
    assert refused(lambda: by_reader.get_file_client("d/one").delete_file()) == DENIED


def test_the_sas_of_a_file_is_good_for_that_file(account, filled):
    sas = generate_file_sas(account.name, filled.file_system_name, "d", "one", account.key, FileSasPermissions(read=True, write=True),
                            in_an_hour())
    one = DataLakeFileClient(account.dfs, filled.file_system_name, "d/one", credential=sas, retry_total=0)
    one.upload_data(b"by sas", overwrite=True)
    assert one.download_file().readall() == b"by sas"
    assert refused(one.delete_file) == DENIED
    two = DataLakeFileClient(account.dfs, filled.file_system_name, "d/two", credential=sas, retry_total=0)
    assert refused(lambda: two.download_file().readall()) == "AuthenticationFailed"


def test_the_sas_of_a_directory_is_good_below_it(account, filled):
    sas = generate_directory_sas(account.name, filled.file_system_name, "d", account.key,
                                 DirectorySasPermissions(read=True, create=True, write=True, list=True, delete=True), in_an_hour())
    directory = DataLakeDirectoryClient(account.dfs, filled.file_system_name, "d", credential=sas, retry_total=0)
    directory.create_file("sub/four")
    assert directory.get_file_client("two").download_file().readall() == b"d/two"
    # DataLakeDirectoryClient.get_paths sends its requests without the SAS.
    whole = FileSystemClient(account.dfs, filled.file_system_name, credential=sas, retry_total=0)
    assert [p.name for p in whole.get_paths("d", recursive=False)] == ["d/one", "d/sub", "d/two"]
    assert refused(lambda: list(whole.get_paths("e"))) == "AuthenticationFailed"
    directory.get_file_client("one").delete_file()
    elsewhere = DataLakeFileClient(account.dfs, filled.file_system_name, "e/three", credential=sas, retry_total=0)
    assert refused(lambda: elsewhere.download_file().readall()) == "AuthenticationFailed"


def test_a_stored_access_policy_decides_and_is_revoked(account, filled):
    policy = AccessPolicy(permission=FileSystemSasPermissions(read=True, list=True), start=datetime.now(UTC) - timedelta(minutes=5),
                          expiry=in_an_hour())
    filled.set_file_system_access_policy({"readers": policy})
    sas = generate_file_system_sas(account.name, filled.file_system_name, account.key, policy_id="readers")
    by_policy = FileSystemClient(account.dfs, filled.file_system_name, credential=sas, retry_total=0)
    assert by_policy.get_file_client("d/one").download_file().readall() == b"d/one"
    assert refused(lambda: by_policy.create_file("new")) == DENIED
    filled.set_file_system_access_policy({})
    assert refused(lambda: by_policy.get_file_client("d/one").download_file().readall()) == "AuthenticationFailed"


def test_a_sas_is_refused_once_it_is_over_or_doctored(account, filled):
    over = generate_file_system_sas(account.name, filled.file_system_name, account.key, FileSystemSasPermissions(read=True, list=True),
                                    datetime.now(UTC) - timedelta(minutes=1))
    more = file_system_sas(account, filled, read=True).replace("sp=r", "sp=rwdl")
    for name, sas in {"over": over, "doctored": more}.items():
        client = FileSystemClient(account.dfs, filled.file_system_name, credential=sas, retry_total=0)
        assert refused(lambda: list(client.get_paths())) == "AuthenticationFailed", name


def test_the_sas_of_a_blob_is_good_for_that_blob(account, container):
    container.upload_blob("one", b"1")
    sas = generate_blob_sas(account.name, container.container_name, "one", account_key=account.key,
                            permission=BlobSasPermissions(read=True), expiry=in_an_hour(), content_type="text/x-sas")
    one = BlobClient(account.blob, container.container_name, "one", credential=sas, retry_total=0)
    assert one.download_blob().readall() == b"1"
    assert one.get_blob_properties().content_settings.content_type == "text/x-sas"
    assert refused(lambda: one.upload_blob(b"2", overwrite=True)) == DENIED
    whole = ContainerClient(account.blob, container.container_name, credential=sas, retry_total=0)
    assert refused(lambda: list(whole.list_blobs())) == "AuthenticationFailed"


def test_adlfs_reads_and_writes_by_a_sas(account, filled):
    def lake(sas):
        connection = f"BlobEndpoint={account.blob};DfsEndpoint={account.dfs};AccountName={account.name};SharedAccessSignature={sas}"
        return adlfs.AzureBlobFileSystem(connection_string=connection, skip_instance_cache=True)

    root = filled.file_system_name
    reader = lake(account_sas(account, read=True, list=True))
    assert reader.cat_file(f"{root}/d/one") == b"d/one"
    assert sorted(reader.find(root)) == [f"{root}/{name}" for name in ("d/one", "d/two", "e/three")]
    with pytest.raises((PermissionError, HttpResponseError, RuntimeError)):
        reader.pipe_file(f"{root}/new", b"x")
    writer = lake(account_sas(account, read=True, list=True, write=True, create=True, delete=True))
    writer.pipe_file(f"{root}/new", b"x")
    writer.rm_file(f"{root}/new")
    assert not writer.exists(f"{root}/new")


def test_pyarrow_reads_and_writes_by_a_sas(account, filled):
    def lake(sas):
        def authority(url):
            return urllib.parse.urlsplit(url).netloc

        return arrow.AzureFileSystem(account.name, sas_token=sas, blob_storage_authority=authority(account.blob),
                                     blob_storage_scheme="http", dfs_storage_authority=authority(account.dfs), dfs_storage_scheme="http")

    root = filled.file_system_name
    reader = lake("?" + account_sas(account, read=True, list=True))
    with reader.open_input_stream(f"{root}/d/one") as got:
        assert got.read() == b"d/one"
    with pytest.raises(OSError, match=DENIED):
        reader.create_dir(f"{root}/new")
    writer = lake("?" + account_sas(account, read=True, list=True, write=True, create=True, delete=True))
    with writer.open_output_stream(f"{root}/new") as out:
        out.write(b"x" * 100)
    writer.move(f"{root}/new", f"{root}/moved")
    assert writer.get_file_info(f"{root}/moved").size == 100
    # Its moves lease what they move, and leave the lease to break within three seconds.
    DataLakeLeaseClient(filled.get_file_client("moved")).break_lease(lease_break_period=0)
    writer.delete_file(f"{root}/moved")
    assert writer.get_file_info(f"{root}/moved").type == arrow.FileType.NotFound


def test_obstore_reads_and_writes_by_a_sas(account, filled):
    def store(sas):
        return AzureStore(filled.file_system_name, account_name=account.name, sas_key=sas, endpoint=account.blob,
                          client_options={"allow_http": True}, retry_config={"max_retries": 0})

    reader = store(file_system_sas(account, filled, read=True, list=True))
    assert bytes(obstore.get(reader, "d/one").bytes()) == b"d/one"
    name = uuid.uuid4().hex
    with pytest.raises(Exception, match=DENIED):
        obstore.put(reader, name, b"x")
    writer = store(file_system_sas(account, filled, read=True, list=True, write=True, create=True, delete=True, add=True))
    obstore.put(writer, name, b"x")
    obstore.delete(writer, name)
    assert name not in [o["path"] for chunk in obstore.list(writer) for o in chunk]
