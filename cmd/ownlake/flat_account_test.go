package main

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAnAccountWithoutHierarchicalNamespaceIsRefused asks a server that answers as an account without one would.
func TestAnAccountWithoutHierarchicalNamespaceIsRefused(t *testing.T) {
	t.Parallel()
	flat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("x-ms-is-hns-enabled", "false")
		h.Set("x-ms-sku-name", "Standard_LRS")
		h.Set("x-ms-account-kind", "StorageV2")
		h.Set("x-ms-request-id", "1")
		h.Set("x-ms-version", "2021-12-02")
	}))
	defer flat.Close()
	var stdout, stderr bytes.Buffer
	key := strings.NewReader(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 64)))
	code := runContext(t.Context(), []string{
		"env", "create", "Flat", "--region", "westeurope", "--endpoint", flat.URL + "/flat", "--key-file", "-", "--data", t.TempDir(),
	}, key, &stdout, &stderr)
	if code != exitPrecondition {
		t.Errorf("exit code %d, want %d", code, exitPrecondition)
	}
	printed := stdout.String() + stderr.String()
	for _, want := range []string{
		"failed   hierarchical namespace     off: flat is not a Data Lake Storage Gen2 account",
		"An owner or contributor of flat: upgrade it", "skipped  write access",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("the answer lacks %q:\n%s", want, printed)
		}
	}
}
