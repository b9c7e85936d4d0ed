// A tour of @azure/storage-file-datalake through a lake that test/clients/run.sh started.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  AccountSASPermissions, AccountSASResourceTypes, AccountSASServices, DataLakeFileClient, DataLakeServiceClient,
  DirectorySASPermissions, StorageSharedKeyCredential, generateAccountSASQueryParameters, generateDataLakeSASQueryParameters,
} from "@azure/storage-file-datalake";

const MIB = 1 << 20;
const { LAKE_DFS, LAKE_ACCOUNT, LAKE_KEY } = process.env;
const someone = "11111111-2222-3333-4444-555555555555";
const credential = new StorageSharedKeyCredential(LAKE_ACCOUNT, LAKE_KEY);
const service = new DataLakeServiceClient(LAKE_DFS, credential, { retryOptions: { maxTries: 1 } });
const filesystem = service.getFileSystemClient("javascript");
let passed = 0, failed = 0;

async function check(name, body) {
  const begin = Date.now();
  try {
    await body();
    passed++;
    console.log(`ok   ${name} (${Date.now() - begin} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}: ${error.statusCode ?? ""} ${error.code ?? ""} ${error.message}`);
  }
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const inAnHour = () => new Date(Date.now() + 3600e3);

async function put(path, text) {
  await filesystem.getFileClient(path).upload(Buffer.from(text));
}

async function list(options) {
  const names = [];
  for await (const path of filesystem.listPaths(options)) names.push(path.name);
  return names;
}

await check("create a filesystem", () => filesystem.create({ metadata: { Purpose: "tour" } }));

await check("the filesystem is listed", async () => {
  const names = [];
  for await (const item of service.listFileSystems({ prefix: "java" })) names.push(item.name);
  assert.deepEqual(names, ["javascript"]);
});

await check("200 MiB up in parallel and down again", async () => {
  const content = Buffer.alloc(200 * MIB);
  for (let i = 0; i < content.length; i += 8) content.writeUInt32BE(i, i);
  const file = filesystem.getFileClient("in/large.bin");
  await file.upload(content, { chunkSize: 8 * MIB, maxConcurrency: 4, singleUploadThreshold: 8 * MIB });
  const got = await file.readToBuffer(undefined, 0, undefined, { chunkSize: 8 * MIB, concurrency: 4 });
  assert.equal(sha256(got), sha256(content));
});

await check("list by pages", async () => {
  const want = [];
  for (let i = 10; i < 33; i++) want.push(`list/${i}`);
  for (const name of want) await put(name, "x");
  const names = [];
  let pages = 0;
  for await (const page of filesystem.listPaths({ path: "list", recursive: true }).byPage({ maxPageSize: 10 })) {
    pages++;
    for (const path of page.pathItems ?? []) names.push(path.name);
  }
  assert.deepEqual(names, want);
  assert.ok(pages >= 3);
});

await check("rename a file and a directory", async () => {
  await put("old/a", "a");
  await put("old/sub/b", "b");
  await filesystem.getFileClient("old/a").move("old/ä b.txt");
  await filesystem.getDirectoryClient("old").move("new dir");
  assert.deepEqual((await list({ path: "new dir", recursive: true })).sort(), ["new dir/sub", "new dir/sub/b", "new dir/ä b.txt"]);
  assert.equal(await filesystem.getDirectoryClient("old").exists(), false);
  assert.equal((await filesystem.getFileClient("new dir/ä b.txt").readToBuffer()).toString(), "a");
});

await check("properties and metadata keep their case", async () => {
  const file = filesystem.getFileClient("list/10");
  await file.setHttpHeaders({ contentType: "text/x-tour" });
  await file.setMetadata({ lower: "2", more_than: "3" });
  const properties = await file.getProperties();
  assert.equal(properties.contentType, "text/x-tour");
  assert.deepEqual(properties.metadata, { lower: "2", more_than: "3" });
});

await check("access control, and below", async () => {
  await put("acl/d/f", "x");
  const directory = filesystem.getDirectoryClient("acl");
  const entry = (accessControlType, entityId, bits, defaultScope = false) => ({
    accessControlType, entityId, defaultScope, permissions: { read: bits[0] === "r", write: bits[1] === "w", execute: bits[2] === "x" },
  });
  const acl = [entry("user", "", "rwx"), entry("user", someone, "r-x"), entry("group", "", "r-x"), entry("mask", "", "r-x"), entry("other", "", "---")];
  await directory.setAccessControl(acl);
  assert.deepEqual((await directory.getAccessControl()).acl, acl);
  const changed = await directory.updateAccessControlRecursive([entry("user", someone, "rwx")]);
  assert.deepEqual([changed.counters.changedDirectoriesCount, changed.counters.changedFilesCount, changed.counters.failedChangesCount], [2, 1, 0]);
  const below = await filesystem.getFileClient("acl/d/f").getAccessControl();
  assert.ok(below.acl.some((e) => e.entityId === someone && e.permissions.write));
  await directory.setPermissions({ owner: { read: true, write: true, execute: true }, group: { read: true, write: false, execute: true }, other: { read: false, write: false, execute: false }, stickyBit: true, extendedAcls: false });
  assert.equal((await directory.getAccessControl()).permissions.stickyBit, true);
});

await check("account SAS", async () => {
  const sas = generateAccountSASQueryParameters({
    expiresOn: inAnHour(), permissions: AccountSASPermissions.parse("rl"), resourceTypes: AccountSASResourceTypes.parse("sco").toString(),
    services: AccountSASServices.parse("b").toString(),
  }, credential);
  const reader = new DataLakeServiceClient(`${LAKE_DFS}?${sas}`).getFileSystemClient("javascript");
  assert.equal((await reader.getFileClient("list/11").readToBuffer()).toString(), "x");
  await assert.rejects(reader.getFileClient("forbidden").create(), { statusCode: 403, code: "AuthorizationPermissionMismatch" });
});

await check("service SAS of a directory", async () => {
  const sas = generateDataLakeSASQueryParameters({
    fileSystemName: "javascript", pathName: "list", isDirectory: true, directoryDepth: 1, expiresOn: inAnHour(),
    permissions: DirectorySASPermissions.parse("rcw"),
  }, credential);
  const at = (path) => new DataLakeFileClient(`${LAKE_DFS}/javascript/${path}?${sas}`);
  assert.equal((await at("list/12").readToBuffer()).toString(), "x");
  await at("list/by-sas").create();
  await assert.rejects(at("acl/d/f").readToBuffer(), { statusCode: 403 });
});

await check("lease of a file", async () => {
  await put("leased", "x");
  const file = filesystem.getFileClient("leased");
  const lease = file.getDataLakeLeaseClient();
  await lease.acquireLease(60);
  await assert.rejects(file.delete(), { code: "LeaseIdMissing" });
  await lease.renewLease();
  await file.append("y", 1, 1, { conditions: { leaseId: lease.leaseId } });
  await lease.releaseLease();
  await file.delete();
});

await check("what was deleted comes back", async () => {
  await service.setProperties({ deleteRetentionPolicy: { enabled: true, days: 7 } });
  await put("kept/ä b?/f", "content");
  await put("kept/ä b?/g", "x");
  await filesystem.getFileClient("kept/ä b?/g").delete();
  await filesystem.getDirectoryClient("kept").delete(true);
  const deleted = [];
  for await (const path of filesystem.listDeletedPaths({ prefix: "kept" })) deleted.push(path);
  assert.deepEqual(deleted.map((p) => p.name), ["kept", "kept/ä b?/g"]);
  for (const path of deleted) await filesystem.undeletePath(path.name, path.deletionId);
  assert.deepEqual((await list({ path: "kept", recursive: true })).sort(), ["kept/ä b?", "kept/ä b?/f", "kept/ä b?/g"]);
  assert.equal((await filesystem.getFileClient("kept/ä b?/f").readToBuffer()).toString(), "content");
  await service.setProperties({ deleteRetentionPolicy: { enabled: false } });
});

await check("delete file, directory, filesystem", async () => {
  await filesystem.getFileClient("list/10").delete();
  await filesystem.getDirectoryClient("list").delete(true);
  assert.equal(await filesystem.getDirectoryClient("list").exists(), false);
  await filesystem.delete();
  assert.equal(await filesystem.exists(), false);
});

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
