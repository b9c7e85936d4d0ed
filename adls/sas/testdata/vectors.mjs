// Makes vectors.json: tokens signed by the JavaScript SDKs, which know the string to sign of every version.
//   npm install @azure/storage-blob@12.32.0 @azure/storage-file-datalake@12.29.0 && node vectors.mjs > vectors.json
import * as blob from "@azure/storage-blob";
import * as lake from "@azure/storage-file-datalake";

const account = "vectors";
const key = Buffer.from("the key of the account that these vectors are for").toString("base64");
const secret = Buffer.from("the secret of a user delegation key").toString("base64");
const shared = { blob: new blob.StorageSharedKeyCredential(account, key), lake: new lake.StorageSharedKeyCredential(account, key) };
const startsOn = new Date("2026-01-02T03:04:05Z"), expiresOn = new Date("2026-01-03T00:00:00Z");
const delegationKey = {
  signedObjectId: "0b8f4c1e-6d53-4b0e-9d43-1f7a7b0f0a01", signedTenantId: "5a3f3c1e-0000-4b0e-9d43-1f7a7b0f0a02",
  signedStartsOn: new Date("2026-01-01T00:00:00Z"), signedExpiresOn: new Date("2026-01-05T00:00:00Z"),
  signedService: "b", signedVersion: "2020-02-10", value: secret,
};
const full = {
  startsOn, ipRange: { start: "10.0.0.1", end: "10.0.0.9" }, protocol: "https,http", cacheControl: "no-store",
  contentDisposition: "attachment; filename=a b.csv", contentEncoding: "gzip", contentLanguage: "de", contentType: "text/csv; charset=utf-8",
};
const versions = ["2015-04-05", "2017-11-09", "2018-11-09", "2019-12-12", "2020-02-10", "2020-08-04", "2020-12-06", "2021-06-08", "2023-11-03", "2025-05-05", "2025-07-05", "2026-02-06", "2026-04-06", "2026-12-06"];
const path = "raw/Kunden und Käufer+1.csv";
const out = [];

function add(name, token, request) {
  out.push({ name, token: token.toString(), ...request });
}

for (const version of versions) {
  const scope = version >= "2020-12-06" ? { encryptionScope: "scope-1" } : {};
  for (const [fill, values] of [["bare", {}], ["full", { ...full, ...scope }]]) {
    const name = `${version} ${fill}`;
    add(`account ${name}`, blob.generateAccountSASQueryParameters({
      version, expiresOn, permissions: blob.AccountSASPermissions.parse("rwdlac"), services: "bf", resourceTypes: "sco", ...values,
    }, shared.blob), { container: "crm", path });
    const of = { containerName: "crm", version, expiresOn, ...values };
    add(`service container ${name}`, blob.generateBlobSASQueryParameters({ ...of, permissions: blob.ContainerSASPermissions.parse("racwdl") }, shared.blob), { container: "crm", path });
    add(`service blob ${name}`, blob.generateBlobSASQueryParameters({ ...of, blobName: path, permissions: blob.BlobSASPermissions.parse("rw") }, shared.blob), { container: "crm", path });
    add(`service policy ${name}`, blob.generateBlobSASQueryParameters({ containerName: "crm", version, identifier: "readers", ...values, startsOn: undefined }, shared.blob), { container: "crm", path });
    if (version >= "2018-11-09") {
      const snapshotTime = "2026-01-01T01:02:03.1234567Z";
      add(`service snapshot ${name}`, blob.generateBlobSASQueryParameters({ ...of, blobName: path, snapshotTime, permissions: blob.BlobSASPermissions.parse("r") }, shared.blob), { container: "crm", path, extra: { snapshot: snapshotTime } });
      const delegated = (kind, v, request) => add(`user delegation ${kind} ${name}`, blob.generateBlobSASQueryParameters({ ...of, ...v }, delegationKey, account), { container: "crm", path, ...request });
      delegated("container", { permissions: blob.ContainerSASPermissions.parse("rl") });
      delegated("blob", { blobName: path, permissions: blob.BlobSASPermissions.parse("r") });
      if (version >= "2019-10-10") {
        delegated("version", { blobName: path, versionId: snapshotTime, permissions: blob.BlobSASPermissions.parse("r") }, { extra: { versionid: snapshotTime } });
      }
      if (version >= "2025-07-05") {
        delegated("user", { permissions: blob.ContainerSASPermissions.parse("r"), delegatedUserObjectId: "7c0d1f2e-0000-4000-8000-000000000003" });
      }
      if (version >= "2026-04-06") {
        const requestHeaders = { "x-ms-client-request-id": "abc", "User-Agent": "probe/1.0 (x)" }, requestQueryParameters = { timeout: "30", comp: "metadata" };
        delegated("request", { permissions: blob.ContainerSASPermissions.parse("r"), requestHeaders, requestQueryParameters }, { headers: requestHeaders, extra: requestQueryParameters });
      }
    }
    if (version >= "2020-02-10") {
      const dir = { fileSystemName: "crm", pathName: "raw/2026", isDirectory: true, version, expiresOn, ...values, permissions: lake.DirectorySASPermissions.parse("racwdlmeop") };
      const request = { container: "crm", path: "raw/2026/01/x.parquet" };
      add(`service directory ${name}`, lake.generateDataLakeSASQueryParameters(dir, shared.lake), request);
      // The package's own strings end at 2025-07-05; later versions are the blob package's.
      if (version < "2026-04-06") {
        const delegated = (kind, v) => add(`user delegation directory ${kind} ${name}`, lake.generateDataLakeSASQueryParameters({ ...dir, ...v }, delegationKey, account), request);
        delegated("plain", {});
        delegated("saoid", { preauthorizedAgentObjectId: "7c0d1f2e-0000-4000-8000-000000000004", correlationId: "7c0d1f2e-0000-4000-8000-000000000005" });
        delegated("suoid", { agentObjectId: "7c0d1f2e-0000-4000-8000-000000000006" });
      }
    }
  }
}
console.log(JSON.stringify({ account, key, secret, tokens: out }, null, 1));
