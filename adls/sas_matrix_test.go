package adls_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/lake"
)

// signedOperation is an operation and which letters, each alone, let a signature do it ("Create a service SAS",
// "Create an account SAS"). The container is CON, which has the file d/f and nothing at n.
type signedOperation struct {
	name, method, target string
	header               []string
	body                 string
	service              string // letters of a service SAS for the container
	resourceType         string // of an account SAS: s, c or o
	account              string // its letters
}

var (
	someACL = []string{"x-ms-acl", "user::rwx,group::r-x,other::---"}
	asBlob  = []string{"x-ms-blob-type", "BlockBlob"}
)

var signedOperations = []signedOperation{
	{"PathList", "GET", "/CON?resource=filesystem&recursive=true", nil, "", "l", "c", "l"},
	{"PathCreate of a file", "PUT", "/CON/n?resource=file", nil, "", "wc", "o", "wc"},
	{"PathCreate of a directory", "PUT", "/CON/n?resource=directory", nil, "", "wc", "o", "wc"},
	{"PathAppend", "PATCH", "/CON/d/f?action=append&position=4", nil, "x", "w", "o", "w"},
	{"PathFlush", "PATCH", "/CON/d/f?action=flush&position=4", nil, "", "w", "o", "w"},
	{"PathSetProperties", "PATCH", "/CON/d/f?action=setProperties", []string{"x-ms-properties", "a=Yg=="}, "", "w", "o", "w"},
	{"PathGetProperties", "HEAD", "/CON/d/f?action=getStatus", nil, "", "re", "o", "r"},
	{"PathGetAccessControl", "HEAD", "/CON/d/f?action=getAccessControl", nil, "", "e", "o", "r"},
	{"PathCheckAccess", "HEAD", "/CON/d/f?action=checkAccess&fsAction=r--", nil, "", "re", "o", "r"},
	{"PathSetAccessControl of a list", "PATCH", "/CON/d/f?action=setAccessControl", someACL, "", "p", "o", "w"},
	{"PathSetAccessControl of an owner", "PATCH", "/CON/d/f?action=setAccessControl", []string{"x-ms-owner", "me"}, "", "o", "o", "w"},
	{"PathSetAccessControlRecursive", "PATCH", "/CON/d?action=setAccessControlRecursive&mode=set", someACL, "", "p", "o", "w"},
	{"PathDelete", "DELETE", "/CON/d?recursive=true", nil, "", "d", "o", "d"},
	{"PathRename", "PUT", "/CON/n", []string{"x-ms-rename-source", "/CON/d/f"}, "", "m", "o", ""},

	{"ListBlobs", "GET", "/CON?restype=container&comp=list", nil, "", "l", "c", "l"},
	{"GetBlob", "GET", "/CON/d/f", nil, "", "r", "o", "r"},
	{"GetBlobProperties", "HEAD", "/CON/d/f", nil, "", "re", "o", "r"},
	{"GetBlobMetadata", "GET", "/CON/d/f?comp=metadata", nil, "", "re", "o", "r"},
	{"SetBlobMetadata", "PUT", "/CON/d/f?comp=metadata", []string{"x-ms-meta-a", "b"}, "", "w", "o", "w"},
	{"SetBlobProperties", "PUT", "/CON/d/f?comp=properties", []string{"x-ms-blob-content-type", "a/b"}, "", "w", "o", "w"},
	{"SetBlobTier", "PUT", "/CON/d/f?comp=tier", []string{"x-ms-access-tier", "Cool"}, "", "w", "o", "w"},
	{"PutBlob", "PUT", "/CON/n", asBlob, "x", "wc", "o", "wc"},
	{"PutBlock", "PUT", "/CON/n?comp=block&blockid=AAAA", nil, "x", "w", "o", "w"},
	{"PutBlockList", "PUT", "/CON/d/f?comp=blocklist", nil, "<BlockList/>", "w", "o", "w"},
	{"GetBlockList", "GET", "/CON/d/f?comp=blocklist", nil, "", "r", "o", "r"},
	{"GetBlobTags", "GET", "/CON/d/f?comp=tags", nil, "", "t", "o", "t"},
	{"SetBlobTags", "PUT", "/CON/d/f?comp=tags", nil, "<Tags><TagSet/></Tags>", "t", "o", "t"},
	{"DeleteBlob", "DELETE", "/CON/d/f", nil, "", "d", "o", "d"},

	{"GetContainerProperties", "HEAD", "/CON?restype=container", nil, "", "", "c", "r"},
	{"SetContainerMetadata", "PUT", "/CON?restype=container&comp=metadata", nil, "", "", "c", "w"},
	{"CreateContainer", "PUT", "/newCON?restype=container", nil, "", "", "c", "wc"},
	{"DeleteContainer", "DELETE", "/CON?restype=container", nil, "", "", "c", "d"},
	{"GetContainerACL", "GET", "/CON?restype=container&comp=acl", nil, "", "", "c", ""},
	{"SetContainerACL", "PUT", "/CON?restype=container&comp=acl", nil, "", "", "c", ""},
	{"ListContainers", "GET", "/?comp=list&prefix=CON", nil, "", "", "s", "l"},
	{"GetBlobServiceProperties", "GET", "/?restype=service&comp=properties", nil, "", "", "s", "r"},
	{"GetUserDelegationKey", "POST", "/?restype=service&comp=userdelegationkey", nil, "<KeyInfo/>", "", "s", ""},
}

// TestEachLetterOfASignatureAllowsItsOperations asks every operation with every letter alone.
func TestEachLetterOfASignatureAllowsItsOperations(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	made := 0
	// try does the operation in a container of its own.
	try := func(op signedOperation, token func(fs string) string) answer {
		t.Helper()
		made++
		fs := fmt.Sprintf("c%05d", made)
		_, err := l.store.CreateFilesystem(t.Context(), lake.Filesystem(fs), lake.CreateFilesystemOptions{})
		check(t, "making a container", err)
		_, err = l.store.PutBlob(t.Context(), lake.Filesystem(fs), "d/f", strings.NewReader("0123"), lake.PutBlobOptions{})
		check(t, "making a file", err)
		header := make([]string, len(op.header))
		for i, h := range op.header {
			header[i] = strings.ReplaceAll(h, "CON", fs)
		}
		c := signed(op.method, strings.ReplaceAll(op.target, "CON", fs), token(fs), header...)
		c.body = op.body
		return l.do(c)
	}
	for _, op := range signedOperations {
		for _, letter := range "racwdxyltfmeopi" {
			letter := string(letter)
			a := try(op, func(fs string) string { return l.token(fs, "", serviceSAS("c", letter)) })
			if allowed := strings.Contains(op.service, letter); allowed != (a.status < 400) || !allowed && a.status != 403 {
				t.Errorf("%s with a service SAS of %s: %d %s, allowed should be %t", op.name, letter, a.status, a.code(), allowed)
			}
		}
		for _, letter := range "rwdxylacuptfi" {
			letter := string(letter)
			token := l.token("", "", sas.Token{sas.Services: "b", sas.ResourceTypes: op.resourceType, sas.Permissions: letter})
			a := try(op, func(string) string { return token })
			if allowed := strings.Contains(op.account, letter); allowed != (a.status < 400) || !allowed && a.code() != "AuthorizationPermissionMismatch" {
				t.Errorf("%s with an account SAS of %s: %d %s, allowed should be %t", op.name, letter, a.status, a.code(), allowed)
			}
		}
		others := strings.ReplaceAll("sco", op.resourceType, "")
		token := l.token("", "", sas.Token{sas.Services: "b", sas.ResourceTypes: others, sas.Permissions: "rwdxylacuptfi"})
		if a := try(op, func(string) string { return token }); a.code() != "AuthorizationResourceTypeMismatch" {
			t.Errorf("%s with an account SAS for resource types %s: %d %s, want AuthorizationResourceTypeMismatch", op.name, others, a.status, a.code())
		}
	}
}
