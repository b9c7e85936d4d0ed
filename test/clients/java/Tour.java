import com.azure.core.util.BinaryData;
import com.azure.storage.common.ParallelTransferOptions;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import com.azure.storage.common.sas.AccountSasPermission;
import com.azure.storage.common.sas.AccountSasResourceType;
import com.azure.storage.common.sas.AccountSasService;
import com.azure.storage.common.sas.AccountSasSignatureValues;
import com.azure.storage.file.datalake.DataLakeFileClient;
import com.azure.storage.file.datalake.DataLakeFileSystemClient;
import com.azure.storage.file.datalake.DataLakeServiceClient;
import com.azure.storage.file.datalake.DataLakeServiceClientBuilder;
import com.azure.storage.file.datalake.models.DataLakeRetentionPolicy;
import com.azure.storage.file.datalake.models.DataLakeStorageException;
import com.azure.storage.file.datalake.models.ListPathsOptions;
import com.azure.storage.file.datalake.models.PathAccessControlEntry;
import com.azure.storage.file.datalake.models.PathDeletedItem;
import com.azure.storage.file.datalake.models.PathItem;
import com.azure.storage.file.datalake.options.FileParallelUploadOptions;
import com.azure.storage.file.datalake.sas.DataLakeServiceSasSignatureValues;
import com.azure.storage.file.datalake.sas.PathSasPermission;
import com.azure.storage.file.datalake.specialized.DataLakeLeaseClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A tour of azure-storage-file-datalake through a lake that test/clients/run.sh started. */
public final class Tour {
  private static final int MIB = 1 << 20;
  private static final String SOMEONE = "11111111-2222-3333-4444-555555555555";
  private static final String ENDPOINT = System.getenv("LAKE_DFS");

  private static int passed;
  private static int failed;

  private interface Body {
    void run() throws Exception;
  }

  private static void check(String name, Body body) {
    long begin = System.currentTimeMillis();
    try {
      body.run();
      passed++;
      System.out.printf("ok   %s (%d ms)%n", name, System.currentTimeMillis() - begin);
    } catch (Exception | AssertionError e) {
      failed++;
      System.out.printf("FAIL %s: %s%n", name, e);
    }
  }

  private static void same(Object got, Object want) {
    if (!Objects.equals(got, want)) {
      throw new AssertionError("got " + got + ", want " + want);
    }
  }

  private static void refused(String code, Body body) throws Exception {
    try {
      body.run();
    } catch (DataLakeStorageException e) {
      same(e.getErrorCode(), code);
      return;
    }
    throw new AssertionError("was not refused with " + code);
  }

  private static DataLakeServiceClientBuilder builder() {
    return new DataLakeServiceClientBuilder().endpoint(ENDPOINT)
        .retryOptions(new RequestRetryOptions(RetryPolicyType.FIXED, 1, (Integer) null, null, null, null));
  }

  private static void put(DataLakeFileSystemClient fs, String path, String text) {
    fs.getFileClient(path).upload(BinaryData.fromString(text), true);
  }

  private static String get(DataLakeFileClient file) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    file.read(out);
    return out.toString();
  }

  private static List<String> names(DataLakeFileSystemClient fs, String path) {
    List<String> names = new ArrayList<>();
    for (PathItem p : fs.listPaths(new ListPathsOptions().setPath(path).setRecursive(true), null)) {
      names.add(p.getName());
    }
    return names;
  }

  private static void large(DataLakeFileSystemClient fs) throws Exception {
    byte[] content = new byte[200 * MIB];
    ByteBuffer numbers = ByteBuffer.wrap(content);
    for (int i = 0; numbers.hasRemaining(); i++) {
      numbers.putInt(i);
    }
    DataLakeFileClient file = fs.getFileClient("in/large.bin");
    ParallelTransferOptions parallel = new ParallelTransferOptions().setBlockSizeLong(8L * MIB)
        .setMaxSingleUploadSizeLong(8L * MIB).setMaxConcurrency(4);
    file.uploadWithResponse(new FileParallelUploadOptions(new ByteArrayInputStream(content))
        .setParallelTransferOptions(parallel), null, null);
    ByteArrayOutputStream back = new ByteArrayOutputStream(content.length);
    file.read(back);
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    same(Arrays.toString(hash.digest(back.toByteArray())), Arrays.toString(hash.digest(content)));
  }

  private static void pages(DataLakeFileSystemClient fs) {
    List<String> want = new ArrayList<>();
    for (int i = 10; i < 33; i++) {
      want.add("list/" + i);
      put(fs, "list/" + i, "x");
    }
    List<String> got = new ArrayList<>();
    int pages = 0;
    ListPathsOptions options = new ListPathsOptions().setPath("list").setRecursive(true);
    for (var page : fs.listPaths(options, null).iterableByPage(10)) {
      pages++;
      for (PathItem p : page.getValue()) {
        got.add(p.getName());
      }
    }
    same(got, want);
    same(pages >= 3, true);
  }

  private static void rename(DataLakeFileSystemClient fs) {
    put(fs, "old/a", "a");
    put(fs, "old/sub/b", "b");
    fs.getFileClient("old/a").rename(null, "old/ä b.txt");
    fs.getDirectoryClient("old").rename(null, "new dir");
    same(names(fs, "new dir"), List.of("new dir/sub", "new dir/sub/b", "new dir/ä b.txt"));
    same(fs.getDirectoryClient("old").exists(), false);
    same(get(fs.getFileClient("new dir/ä b.txt")), "a");
  }

  private static void accessControl(DataLakeFileSystemClient fs) {
    put(fs, "acl/d/f", "x");
    String acl = "user::rwx,user:" + SOMEONE + ":r-x,group::r-x,mask::r-x,other::---";
    var directory = fs.getDirectoryClient("acl");
    directory.setAccessControlList(PathAccessControlEntry.parseList(acl), null, null);
    same(PathAccessControlEntry.serializeList(directory.getAccessControl().getAccessControlList()), acl);
    var changed = directory.updateAccessControlRecursive(PathAccessControlEntry.parseList("user:" + SOMEONE + ":rwx"));
    same(changed.getCounters().getChangedDirectoriesCount(), 2L);
    same(changed.getCounters().getChangedFilesCount(), 1L);
    same(changed.getCounters().getFailedChangesCount(), 0L);
    String below = PathAccessControlEntry.serializeList(fs.getFileClient("acl/d/f").getAccessControl().getAccessControlList());
    same(below.contains("user:" + SOMEONE + ":rwx"), true);
  }

  private static void accountSas(DataLakeServiceClient service) throws Exception {
    String sas = service.generateAccountSas(new AccountSasSignatureValues(OffsetDateTime.now().plusHours(1),
        AccountSasPermission.parse("rl"), AccountSasService.parse("b"), AccountSasResourceType.parse("sco")));
    DataLakeFileSystemClient reader = builder().sasToken(sas).buildClient().getFileSystemClient("java");
    same(get(reader.getFileClient("list/11")), "x");
    refused("AuthorizationPermissionMismatch", () -> reader.createFile("forbidden"));
  }

  private static void serviceSas(DataLakeFileSystemClient fs) throws Exception {
    String sas = fs.getDirectoryClient("list").generateSas(new DataLakeServiceSasSignatureValues(
        OffsetDateTime.now().plusHours(1), PathSasPermission.parse("rcw")));
    DataLakeFileSystemClient holder = builder().sasToken(sas).buildClient().getFileSystemClient("java");
    same(get(holder.getFileClient("list/12")), "x");
    holder.getFileClient("list/by-sas").create();
    refused("AuthenticationFailed", () -> get(holder.getFileClient("acl/d/f")));
  }

  private static void lease(DataLakeFileSystemClient fs) throws Exception {
    put(fs, "leased", "x");
    DataLakeFileClient file = fs.getFileClient("leased");
    var lease = new DataLakeLeaseClientBuilder().fileClient(file).buildClient();
    lease.acquireLease(60);
    refused("LeaseIdMissing", file::delete);
    lease.renewLease();
    lease.releaseLease();
    file.delete();
  }

  private static void undelete(DataLakeServiceClient service, DataLakeFileSystemClient fs) {
    DataLakeRetentionPolicy policy = new DataLakeRetentionPolicy().setEnabled(true).setDays(7);
    service.setProperties(service.getProperties().setDeleteRetentionPolicy(policy));
    put(fs, "kept/ä b/f", "content");
    put(fs, "kept/ä b/g", "x");
    fs.deleteFile("kept/ä b/g");
    fs.getDirectoryClient("kept").deleteWithResponse(true, null, Duration.ofSeconds(30), null);
    List<String> names = new ArrayList<>();
    for (PathDeletedItem item : fs.listDeletedPaths("kept", null, null)) {
      names.add(item.getPath());
      fs.undeletePath(item.getPath(), item.getDeletionId());
    }
    same(names, List.of("kept", "kept/ä b/g"));
    same(get(fs.getFileClient("kept/ä b/f")), "content");
    same(get(fs.getFileClient("kept/ä b/g")), "x");
    service.setProperties(service.getProperties().setDeleteRetentionPolicy(new DataLakeRetentionPolicy().setEnabled(false)));
  }

  private static void delete(DataLakeFileSystemClient fs) {
    fs.deleteFile("list/10");
    fs.getDirectoryClient("list").deleteWithResponse(true, null, Duration.ofSeconds(30), null);
    same(fs.getDirectoryClient("list").exists(), false);
    fs.delete();
    same(fs.exists(), false);
  }

  public static void main(String[] args) {
    DataLakeServiceClient service = builder().credential(
        new StorageSharedKeyCredential(System.getenv("LAKE_ACCOUNT"), System.getenv("LAKE_KEY"))).buildClient();
    DataLakeFileSystemClient fs = service.getFileSystemClient("java");
    check("create a filesystem", fs::create);
    check("200 MiB up in parallel and down again", () -> large(fs));
    check("list by pages", () -> pages(fs));
    check("rename a file and a directory", () -> rename(fs));
    check("metadata keeps its case", () -> {
      fs.getFileClient("list/10").setMetadata(Map.of("CamelCase", "1"));
      same(fs.getFileClient("list/10").getProperties().getMetadata(), Map.of("CamelCase", "1"));
    });
    check("access control, and below", () -> accessControl(fs));
    check("account SAS", () -> accountSas(service));
    check("service SAS of a directory", () -> serviceSas(fs));
    check("lease of a file", () -> lease(fs));
    check("what was deleted comes back", () -> undelete(service, fs));
    check("delete file, directory, filesystem", () -> delete(fs));
    System.out.printf("%d passed, %d failed%n", passed, failed);
    System.exit(failed == 0 ? 0 : 1);
  }
}
