package adls_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	blobsas "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/datalakeerror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/directory"
	lakesas "github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/sas"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/adls/wire"
)

// token signs a shared access signature with the account key and returns it as a query. It is for the container
// and path, with the fields given over those that every token needs.
func (l *testLake) token(container, path string, fields sas.Token) string {
	l.t.Helper()
	t := sas.Token{sas.Version: "2024-11-04", sas.Expiry: time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}
	maps.Copy(t, fields)
	signed, err := t.Sign(sas.Request{Account: account, Container: container, Path: path}, l.cred.Key)
	if err != nil {
		l.t.Fatal(err)
	}
	return signed.Encode()
}

func serviceSAS(resource, permissions string) sas.Token {
	return sas.Token{sas.Resource: resource, sas.Permissions: permissions}
}

// signed is a request that nothing but its shared access signature lets in.
func signed(method, target, token string, pairs ...string) call {
	mark := "?"
	if strings.Contains(target, "?") {
		mark = "&"
	}
	return call{method: method, target: target + mark + token, unsigned: true, header: headers(pairs...)}
}

func TestASignatureAllowsWhatItSaysAndNoMore(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.filesystem("fs2")
	for _, f := range []string{"/fs1/d/f", "/fs1/d/s/g", "/fs1/e/f", "/fs2/d/f"} {
		l.file(f, "0123456789")
	}
	const mismatch, failed = "AuthorizationPermissionMismatch", "AuthenticationFailed"
	const get, list, listD = "/fs1/d/f", "/fs1?resource=filesystem&recursive=true", "/fs1?resource=filesystem&recursive=true&directory=d"
	blob := l.token("fs1", "d/f", serviceSAS("b", "r"))
	blobAll := l.token("fs1", "d", serviceSAS("b", "racwdlmeop"))
	dir := l.token("fs1", "d", serviceSAS("d", "rl"))
	read := l.token("fs1", "", serviceSAS("c", "r"))
	write := l.token("fs1", "", serviceSAS("c", "w"))
	execute := l.token("fs1", "", serviceSAS("c", "e"))
	all := l.token("fs1", "", serviceSAS("c", "racwdlmeop"))
	objects := l.token("", "", sas.Token{sas.Services: "b", sas.ResourceTypes: "o", sas.Permissions: "rwdlac"})
	queues := l.token("", "", sas.Token{sas.Services: "q", sas.ResourceTypes: "sco", sas.Permissions: "rwdlac"})
	put := []string{"x-ms-blob-type", "BlockBlob"}
	l.run([]scenario{
		{"a blob's own", signed("GET", get, blob), 200, "", "0123456789"},
		{"another blob's", signed("GET", "/fs1/e/f", blob), 403, failed, "Signature did not match"},
		{"another container's", signed("GET", "/fs2/d/f", read), 403, failed, ""},
		{"a doctored one", signed("GET", get, strings.Replace(blob, "sp=r", "sp=rw", 1)), 403, failed, ""},
		{"one given twice", signed("GET", get, blob+"&sp=rw"), 403, failed, "more than once"},
		{"a directory's", signed("GET", "/fs1/d/s/g", dir), 200, "", "0123456789"},
		{"a directory's, outside it", signed("GET", "/fs1/e/f", dir), 403, failed, ""},
		{"a directory's, with a path that leaves it", signed("GET", "/fs1/d/%2E%2E/e/f", dir), 400, "InvalidUri", ""},
		{"a directory's, by its parent's depth", signed("GET", "/fs1/e/f", strings.Replace(dir, "sdd=1", "sdd=0", 1)), 403, failed, ""},
		{"listing the directory", signed("GET", listD, dir), 200, "", `"d/f"`},
		{"listing the directory as blobs", signed("GET", "/fs1?restype=container&comp=list&prefix=d/", dir), 200, "", "<Name>d/f</Name>"},
		{"listing around it", signed("GET", list, dir), 403, failed, ""},
		{"listing blobs around it", signed("GET", "/fs1?restype=container&comp=list&prefix=d", dir), 403, failed, ""},
		{"listing without l", signed("GET", list, read), 403, mismatch, ""},
		{"a blob's token on a directory", signed("GET", listD, blobAll), 403, mismatch, ""},
		{"a write without w", signed("PUT", get, read, put...), 403, mismatch, ""},
		{"an append without w", signed("PATCH", get+"?action=append&position=10", read), 403, mismatch, ""},
		{"a block without w", signed("PUT", get+"?comp=block&blockid=AAAA", read), 403, mismatch, ""},
		{"metadata without w", signed("PUT", get+"?comp=metadata", read), 403, mismatch, ""},
		{"a read without r", signed("GET", get, write), 403, mismatch, ""},
		{"a delete without d", signed("DELETE", get, write), 403, mismatch, ""},
		{"a list with w", signed("PATCH", get+"?action=setAccessControl", write, "x-ms-acl", "user::rwx,group::r-x,other::---"), 403, mismatch, ""},
		{"an owner with w", signed("PUT", "/fs1/x?resource=file", write, "x-ms-owner", "me"), 403, mismatch, ""},
		{"a list on create with w", signed("PUT", "/fs1/x?resource=file", write, "x-ms-acl", "user::rwx,group::r-x,other::---"), 403, mismatch, ""},
		{"the list with e", signed("HEAD", get+"?action=getAccessControl", execute), 200, "", ""},
		{"a read with e", signed("GET", get, execute), 403, mismatch, ""},
		{"the container with all", signed("HEAD", "/fs1?resource=filesystem", all), 403, mismatch, ""},
		{"deleting the container with all", signed("DELETE", "/fs1?restype=container", all), 403, mismatch, ""},
		{"the account with all", signed("GET", "/?comp=list", all), 403, failed, ""},
		{"a blob's token on all below", signed("DELETE", "/fs1/d?recursive=true", blobAll), 409, "DirectoryNotEmpty", ""},
		{"a blob's token on all lists below", signed("PATCH", "/fs1/d?action=setAccessControlRecursive&mode=set", blobAll, "x-ms-acl", "user::rwx,group::r-x,other::---"), 403, mismatch, ""},
		{"the root, as if it listed a directory", signed("PATCH", "/fs1?action=setAccessControl&comp=list&prefix=d/", l.token("fs1", "d", serviceSAS("d", "rwp")), "x-ms-acl", "user::rwx,group::rwx,other::rwx"), 403, mismatch, ""},
		{"the root, as if it listed as dfs", signed("PATCH", "/fs1/?action=setAccessControlRecursive&mode=set&resource=filesystem&directory=d", l.token("fs1", "d", serviceSAS("d", "rwp")), "x-ms-acl", "user::rwx,group::rwx,other::rwx"), 403, mismatch, ""},
		{"objects only: a blob", signed("GET", get, objects), 200, "", "0123456789"},
		{"objects only: a listing", signed("GET", list, objects), 403, "AuthorizationResourceTypeMismatch", ""},
		{"objects only: what account it is", signed("HEAD", "/?restype=account&comp=properties", objects), 200, "", ""},
		{"queues only", signed("GET", get, queues), 403, "AuthorizationServiceMismatch", ""},
		{"all", signed("DELETE", "/fs1/e?recursive=true", all), 200, "", ""},
	})
}

func TestASignatureHoldsOnlyWhenWhereAndForWhomItSays(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "0123456789")
	with := func(f sas.Field, value string) string {
		fields := serviceSAS("b", "r")
		fields[f] = value
		return l.token("fs1", "f", fields)
	}
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	l.run([]scenario{
		{"expired", signed("GET", "/fs1/f", with(sas.Expiry, at(-time.Minute))), 403, "AuthenticationFailed", "Signature not valid in the specified time frame"},
		{"not begun", signed("GET", "/fs1/f", with(sas.Start, at(time.Minute))), 403, "AuthenticationFailed", "Signature not valid in the specified time frame"},
		{"begun", signed("GET", "/fs1/f", with(sas.Start, at(-time.Minute))), 200, "", ""},
		{"another address", signed("GET", "/fs1/f", with(sas.IPRange, "10.0.0.1-10.0.0.9")), 403, "AuthorizationSourceIPMismatch", ""},
		{"this address", signed("GET", "/fs1/f", with(sas.IPRange, "127.0.0.1")), 200, "", ""},
		{"another address that the client claims", signed("GET", "/fs1/f", with(sas.IPRange, "10.0.0.1"), "X-Forwarded-For", "10.0.0.1"), 403, "AuthorizationSourceIPMismatch", ""},
		{"HTTPS only", signed("GET", "/fs1/f", with(sas.Protocol, "https")), 403, "AuthorizationProtocolMismatch", ""},
		{"HTTP too", signed("GET", "/fs1/f", with(sas.Protocol, "https,http")), 200, "", ""},
		{"a stored policy", signed("GET", "/fs1/f", with(sas.Identifier, "p")), 403, "AuthenticationFailed", "no stored access policy"},
	})
	a := l.must(200, signed("GET", "/fs1/f", l.token("fs1", "f", sas.Token{
		sas.Resource: "b", sas.Permissions: "r", sas.ContentType: "text/csv", sas.ContentDisposition: "attachment", sas.CacheControl: "no-store",
		sas.ContentEncoding: "br", sas.ContentLanguage: "de",
	})))
	for name, want := range map[string]string{
		"Content-Type": "text/csv", "Content-Disposition": "attachment", "Cache-Control": "no-store", "Content-Encoding": "br", "Content-Language": "de",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s of the answer is %q, want %q as the signature says", name, got, want)
		}
	}
}

func TestAUserDelegationSignatureIsRefusedClearly(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "x")
	expiry := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	token := l.token("fs1", "f", sas.Token{
		sas.Resource: "b", sas.Permissions: "r", sas.KeyObjectID: "0b8f4c1e-6d53-4b0e-9d43-1f7a7b0f0a01", sas.KeyTenantID: "t",
		sas.KeyStart: time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), sas.KeyExpiry: expiry, sas.KeyService: "b", sas.KeyVersion: "2024-11-04",
	})
	l.run([]scenario{{"user delegation", signed("GET", "/fs1/f", token), 403, "AuthenticationFailed", "gives out no user delegation keys"}})
}

func TestTheCreatePermissionDoesNotOverwrite(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "0123456789")
	create := l.token("fs1", "", serviceSAS("c", "c"))
	move := l.token("fs1", "", serviceSAS("c", "rcd"))
	put := []string{"x-ms-blob-type", "BlockBlob"}
	l.run([]scenario{
		{"a new blob", signed("PUT", "/fs1/new", create, put...), 201, "", ""},
		{"a new file", signed("PUT", "/fs1/new2?resource=file", create), 201, "", ""},
		{"a new directory", signed("PUT", "/fs1/dir?resource=directory", create), 201, "", ""},
		{"a blob over one", signed("PUT", "/fs1/f", create, put...), 403, "UnauthorizedBlobOverwrite", ""},
		{"a file over one", signed("PUT", "/fs1/f?resource=file", create), 403, "UnauthorizedBlobOverwrite", ""},
		{"a directory over one", signed("PUT", "/fs1/dir?resource=directory", create), 403, "UnauthorizedBlobOverwrite", ""},
		{"as the client asks", signed("PUT", "/fs1/f?resource=file", create, "If-None-Match", "*"), 409, "PathAlreadyExists", ""},
		{"a rename over one", signed("PUT", "/fs1/f", move, "x-ms-rename-source", "/fs1/new"), 403, "UnauthorizedBlobOverwrite", ""},
		{"a rename", signed("PUT", "/fs1/new3", move, "x-ms-rename-source", "/fs1/new"), 201, "", ""},
	})
	if got := l.read("/fs1/f"); got != "0123456789" {
		t.Errorf("the file is %q afterwards, want it unchanged", got)
	}
}

func TestARenameNeedsTheSourceToo(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.filesystem("fs2")
	l.file("/fs1/d/f", "x")
	l.file("/fs2/f", "x")
	const mismatch = "AuthorizationPermissionMismatch"
	all := l.token("fs1", "", serviceSAS("c", "racwdlmeop"))
	write := l.token("fs1", "", serviceSAS("c", "w"))
	dir := l.token("fs1", "out", serviceSAS("d", "rwdm"))
	blob := l.token("fs1", "d", serviceSAS("b", "racwdlmeop"))
	source := func(token string) []string { return []string{"x-ms-rename-source", "/fs2/f?" + token} }
	l.must(201, call{method: "PUT", target: "/fs1/out?resource=directory"})
	l.run([]scenario{
		{"w alone", signed("PUT", "/fs1/g", write, "x-ms-rename-source", "/fs1/d/f"), 403, mismatch, ""},
		{"from outside the directory", signed("PUT", "/fs1/out/f", dir, "x-ms-rename-source", "/fs1/d/f"), 403, mismatch, ""},
		{"from another container", signed("PUT", "/fs1/g", all, "x-ms-rename-source", "/fs2/f"), 403, mismatch, ""},
		{"a directory by a blob's token", signed("PUT", "/fs1/out/d", all, "x-ms-rename-source", "/fs1/d?"+blob), 403, mismatch, ""},
		{"with a source token that only reads", signed("PUT", "/fs1/g", all, source(l.token("fs2", "f", serviceSAS("b", "r")))...), 403, mismatch, ""},
		{"with another blob's token", signed("PUT", "/fs1/g", all, source(l.token("fs2", "g", serviceSAS("b", "rd")))...), 403, "AuthenticationFailed", ""},
		{"with the source's token", signed("PUT", "/fs1/g", all, source(l.token("fs2", "f", serviceSAS("b", "rd")))...), 201, "", ""},
		{"within the container", signed("PUT", "/fs1/h", all, "x-ms-rename-source", "/fs1/d/f"), 201, "", ""},
	})
}

func TestMetadataIsNotShownToWhoMayOnlyExecute(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.must(201, call{method: "PUT", target: "/fs1/f?resource=file", header: headers("x-ms-properties", "secret=MQ==")})
	for permission, want := range map[string]string{"r": "1", "e": ""} {
		token := l.token("fs1", "", serviceSAS("c", permission))
		for _, target := range []string{"/fs1/f", "/fs1/f?comp=metadata"} {
			if got := l.must(200, signed("HEAD", target, token)).header.Get("X-Ms-Meta-Secret"); got != want {
				t.Errorf("%s with sp=%s shows the metadata %q, want %q", target, permission, got, want)
			}
		}
	}
}

// logLines hands on what is logged, a line at a time.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestSignaturesDoNotReachTheLog(t *testing.T) {
	t.Parallel()
	lines := make(logLines, 10)
	l := startLake(t, func(o *adls.Options) {
		o.Logger = slog.New(slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	const secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U%3D"
	source := headers("x-ms-rename-source", "/Bad_Name/f?sv=2024-11-04&sig="+secret)
	for _, c := range []call{
		{method: "GET", target: "/fs1/f?sr=b&sp=r&se=2030-01-01&sv=2024-11-04&sig=" + secret, unsigned: true},
		{method: "PUT", target: "/fs1/f", header: source},
		{method: "PUT", target: "/fs1/f?sig=" + secret, header: source, key: "not the key"},
	} {
		l.do(c)
		if line := <-lines; strings.Contains(line, "c2VjcmV0") || !strings.Contains(line, "request failed") {
			t.Errorf("%s %s: the log, want a failure and no signature:\n%s", c.method, c.target, line)
		}
	}
}

func TestBlobSDKWorksWithSignatures(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	_, err := blobClient(t, l).CreateContainer(ctx, "blobs", nil)
	check(t, "creating the container", err)
	cred, err := azblob.NewSharedKeyCredential(account, accountKey)
	check(t, "making the credential", err)
	client := func(permissions string) *azblob.Client {
		q, err := blobsas.BlobSignatureValues{ContainerName: "blobs", Permissions: permissions, ExpiryTime: time.Now().Add(time.Hour)}.SignWithSharedKey(cred)
		check(t, "signing", err)
		c, err := azblob.NewClientWithNoCredential(l.url()+"/?"+q.Encode(), nil)
		check(t, "making the client", err)
		return c
	}
	writer, reader := client("racwdl"), client("rl")
	content := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	_, err = writer.UploadStream(ctx, "blobs", "d/big", bytes.NewReader(content), &azblob.UploadStreamOptions{BlockSize: 1 << 20, Concurrency: 3})
	check(t, "uploading", err)
	buffer := make([]byte, len(content))
	_, err = reader.DownloadBuffer(ctx, "blobs", "d/big", buffer, nil)
	if err != nil || !bytes.Equal(buffer, content) {
		t.Errorf("downloading: %v", err)
	}
	page, err := reader.NewListBlobsFlatPager("blobs", nil).NextPage(ctx)
	check(t, "listing", err)
	if n := len(page.Segment.BlobItems); n != 2 {
		t.Errorf("%d blobs listed, want the blob and its directory", n)
	}
	_, err = reader.UploadBuffer(ctx, "blobs", "d/big", []byte("x"), nil)
	if !bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch) {
		t.Errorf("writing with a token that reads: %v, want AuthorizationPermissionMismatch", err)
	}
	_, err = reader.DeleteBlob(ctx, "blobs", "d/big", nil)
	if !bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch) {
		t.Errorf("deleting with a token that reads: %v, want AuthorizationPermissionMismatch", err)
	}
	_, err = writer.DeleteBlob(ctx, "blobs", "d/big", nil)
	check(t, "deleting", err)
}

func TestDataLakeSDKWorksWithADirectorySignature(t *testing.T) {
	t.Parallel()
	eachPort(t, func(t *testing.T, l *testLake) {
		t.Helper()
		ctx := t.Context()
		l.filesystem("fs1")
		l.file("/fs1/outside", "x")
		l.must(201, call{method: "PUT", target: "/fs1/in/side?resource=directory"})
		cred, err := azdatalake.NewSharedKeyCredential(account, accountKey)
		check(t, "making the credential", err)
		q, err := lakesas.DatalakeSignatureValues{
			FileSystemName: "fs1", DirectoryPath: "in/side", Permissions: "racwdlmeop", ExpiryTime: time.Now().Add(time.Hour),
		}.SignWithSharedKey(cred)
		check(t, "signing", err)
		open := func(path string) *directory.Client {
			c, err := directory.NewClientWithNoCredential(l.url()+"/fs1/"+path+"?"+q.Encode(), nil)
			check(t, "making the client", err)
			return c
		}
		dir := open("in/side")
		f, err := dir.NewFileClient("a.csv")
		check(t, "making the file client", err)
		_, err = f.Create(ctx, nil)
		check(t, "creating", err)
		check(t, "uploading", f.UploadBuffer(ctx, []byte("id,name\n"), nil))
		sub, err := dir.NewSubdirectoryClient("sub")
		check(t, "making the subdirectory client", err)
		_, err = sub.Create(ctx, nil)
		check(t, "creating a subdirectory", err)
		_, err = f.Rename(ctx, "in/side/sub/b.csv", nil)
		check(t, "renaming", err)
		if got := l.read("/fs1/in/side/sub/b.csv?upn=false"); got != "id,name\n" {
			t.Errorf("the renamed file is %q", got)
		}
		_, err = sub.Delete(ctx, nil)
		check(t, "deleting the subdirectory", err)
		_, err = open("in").Delete(ctx, nil)
		if !datalakeerror.HasCode(err, datalakeerror.AuthenticationFailed) {
			t.Errorf("deleting the parent: %v, want AuthenticationFailed", err)
		}
	})
}

func TestASignatureForHTTPSOnlyHoldsOverTLS(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "0123456789")
	lends := httptest.NewTLSServer(nil) // its certificate
	t.Cleanup(lends.Close)
	tcp, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	check(t, "listening", err)
	srv := &http.Server{
		Handler:     adls.New(adls.Options{Store: l.store, Account: account, Key: l.cred.Key, Clock: time.Now}),
		ConnContext: wire.ConnContext, ReadHeaderTimeout: time.Minute,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(wire.Listener(tls.NewListener(tcp, lends.TLS)))
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	token := l.token("fs1", "f", sas.Token{sas.Resource: "b", sas.Permissions: "r", sas.Protocol: "https"})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+tcp.Addr().String()+"/"+account+"/fs1/f?"+token, nil)
	check(t, "making the request", err)
	resp, err := lends.Client().Do(r)
	check(t, "reading over TLS", err)
	defer resp.Body.Close() //nolint:errcheck // only the status counts
	if resp.StatusCode != http.StatusOK {
		t.Errorf("over TLS: %d %s, want 200", resp.StatusCode, resp.Header.Get("X-Ms-Error-Code"))
	}
}
