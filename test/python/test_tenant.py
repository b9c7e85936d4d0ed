"""The tenant in the box: azure-identity signs in to it, Graph is asked, and a lake takes the tokens."""

import base64
import datetime
import json
import os
import re
import ssl
import subprocess
import urllib.parse
import urllib.request

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import CertificateCredential, ClientSecretCredential, DeviceCodeCredential
from azure.storage.filedatalake import DataLakeServiceClient
from conftest import ACCOUNT, BINARY, KEY, Server
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
PASSWORD = "Correct-Horse-9"
STORAGE = "https://storage.azure.com/.default"
ANYWHERE = "127.0.0.1:0"


class Tenant:
    """ownlake tenant in a folder, and its administrator's calls to Graph."""

    def __init__(self, folder):
        self.data, self.ca = folder / "data", folder / "ca.pem"
        os.environ["OWNLAKE_TENANT_ADMIN_PASSWORD"] = PASSWORD
        try:
            self.server = Server("tenant", "--json", "--data", str(self.data), "--listen", ANYWHERE, log=folder / "log.txt").start()
        finally:
            del os.environ["OWNLAKE_TENANT_ADMIN_PASSWORD"]
        ready = json.loads(self.server.ready)
        self.id, self.url, self.issuer = ready["id"], ready["url"], ready["issuer"]
        self.administrator = ready["administrator"]["userPrincipalName"]
        self.ca.write_text(subprocess.run([BINARY, "ca", "--data", str(self.data)], check=True, capture_output=True, text=True).stdout)
        self.tls = ssl.create_default_context(cafile=str(self.ca))
        self.token = self.form(f"/{self.id}/oauth2/v2.0/token", client_id=AZURE_CLI, grant_type="password", username=self.administrator,
                               password=PASSWORD, scope="https://graph.microsoft.com/.default")["access_token"]

    def form(self, path, **fields):
        with urllib.request.urlopen(self.url + path, urllib.parse.urlencode(fields).encode(), context=self.tls) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith("{") else text

    def graph(self, method, path, body=None):
        request = urllib.request.Request(f"{self.url}/v1.0{path}", method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, context=self.tls) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def application(self, name):
        """A registration and its service principal."""
        app = self.graph("POST", "/applications", {"displayName": name})
        return app, self.graph("POST", "/servicePrincipals", {"appId": app["appId"]})

    def options(self):
        """What a credential needs to sign in here instead of at Microsoft's."""
        return {"authority": self.url, "disable_instance_discovery": True, "connection_verify": str(self.ca)}


@pytest.fixture(scope="module")
def tenant(tmp_path_factory):
    tenant = Tenant(tmp_path_factory.mktemp("tenant"))
    yield tenant
    log = tenant.server.errors()
    assert PASSWORD not in log and "eyJ" not in log, "a secret is in the log"
    assert tenant.server.stop() == 0


@pytest.fixture(scope="module")
def loader(tenant):
    """An application with a secret: registration, service principal, credential."""
    app, principal = tenant.application("loader")
    secret = tenant.graph("POST", f"/applications/{app['id']}/addPassword", {"passwordCredential": {"displayName": "test"}})["secretText"]
    return app, principal, ClientSecretCredential(tenant.id, app["appId"], secret, **tenant.options())


def test_a_client_signs_in_by_its_secret(tenant, loader):
    app, _, credential = loader
    assert credential.get_token(STORAGE).token.count(".") == 2
    wrong = ClientSecretCredential(tenant.id, app["appId"], "wrong", **tenant.options())
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        wrong.get_token(STORAGE)


def test_a_client_signs_in_by_its_certificate(tenant):
    app, _ = tenant.application("certified")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "certified")]), datetime.datetime.now(datetime.UTC)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
                   .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1)).sign(key, hashes.SHA256()))
    tenant.graph("PATCH", f"/applications/{app['id']}", {"keyCredentials": [{
        "type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "test",
        "key": base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode(),
    }]})
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + \
        certificate.public_bytes(serialization.Encoding.PEM)
    credential = CertificateCredential(tenant.id, app["appId"], certificate_data=pem, **tenant.options())
    assert credential.get_token(STORAGE).token


def test_a_user_signs_in_on_a_device(tenant):
    def on_device(page, code, _expires):
        assert page == tenant.url + "/devicelogin"
        answer = tenant.form("/devicelogin", otc=code, login=tenant.administrator, passwd=PASSWORD)
        assert re.search("You have signed in to Microsoft Azure CLI", answer)

    credential = DeviceCodeCredential(AZURE_CLI, tenant_id=tenant.id, prompt_callback=on_device, **tenant.options())
    record = credential.authenticate(scopes=[STORAGE])
    assert record.username == tenant.administrator
    assert credential.get_token("https://management.azure.com/.default").token, "the refresh token gives a token for another resource"


def test_a_lake_takes_the_tokens_and_their_groups(tenant, loader, tmp_path):
    _, principal, credential = loader
    group = tenant.graph("POST", "/groups", {"displayName": "readers", "mailNickname": "readers", "mailEnabled": False, "securityEnabled": True})
    access = tmp_path / "who.yaml"
    access.write_text(f"""
issuers:
  - {{url: "{tenant.issuer}", aliases: ["{tenant.url}/{tenant.id}/"], tenant: {tenant.id}, caFile: "{tenant.ca}"}}
roles:
  - {{role: Storage Blob Data Reader, principal: {group['id']}}}
""")
    server = Server("lake", "--data", str(tmp_path / "lake"), "--listen", ANYWHERE, "--dfs-listen", ANYWHERE, "--tls-listen", ANYWHERE,
                    "--access", str(access), log=tmp_path / "log.txt").start()
    try:
        https, ca = server.urls()[2], tmp_path / "ca.pem"
        ca.write_text(subprocess.run([BINARY, "ca", "--data", str(tmp_path / "lake")], check=True, capture_output=True, text=True).stdout)
        own = DataLakeServiceClient(https, credential={"account_name": ACCOUNT, "account_key": KEY}, connection_verify=str(ca), retry_total=0)
        own.create_file_system("shared").get_file_client("d/one").upload_data(b"one", overwrite=True)

        def read(credential):
            service = DataLakeServiceClient(https, credential=credential, connection_verify=str(ca), retry_total=0)
            return service.get_file_system_client("shared").get_file_client("d/one")

        with pytest.raises(HttpResponseError) as error:
            read(credential).download_file()
        assert error.value.error_code == "AuthorizationPermissionMismatch"
        tenant.graph("POST", f"/groups/{group['id']}/members/$ref", {"@odata.id": f"{tenant.url}/v1.0/directoryObjects/{principal['id']}"})
        fresh = ClientSecretCredential(tenant.id, principal["appId"], tenant.graph(
            "POST", f"/servicePrincipals/{principal['id']}/addPassword", {})["secretText"], **tenant.options())
        assert read(fresh).download_file().readall() == b"one"
        with pytest.raises(HttpResponseError) as error:
            read(fresh).upload_data(b"two", overwrite=True)
        assert error.value.error_code == "AuthorizationPermissionMismatch"
    finally:
        assert server.stop() == 0
