package catalog

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Names in the catalog's folder.
const (
	connectionsFile = "connections.json"
	keyFile         = "connections.key"
)

// connections is the file of accounts that the server is connected to. Keys and secrets are sealed in it.
type connections struct {
	files privateFiles

	mu   sync.Mutex
	seal *seal // nil until a key must be sealed or opened
	list map[string]*connected
}

// connected is one account as the file holds it.
type connected struct {
	Endpoint   string                    `json:"endpoint"`
	Account    string                    `json:"account"`
	ResourceID string                    `json:"resourceId,omitempty"`
	Credential insights.CredentialKind   `json:"credential"`
	Principal  insights.AccountPrincipal `json:"principal,omitzero"`
	Cloud      insights.Cloud            `json:"cloud,omitzero"`
	// SealedKey is an account's key, and SealedSecrets what a service principal signs in by, a [principalSecrets].
	SealedKey     []byte `json:"sealedKey,omitempty"`
	SealedSecrets []byte `json:"sealedSecrets,omitempty"`
	// Seen are the environments that were there at the last look: what is shown of an account that cannot be
	// reached, such as one whose key was rotated.
	Seen []insights.Environment `json:"seen"`

	secrets insights.Credentials // the secrets alone
}

// principalSecrets are sealed together.
type principalSecrets struct {
	ClientSecret        string `json:"clientSecret,omitempty"`
	Certificate         string `json:"certificate,omitempty"`
	CertificatePassword string `json:"certificatePassword,omitempty"`
}

type connectionsDocument struct {
	Version     int          `json:"version"`
	Connections []*connected `json:"connections"`
}

// connectionsVersion is the version of the file's format. Version 1 knew account keys alone, written as they are now.
const connectionsVersion = 2

func openConnections(fs vfs.FS, dir string) (*connections, error) {
	const op errs.Op = "catalog.openConnections"
	c := &connections{files: privateFiles{fs, dir}, list: map[string]*connected{}}
	// Only the owner may look into the folder, so a file is private also before its own mode is set.
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(dir), err)
	}
	data, err := c.files.read(connectionsFile)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(dir), err)
	}
	var doc connectionsDocument
	if err := json.Unmarshal(data, &doc); err != nil || doc.Version < 1 || doc.Version > connectionsVersion {
		return nil, errs.E(op, errs.Corrupt, errs.Item(c.files.path(connectionsFile)), "the list of connected accounts cannot be read",
			errs.Hint("it may be of a newer version of ownlake; move it away and connect the accounts again: nothing in them is lost"), err)
	}
	if len(doc.Connections) > 0 {
		if err := c.openKeys(doc.Connections); err != nil {
			return nil, errs.E(op, err)
		}
	}
	return c, nil
}

func (c *connections) openKeys(list []*connected) error {
	s, err := openSeal(c.files)
	if err != nil {
		return err
	}
	c.seal = s
	for _, conn := range list {
		if conn.secrets, err = s.openSecrets(conn); err != nil {
			return errs.E(errs.Corrupt, errs.Item(conn.Endpoint), "the account's stored key cannot be opened with "+c.files.path(keyFile),
				errs.Hint("restore the key file, or move connections.json away and connect the accounts again: nothing in them is lost"), err)
		}
		c.list[conn.Endpoint] = conn
	}
	return nil
}

// get returns how to reach an account.
func (c *connections) get(endpoint string) (Connection, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn, ok := c.list[endpoint]
	if !ok {
		return Connection{}, false
	}
	found := Connection{
		Endpoint: conn.Endpoint, Account: conn.Account, ResourceID: conn.ResourceID,
		Credential: conn.Credential, Principal: conn.Principal, Credentials: conn.secrets,
	}
	found.Cloud = conn.Cloud
	return found, true
}

// endpoints returns the accounts in the order of their names.
func (c *connections) endpoints() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.list))
}

// put adds an account or replaces its key, durably.
func (c *connections) put(conn Connection) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seal == nil {
		s, err := openSeal(c.files)
		if err != nil {
			return err
		}
		c.seal = s
	}
	next := &connected{
		Endpoint: conn.Endpoint, Account: conn.Account, ResourceID: conn.ResourceID,
		Credential: conn.Credential, Principal: conn.Principal, Cloud: conn.Cloud, secrets: conn.Credentials,
	}
	if err := c.seal.sealSecrets(next); err != nil {
		return err
	}
	if former, ok := c.list[conn.Endpoint]; ok {
		next.Seen = former.Seen
	}
	return c.change(func(list map[string]*connected) { list[conn.Endpoint] = next })
}

// remove forgets an account and its key, durably.
func (c *connections) remove(endpoint string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.change(func(list map[string]*connected) { delete(list, endpoint) })
}

// seen returns the environments that were last seen in an account.
func (c *connections) seen(endpoint string) []insights.Environment {
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn, ok := c.list[endpoint]; ok {
		return slices.Clone(conn.Seen)
	}
	return nil
}

// setSeen remembers the environments of an account; it writes only when they changed.
func (c *connections) setSeen(endpoint string, environments []insights.Environment) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn, ok := c.list[endpoint]
	if !ok || slices.EqualFunc(conn.Seen, environments, sameEnvironment) {
		return nil
	}
	next := *conn
	next.Seen = slices.Clone(environments)
	return c.change(func(list map[string]*connected) { list[endpoint] = &next })
}

func sameEnvironment(a, b insights.Environment) bool {
	created := a.CreatedAt.Equal(b.CreatedAt)
	a.CreatedAt = b.CreatedAt
	return created && a == b
}

// change writes the list with the edit made; if that fails, the list stays as it was. The lock must be held.
func (c *connections) change(edit func(map[string]*connected)) error {
	next := maps.Clone(c.list)
	edit(next)
	doc := connectionsDocument{Version: connectionsVersion, Connections: []*connected{}}
	for _, endpoint := range slices.Sorted(maps.Keys(next)) {
		doc.Connections = append(doc.Connections, next[endpoint])
	}
	data, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	if err := c.files.write(connectionsFile, data); err != nil {
		return errs.E(errs.Unavailable, errs.Item(c.files.path(connectionsFile)), err)
	}
	c.list = next
	return nil
}
