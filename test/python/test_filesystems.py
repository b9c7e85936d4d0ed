"""File system libraries on our lake: adlfs, pyarrow's AzureFileSystem and obstore."""

import hashlib
import os
import urllib.parse

import adlfs
import obstore
import pytest
from obstore.store import AzureStore
from pyarrow import fs as arrow

MIB = 1 << 20


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def arrow_filesystem(account):
    def authority(url):
        return urllib.parse.urlsplit(url).netloc

    return arrow.AzureFileSystem(account.name, account_key=account.key,
                                 blob_storage_authority=authority(account.blob), blob_storage_scheme="http",
                                 dfs_storage_authority=authority(account.dfs), dfs_storage_scheme="http")


def test_pyarrow_uploads_lists_copies_and_deletes(arrow_filesystem, filesystem, large):
    root = filesystem.file_system_name
    with arrow_filesystem.open_output_stream(f"{root}/in/large.bin") as out:
        out.write(large)
    with arrow_filesystem.open_input_stream(f"{root}/in/large.bin") as got:
        assert sha256(got.read()) == sha256(large)
    arrow_filesystem.create_dir(f"{root}/empty/deep", recursive=True)
    with arrow_filesystem.open_output_stream(f"{root}/in/a b.txt", metadata={"Content-Type": "text/plain"}) as out:
        out.write(b"hello")

    arrow_filesystem.copy_file(f"{root}/in/a b.txt", f"{root}/in/copy.txt")
    infos = arrow_filesystem.get_file_info(arrow.FileSelector(root, recursive=True))
    assert {i.path.removeprefix(root + "/"): i.type.name for i in infos} == {
        "empty": "Directory", "empty/deep": "Directory", "in": "Directory", "in/copy.txt": "File",
        "in/large.bin": "File", "in/a b.txt": "File"}
    with arrow_filesystem.open_input_file(f"{root}/in/copy.txt") as got:
        assert got.read_at(3, 2) == b"llo"
    arrow_filesystem.delete_file(f"{root}/in/copy.txt")
    arrow_filesystem.delete_dir_contents(f"{root}/in")
    arrow_filesystem.delete_dir(f"{root}/in")
    arrow_filesystem.delete_dir(f"{root}/empty")
    assert list(filesystem.get_paths()) == []


def test_pyarrow_moves_a_file_and_a_directory(arrow_filesystem, filesystem):
    root = filesystem.file_system_name
    with arrow_filesystem.open_output_stream(f"{root}/in/a b.txt") as out:
        out.write(b"hello")
    arrow_filesystem.move(f"{root}/in/a b.txt", f"{root}/in/moved.txt")
    arrow_filesystem.move(f"{root}/in", f"{root}/out")
    assert {p.name for p in filesystem.get_paths()} == {"out", "out/moved.txt"}


def test_adlfs_uploads_lists_copies_moves_and_deletes(account, filesystem, large, tmp_path):
    connection = (f"DefaultEndpointsProtocol=http;AccountName={account.name};AccountKey={account.key};"
                  f"BlobEndpoint={account.blob};DfsEndpoint={account.dfs}")
    lake = adlfs.AzureBlobFileSystem(connection_string=connection, skip_instance_cache=True)
    root = filesystem.file_system_name
    (tmp_path / "large.bin").write_bytes(large)
    lake.put_file(str(tmp_path / "large.bin"), f"{root}/in/large.bin")
    lake.get_file(f"{root}/in/large.bin", str(tmp_path / "back.bin"))
    assert sha256((tmp_path / "back.bin").read_bytes()) == sha256(large)

    lake.pipe({f"{root}/in/many/{i:02}": b"x" for i in range(25)})
    assert len(lake.find(f"{root}/in/many")) == 25
    assert lake.du(f"{root}/in") == len(large) + 25
    lake.copy(f"{root}/in/many/03", f"{root}/in/copied")
    lake.mv(f"{root}/in/copied", f"{root}/in/moved")
    assert lake.cat_file(f"{root}/in/moved") == b"x"
    assert not lake.exists(f"{root}/in/copied")
    assert [os.path.basename(p) for p in lake.glob(f"{root}/in/many/1*")] == [f"{i}" for i in range(10, 20)]
    lake.rm(f"{root}/in", recursive=True)
    assert not lake.exists(f"{root}/in/large.bin")


def test_obstore_uploads_lists_copies_renames_and_deletes(account, filesystem, large):
    store = AzureStore(filesystem.file_system_name, account_name=account.name, account_key=account.key,
                       endpoint=account.blob, client_options={"allow_http": True})
    obstore.put(store, "in/large.bin", large, chunk_size=8 * MIB, max_concurrency=4)
    assert sha256(bytes(obstore.get(store, "in/large.bin").bytes())) == sha256(large)
    for i in range(25):
        obstore.put(store, f"in/many/{i:02}", b"x")
    listed = [o["path"] for chunk in obstore.list(store, "in/many") for o in chunk]
    assert sorted(listed) == [f"in/many/{i:02}" for i in range(25)]
    obstore.copy(store, "in/many/00", "in/copied")
    obstore.rename(store, "in/copied", "in/renamed")
    assert bytes(obstore.get(store, "in/renamed").bytes()) == b"x"
    with pytest.raises(FileNotFoundError):
        obstore.head(store, "in/copied")
    obstore.delete(store, listed)
    assert [o["path"] for chunk in obstore.list(store, "in/many") for o in chunk if o["path"] != "in/many"] == []
