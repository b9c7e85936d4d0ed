"""Bearer tokens: Microsoft's SDKs for Python with a credential, over HTTPS, against an issuer of the check's own."""

import http.server
import json
import subprocess
import threading
import time
import urllib.parse
import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import BlobServiceClient
from azure.storage.filedatalake import DataLakeServiceClient, FileSystemClient, FileSystemSasPermissions, generate_file_system_sas
from conftest import ACCOUNT, BINARY, Server, account_of
from cryptography.hazmat.primitives.asymmetric import rsa

ALICE, BOB, MALLORY = (str(uuid.uuid4()) for _ in range(3))
ANALYSTS = str(uuid.uuid4())
DENIED = "AuthorizationPermissionMismatch"


class Issuer:
    """An OpenID issuer with one key, on a port that the system chooses."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.tenant = str(uuid.uuid4())
        published = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key())) | {"kid": "one", "use": "sig"}
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                at = urllib.parse.urlsplit(self.path).path
                document = {"keys": [published]} if at == "/keys" else {"issuer": issuer.url, "jwks_uri": issuer.url + "keys"}
                body = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def token(self, principal, scope, groups):
        now = int(time.time())
        claims = {"iss": self.url, "aud": scope.removesuffix("/.default"), "iat": now, "nbf": now, "exp": now + 3600,
                  "tid": self.tenant, "oid": principal, "groups": groups}
        return AccessToken(jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"}), now + 3600)


class Credential:
    """A principal who signs in at the issuer, and the scopes that the SDK asked for."""

    def __init__(self, issuer, principal, *groups):
        self.issuer, self.principal, self.groups = issuer, principal, list(groups)
        self.scopes = []

    def get_token(self, *scopes, **_):
        self.scopes += scopes
        return self.issuer.token(self.principal, scopes[0], self.groups)


@pytest.fixture(scope="module")
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="module")
def lake(issuer, tmp_path_factory):
    """A lake whose access file gives Alice the role of a contributor, and the analysts that of a reader."""
    folder = tmp_path_factory.mktemp("tokens")
    access = folder / "who.yaml"
    access.write_text(f"""
issuers: [{{url: "{issuer.url}", tenant: {issuer.tenant}}}]
roles:
  - {{role: Storage Blob Data Contributor, principal: {ALICE}}}
  - {{role: Storage Blob Data Reader, principal: {ANALYSTS}}}
""")
    anywhere = "127.0.0.1:0"
    server = Server("lake", "--data", str(folder / "data"), "--listen", anywhere, "--dfs-listen", anywhere,
                    "--tls-listen", anywhere, "--access", str(access), log=folder / "log.txt").start()
    server.https = server.urls()[2]
    server.ca = folder / "ca.pem"
    server.ca.write_text(subprocess.run([BINARY, "ca", "--data", str(folder / "data")], check=True, capture_output=True, text=True).stdout)
    yield server
    log = server.errors()
    assert "eyJ" not in log, "a token is in the log"
    assert server.stop() == 0


def come_as(lake, credential, client=DataLakeServiceClient, **options):
    return client(lake.https, credential=credential, connection_verify=str(lake.ca), retry_total=0, **options)


@pytest.fixture
def filesystem(lake, issuer):
    """A file system that Alice made, with a file of hers."""
    client = come_as(lake, Credential(issuer, ALICE)).create_file_system("tokens-" + uuid.uuid4().hex)
    client.get_file_client("d/one").upload_data(b"one", overwrite=True)
    yield client
    client.delete_file_system()


def refused(call, status=403):
    with pytest.raises((ClientAuthenticationError, HttpResponseError)) as error:
        call()
    assert error.value.status_code == status
    return error.value.error_code


def test_a_contributor_does_the_whole_tour(filesystem):
    file = filesystem.get_file_client("d/one")
    assert file.download_file().readall() == b"one"
    assert file.get_access_control()["owner"] == ALICE
    file.set_access_control(permissions="rw-r-----")
    moved = file.rename_file(f"{filesystem.file_system_name}/d/two")
    assert [p.name for p in filesystem.get_paths()] == ["d", "d/two"]
    moved.set_metadata({"by": "alice"})
    moved.delete_file()


def test_a_reader_by_a_group_reads_and_writes_nothing(lake, issuer, filesystem):
    by_bob = come_as(lake, Credential(issuer, BOB, ANALYSTS)).get_file_system_client(filesystem.file_system_name)
    assert by_bob.get_file_client("d/one").download_file().readall() == b"one"
    assert [p.name for p in by_bob.get_paths()] == ["d", "d/one"]
    assert refused(lambda: by_bob.get_file_client("d/two").upload_data(b"two", overwrite=True)) == DENIED
    assert refused(lambda: by_bob.get_file_client("d/one").delete_file()) == DENIED
    assert refused(by_bob.delete_file_system) == DENIED


def test_without_a_role_the_lists_decide(lake, issuer, filesystem):
    by_mallory = come_as(lake, Credential(issuer, MALLORY)).get_file_system_client(filesystem.file_system_name)
    assert refused(lambda: by_mallory.get_file_client("d/one").download_file().readall()) == DENIED
    for path, bits in (("/", "--x"), ("d", "--x"), ("d/one", "r--")):
        filesystem.get_directory_client(path).update_access_control_recursive(acl=f"user:{MALLORY}:{bits}")
    assert by_mallory.get_file_client("d/one").download_file().readall() == b"one"
    assert refused(lambda: by_mallory.get_file_client("d/one").upload_data(b"two", overwrite=True)) == DENIED
    assert refused(lambda: list(by_mallory.get_paths("d"))) == DENIED


def test_a_user_delegation_sas_reads(lake, issuer, filesystem):
    start, expiry = datetime.now(UTC) - timedelta(minutes=1), datetime.now(UTC) + timedelta(hours=1)
    key = come_as(lake, Credential(issuer, ALICE)).get_user_delegation_key(start, expiry)
    assert (key.signed_oid, key.signed_tid) == (ALICE, issuer.tenant)
    sas = generate_file_system_sas(ACCOUNT, filesystem.file_system_name, key, FileSystemSasPermissions(read=True), expiry)
    by_sas = FileSystemClient(lake.https, filesystem.file_system_name, credential=sas, connection_verify=str(lake.ca), retry_total=0)
    assert by_sas.get_file_client("d/one").download_file().readall() == b"one"
    assert refused(lambda: by_sas.get_file_client("d/two").create_file()) == DENIED


def test_the_blob_sdk_comes_with_a_token_too(lake, issuer, filesystem):
    by_bob = come_as(lake, Credential(issuer, BOB, ANALYSTS), BlobServiceClient).get_container_client(filesystem.file_system_name)
    assert by_bob.download_blob("d/one").readall() == b"one"
    assert "d/one" in [b.name for b in by_bob.list_blobs()]
    assert refused(lambda: by_bob.upload_blob("d/two", b"two")) == DENIED


@pytest.mark.parametrize("audience", [None, f"https://{ACCOUNT}.blob.core.windows.net", "https://storage.azure.com/"])
def test_tokens_are_for_storage_or_for_the_account(lake, issuer, filesystem, audience):
    credential = Credential(issuer, ALICE)
    options = {"audience": audience} if audience else {}
    assert filesystem.file_system_name in [fs.name for fs in come_as(lake, credential, **options).list_file_systems()]
    assert credential.scopes == [(audience or "https://storage.azure.com").rstrip("/") + "/.default"]


def test_the_challenge_names_the_audience(lake, issuer):
    """The SDK asks for a token again, for what the refusal says."""
    credential = Credential(issuer, ALICE)
    list(come_as(lake, credential, audience="https://other.blob.core.windows.net").list_file_systems())
    assert credential.scopes == ["https://other.blob.core.windows.net/.default", "https://storage.azure.com/.default"]


def test_tokens_for_others_are_refused(lake, issuer):
    class ForGraph(Credential):
        def get_token(self, *scopes, **options):
            return super().get_token("https://graph.microsoft.com/.default", **options)

    lakes = come_as(lake, ForGraph(issuer, ALICE))
    with pytest.raises(ClientAuthenticationError, match="authenticationerrordetail:Audience validation failed. Audience did not match."):
        list(lakes.list_file_systems())


def test_tokens_of_others_are_refused(lake):
    stranger = Issuer()
    try:
        lakes = come_as(lake, Credential(stranger, ALICE))
        assert refused(lambda: list(lakes.list_file_systems()), 401) == "InvalidAuthenticationInfo"
    finally:
        stranger.close()


def test_without_tls_the_sdk_sends_no_token(lake, issuer):
    with pytest.raises(ValueError, match="only supported with HTTPS"):
        DataLakeServiceClient(account_of(lake).dfs, credential=Credential(issuer, ALICE))
