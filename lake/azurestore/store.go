package azurestore

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	blobservice "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/directory"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"
	dfsservice "github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/service"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Options say which account to reach and how.
type Options struct {
	// Endpoint is the account's dfs address: host-style "https://acct.dfs.core.windows.net" or path-style
	// "http://127.0.0.1:10004/acct", where an IP address or localhost may leave the account out. A blob
	// address is taken as the dfs one of the same account.
	Endpoint string
	// Account is the account's name.
	Account string
	// Key is one of the account's two keys, in base64. It is not looked at where there is a Token.
	Key string
	// Token gives tokens of the principal that the account is reached as, for the scope of Azure Storage. Its errors of
	// type *errs.Error are taken over as they are. Tokens go to https only.
	Token azcore.TokenCredential
	// Renew is the hint of a refused key or principal; "" means to check the key and the clock.
	Renew errs.Hint
	// RootCAs are trusted for https; nil means those of the system.
	RootCAs *x509.CertPool
	// Retries is how often a request is repeated when the service is busy or cannot be reached; 0 means 3,
	// a negative number never. Requests that are not safe to repeat are repeated only if they cannot have
	// been carried out.
	Retries int
	// RetryDelay is the wait before the first repetition, doubled for each further one; 0 means 200 ms.
	RetryDelay time.Duration
}

// Store is an account reached over HTTP. Make one with [Open].
type Store struct {
	account   string
	byToken   bool
	renew     errs.Hint
	dfsURL    *url.URL // without a slash at the end, as is blobURL
	blobURL   *url.URL // the same address as dfsURL for path-style endpoints
	transport *http.Transport

	dfsService  *dfsservice.Client
	blobService *blobservice.Client
	// One client of each kind serves all paths: dfsPath and blobPath set the address of each request.
	file      *file.Client
	directory *directory.Client
	blob      *blockblob.Client
}

var _ lake.Store = (*Store)(nil)

// Open prepares to reach an account. It sends nothing: [Store.Account] is the call that proves address and key.
// Wrong options are kind Invalid.
func Open(o Options) (*Store, error) {
	const op errs.Op = "azurestore.Open"
	dfsURL, err := parseEndpoint(o.Endpoint, o.Account)
	if err != nil {
		return nil, errs.E(op, err)
	}
	s := &Store{
		account: o.Account, byToken: o.Token != nil, renew: o.Renew,
		dfsURL: dfsURL, blobURL: blobEndpoint(dfsURL), transport: newTransport(o.RootCAs),
	}
	if s.byToken {
		return s, errs.Wrap(op, s.connectByToken(o))
	}
	if err := s.connectByKey(o); err != nil {
		// The SDK's message would repeat a part of the key.
		return nil, errs.E(op, errs.Invalid, errs.Item(o.Account), "the account key is not base64",
			errs.Hint("copy one of the two keys from the account's page \"Access keys\""))
	}
	return s, nil
}

// connectByKey makes the clients; it fails only for a malformed key.
func (s *Store) connectByKey(o Options) error {
	dfsKey, err := azdatalake.NewSharedKeyCredential(o.Account, o.Key)
	if err != nil {
		return err
	}
	blobKey, err := blobservice.NewSharedKeyCredential(o.Account, o.Key)
	if err != nil {
		return err
	}
	dfs, err := dfsservice.NewClientWithSharedKeyCredential(s.dfsURL.String(), dfsKey, &dfsservice.ClientOptions{ClientOptions: s.clientOptions(o)})
	if err != nil {
		return err
	}
	blobs, err := blobservice.NewClientWithSharedKeyCredential(s.blobURL.String(), blobKey, &blobservice.ClientOptions{ClientOptions: s.clientOptions(o)})
	if err != nil {
		return err
	}
	s.use(dfs, blobs)
	return nil
}

// connectByToken makes the clients; it fails only for an address that no token may be sent to.
func (s *Store) connectByToken(o Options) error {
	if s.dfsURL.Scheme != "https" {
		return errs.E(errs.Invalid, errs.Item(o.Endpoint), "tokens are sent over https only", errs.Hint("give the account's https address, or connect by account key"))
	}
	dfs, err := dfsservice.NewClient(s.dfsURL.String(), o.Token, &dfsservice.ClientOptions{ClientOptions: s.clientOptions(o)})
	if err != nil {
		return errs.E(errs.Invalid, errs.Item(o.Endpoint), err)
	}
	blobs, err := blobservice.NewClient(s.blobURL.String(), o.Token, &blobservice.ClientOptions{ClientOptions: s.clientOptions(o)})
	if err != nil {
		return errs.E(errs.Invalid, errs.Item(o.Endpoint), err)
	}
	s.use(dfs, blobs)
	return nil
}

// use takes the clients of both endpoints into use. The SDKs add to the options they are given, so each has its own.
func (s *Store) use(dfs *dfsservice.Client, blobs *blobservice.Client) {
	s.dfsService, s.blobService = dfs, blobs
	anyFilesystem := dfs.NewFileSystemClient("filesystem")
	s.file = anyFilesystem.NewFileClient("path")
	s.directory = anyFilesystem.NewDirectoryClient("path")
	s.blob = blobs.NewContainerClient("filesystem").NewBlockBlobClient("path")
}

func (s *Store) clientOptions(o Options) azcore.ClientOptions {
	retry := retryOptions(o)
	return azcore.ClientOptions{
		Transport:       &http.Client{Transport: s.transport, CheckRedirect: refuseRedirect},
		Telemetry:       policy.TelemetryOptions{ApplicationID: "ownlake"},
		Retry:           retry,
		PerCallPolicies: []policy.Policy{preparer{retry: retry}},
	}
}

// Close drops idle connections.
func (s *Store) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// parseEndpoint checks and completes the dfs address.
func parseEndpoint(endpoint, account string) (*url.URL, error) {
	bad := func(msg string, hint errs.Hint) (*url.URL, error) {
		return nil, errs.E(errs.Invalid, errs.Item(endpoint), msg, hint)
	}
	const example = errs.Hint("give the Data Lake Storage endpoint, such as https://myaccount.dfs.core.windows.net")
	if account == "" {
		return bad("the name of the storage account is missing", "give the account's name beside its endpoint")
	}
	u, err := url.Parse(strings.TrimRight(endpoint, "/"))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return bad("not the address of a storage account", example)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return bad("the address holds more than a host and a path", example)
	case strings.HasSuffix(u.Hostname(), ".azuredatalakestore.net"):
		return bad("this is a Data Lake Storage Gen1 address, and Gen1 is retired",
			"use a StorageV2 account with a hierarchical namespace, such as https://myaccount.dfs.core.windows.net")
	}
	u.Host = strings.Replace(u.Host, ".blob.", ".dfs.", 1)
	if u.Path == "" && pathStyleHost(u.Hostname()) {
		u.Path = "/" + account
	}
	return u, nil
}

// pathStyleHost reports whether a host cannot name an account, so that the path must.
func pathStyleHost(host string) bool { return host == "localhost" || net.ParseIP(host) != nil }

// blobEndpoint derives the blob address of an account from its dfs address.
func blobEndpoint(dfs *url.URL) *url.URL {
	u := *dfs
	u.Host = strings.Replace(u.Host, ".dfs.", ".blob.", 1)
	return &u
}
