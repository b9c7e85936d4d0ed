package azurestore

import (
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

// testKey is the account key that every Azure SDK knows for emulators.
const testKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

func TestOpenDerivesBothEndpoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ endpoint, account, dfs, blob string }{
		{"https://acct.dfs.core.windows.net", "acct", "https://acct.dfs.core.windows.net", "https://acct.blob.core.windows.net"},
		{"https://acct.dfs.core.windows.net/", "acct", "https://acct.dfs.core.windows.net", "https://acct.blob.core.windows.net"},
		{"https://acct.blob.core.windows.net", "acct", "https://acct.dfs.core.windows.net", "https://acct.blob.core.windows.net"},
		{"http://acct.dfs.localhost:10000", "acct", "http://acct.dfs.localhost:10000", "http://acct.blob.localhost:10000"},
		{"http://127.0.0.1:10004/acct", "acct", "http://127.0.0.1:10004/acct", "http://127.0.0.1:10004/acct"},
		{"http://127.0.0.1:10004", "acct", "http://127.0.0.1:10004/acct", "http://127.0.0.1:10004/acct"},
		{"https://[::1]:10005", "acct", "https://[::1]:10005/acct", "https://[::1]:10005/acct"},
		{"http://localhost:10004/acct/", "acct", "http://localhost:10004/acct", "http://localhost:10004/acct"},
		{"https://lake.contoso.example", "acct", "https://lake.contoso.example", "https://lake.contoso.example"},
	} {
		s, err := Open(Options{Endpoint: c.endpoint, Account: c.account, Key: testKey})
		if err != nil {
			t.Errorf("Open(%q): %v", c.endpoint, err)
			continue
		}
		if s.dfsURL.String() != c.dfs || s.blobURL.String() != c.blob {
			t.Errorf("Open(%q): dfs %s and blob %s, want %s and %s", c.endpoint, s.dfsURL, s.blobURL, c.dfs, c.blob)
		}
	}
}

func TestOpenRefusesWhatCannotBeAnAccountAndSaysWhatToGive(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"no account":       {Endpoint: "https://acct.dfs.core.windows.net", Key: testKey},
		"no endpoint":      {Account: "acct", Key: testKey},
		"no scheme":        {Endpoint: "acct.dfs.core.windows.net", Account: "acct", Key: testKey},
		"abfss":            {Endpoint: "abfss://fs@acct.dfs.core.windows.net/", Account: "acct", Key: testKey},
		"Gen1":             {Endpoint: "https://acct.azuredatalakestore.net", Account: "acct", Key: testKey},
		"SAS in the query": {Endpoint: "https://acct.dfs.core.windows.net?sv=1&sig=x", Account: "acct", Key: testKey},
		"key not base64":   {Endpoint: "https://acct.dfs.core.windows.net", Account: "acct", Key: "secret!key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(o)
			if !errs.Is(err, errs.Invalid) || errs.HintOf(err) == "" {
				t.Errorf("got %v of kind %v, want kind invalid and a hint", err, errs.KindOf(err))
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}
