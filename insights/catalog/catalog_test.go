package catalog_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/catalog"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

var now = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)

const contoso = "https://contoso.dfs.core.windows.net"

// key makes a well-formed account key.
func key(text string) insights.Secret {
	return insights.NewSecret(base64.StdEncoding.EncodeToString([]byte(text)))
}

// cloud is a set of accounts that can be reached, each over a store in memory.
type cloud struct {
	mu       sync.Mutex
	accounts map[string]*account
	open     int // stores given out and not closed
}

type account struct {
	store lake.Store
	key   string // as sent
	props lake.AccountProperties
	down  bool
	// fail, if set, is asked before each call that changes something.
	fail func(call string) error
}

func newStore(t *testing.T, name, region string) lake.Store {
	t.Helper()
	s, err := localstore.Open(localstore.Options{
		FS: vfs.NewMem(), Dir: "lake", Clock: func() time.Time { return now },
		Account: lake.AccountProperties{
			Name: name, Region: region, HierarchicalNamespace: true, Kind: "StorageV2", SKU: "Standard_LRS",
			Endpoint: "https://" + name + ".dfs.core.windows.net",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// newCloud makes a cloud with one account in West Europe that has the container.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	store := newStore(t, "contoso", "westeurope")
	if _, err := store.CreateFilesystem(t.Context(), insights.Container, lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	props, err := store.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &cloud{accounts: map[string]*account{contoso: {store: store, key: key("right").Reveal(), props: props}}}
}

func (c *cloud) connect(_ context.Context, conn catalog.Connection) (lake.Store, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	return &reached{cloud: c, endpoint: conn.Endpoint, key: conn.Key.Reveal()}, nil
}

func (c *cloud) change(endpoint string, f func(*account)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c.accounts[endpoint])
}

// reached is an account as one caller reaches it: each call asks whether the account is up and the key right.
type reached struct {
	lake.Store // nil: a call that is not overridden is a defect of the test
	cloud      *cloud
	endpoint   string
	key        string
	// may, if set, decides in the place of the key.
	may func(call string) error
}

func (r *reached) ask(call string) (lake.Store, error) {
	r.cloud.mu.Lock()
	defer r.cloud.mu.Unlock()
	a := r.cloud.accounts[r.endpoint]
	switch {
	case a == nil || a.down:
		return nil, errs.E(errs.Unavailable, errs.Item(r.endpoint), "no such host")
	case r.may != nil:
		if err := r.may(call); err != nil {
			return nil, err
		}
	case a.key != r.key:
		return nil, errs.E(errs.Unauthorized, errs.Item(r.endpoint), "the signature does not match")
	case a.fail != nil:
		if err := a.fail(call); err != nil {
			return nil, err
		}
	}
	return a.store, nil
}

func (r *reached) Account(context.Context) (lake.AccountProperties, error) {
	if _, err := r.ask("Account"); err != nil {
		return lake.AccountProperties{}, err
	}
	r.cloud.mu.Lock()
	defer r.cloud.mu.Unlock()
	return r.cloud.accounts[r.endpoint].props, nil
}

func (r *reached) FilesystemProperties(ctx context.Context, fs lake.Filesystem) (lake.FilesystemProperties, error) {
	s, err := r.ask("FilesystemProperties")
	if err != nil {
		return lake.FilesystemProperties{}, err
	}
	return s.FilesystemProperties(ctx, fs)
}

func (r *reached) CreateFilesystem(ctx context.Context, fs lake.Filesystem, o lake.CreateFilesystemOptions) (lake.FilesystemProperties, error) {
	s, err := r.ask("CreateFilesystem")
	if err != nil {
		return lake.FilesystemProperties{}, err
	}
	return s.CreateFilesystem(ctx, fs, o)
}

func (r *reached) DeleteFilesystem(ctx context.Context, fs lake.Filesystem, c lake.Conditions) error {
	s, err := r.ask("DeleteFilesystem")
	if err != nil {
		return err
	}
	return s.DeleteFilesystem(ctx, fs, c)
}

func (r *reached) PutBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, body io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	s, err := r.ask("PutBlob " + string(p))
	if err != nil {
		return lake.Properties{}, err
	}
	return s.PutBlob(ctx, fs, p, body, o)
}

func (r *reached) Read(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	s, err := r.ask("Read " + string(p))
	if err != nil {
		return lake.Content{}, err
	}
	return s.Read(ctx, fs, p, o)
}

func (r *reached) List(ctx context.Context, fs lake.Filesystem, dir lake.Path, o lake.ListOptions) (lake.Page, error) {
	s, err := r.ask("List")
	if err != nil {
		return lake.Page{}, err
	}
	return s.List(ctx, fs, dir, o)
}

func (r *reached) Delete(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.DeleteOptions) error {
	s, err := r.ask("Delete " + string(p))
	if err != nil {
		return err
	}
	return s.Delete(ctx, fs, p, o)
}

func (r *reached) Rename(ctx context.Context, src, dst lake.Location, o lake.RenameOptions) (lake.Properties, error) {
	s, err := r.ask("Rename")
	if err != nil {
		return lake.Properties{}, err
	}
	return s.Rename(ctx, src, dst, o)
}

func (r *reached) Close() error {
	r.cloud.mu.Lock()
	defer r.cloud.mu.Unlock()
	r.cloud.open--
	return nil
}

// server is what lasts when a catalog is closed and opened again.
type server struct {
	managed lake.Store
	fs      vfs.FS
	cloud   *cloud
	log     strings.Builder
	options func(*catalog.Options) // nil changes nothing
}

func newServer(t *testing.T, c *cloud) *server {
	t.Helper()
	return &server{managed: newStore(t, "embedded", "northeurope"), fs: vfs.NewMem(), cloud: c}
}

func (s *server) open(t *testing.T) *catalog.Catalog {
	t.Helper()
	o := catalog.Options{
		Managed: s.managed, FS: s.fs, Dir: "state", Connect: s.cloud.connect,
		Clock: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if s.options != nil {
		s.options(&o)
	}
	c, err := catalog.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func ownRequest(name string) insights.EnvironmentRequest {
	return insights.EnvironmentRequest{
		Name: name, Region: "westeurope", Credentials: insights.Credentials{Key: key("right")},
		Storage: insights.DataStorage{Kind: insights.OwnStorage, Account: "contoso"},
	}
}

// byKey asks for an account to be reached by a key.
func byKey(account, text string) insights.ConnectionRequest {
	return insights.ConnectionRequest{Storage: insights.DataStorage{Account: account}, Credentials: insights.Credentials{Key: key(text)}}
}

func create(t *testing.T, c *catalog.Catalog, q insights.EnvironmentRequest) insights.Environment {
	t.Helper()
	env, lines, err := c.Create(t.Context(), q)
	if err != nil {
		t.Fatalf("%v\n%s", err, outcomes(lines))
	}
	return env
}

// outcomes prints prerequisites one per line.
func outcomes(lines []insights.Prerequisite) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Name + ": " + string(l.Outcome) + ": " + l.Detail + "\n")
		if l.Mend != "" {
			b.WriteString("    mend: " + l.Mend + "\n")
		}
	}
	return b.String()
}

// files lists every path of the container.
func files(t *testing.T, s lake.Store) string {
	t.Helper()
	page, err := s.List(t.Context(), insights.Container, lake.Root, lake.ListOptions{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range page.Entries {
		paths = append(paths, string(e.Path))
	}
	return strings.Join(paths, "\n")
}

func names(t *testing.T, c *catalog.Catalog) string {
	t.Helper()
	all, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, env := range all {
		list = append(list, env.Name)
	}
	return strings.Join(list, " ")
}

func TestANewServerFindsWhatWasDeclaredInTheAccount(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	c := newServer(t, world).open(t)
	env := create(t, c, ownRequest("Contoso"))
	if _, err := c.Apply(t.Context(), env.ID, definitions()); err != nil {
		t.Fatal(err)
	}
	run := insights.Run{ID: "20261124T060000Z-1", Environment: env.ID, Status: insights.StatusSuccessful, StartedAt: now}
	if err := c.SaveRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}

	other := newServer(t, world).open(t)
	found, _, err := other.Connect(t.Context(), byKey("contoso", "right"))
	if err != nil || len(found) != 1 || found[0].ID != env.ID || found[0].Name != "Contoso" {
		t.Fatalf("Connect found %+v, %v; want the environment Contoso", found, err)
	}
	d, err := other.Definitions(t.Context(), env.ID)
	if err != nil || len(d.Sources) != 2 || d.Unification == nil {
		t.Errorf("definitions are %+v, %v; want two sources and the unification", d, err)
	}
	runs, err := other.Runs(t.Context(), env.ID, 0)
	if err != nil || len(runs) != 1 || runs[0].ID != run.ID {
		t.Errorf("runs are %+v, %v; want %s", runs, err, run.ID)
	}
}

func TestEnvironmentsSurviveARestart(t *testing.T) {
	t.Parallel()
	s := newServer(t, newCloud(t))
	c := s.open(t)
	create(t, c, ownRequest("Own"))
	create(t, c, insights.EnvironmentRequest{Name: "Managed", Region: "northeurope", Storage: insights.DataStorage{Kind: insights.ManagedStorage}})
	if got := names(t, s.open(t)); got != "Managed Own" {
		t.Errorf("after a restart the environments are %q, want both", got)
	}
}

func TestKeysAreStoredSealedAndNeverShown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newServer(t, newCloud(t))
	s.fs = vfs.Default
	o := catalog.Options{
		Managed: s.managed, FS: vfs.Default, Dir: filepath.Join(dir, "state"), Connect: s.cloud.connect,
		Clock: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	c, err := catalog.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	env, lines, err := c.Create(t.Context(), ownRequest("Contoso"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wrong := ownRequest("Other")
	wrong.Key = key("wrong")
	_, wrongLines, wrongErr := c.Create(t.Context(), wrong)
	if wrongErr == nil {
		t.Fatal("an environment was created with a wrong key")
	}
	shown := map[string]string{"log": s.log.String(), "error": wrongErr.Error()}
	shown["answers"] = mustJSON(t, []any{env, lines, all, wrongLines})
	for _, name := range []string{"connections.json", "connections.key"} {
		path := filepath.Join(o.Dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		shown[name] = string(data)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v), want 0600", name, info.Mode().Perm(), err)
		}
	}
	shown["lake"] = contents(t, s.cloud.accounts[contoso].store)
	for where, text := range shown {
		for _, secret := range []string{"right", "wrong"} {
			if strings.Contains(text, key(secret).Reveal()) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(key(secret).Reveal()))) {
				t.Errorf("%s shows the key %q", where, secret)
			}
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := catalog.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if _, err := again.Store(t.Context(), env); err != nil {
		t.Errorf("the sealed key does not open after a restart: %v", err)
	}
}

func TestASealedKeyOpensOnlyWithItsKeyFileAndForItsAccount(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, fs vfs.FS){
		"other key file": func(t *testing.T, fs vfs.FS) {
			t.Helper()
			edit(t, fs, "state/connections.key", func(b []byte) []byte { b[0] ^= 1; return b })
		},
		"short key file": func(t *testing.T, fs vfs.FS) {
			t.Helper()
			edit(t, fs, "state/connections.key", func(b []byte) []byte { return b[:16] })
		},
		"another account": func(t *testing.T, fs vfs.FS) {
			t.Helper()
			edit(t, fs, "state/connections.json", func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "contoso", "fabrikm")) })
		},
		"not JSON": func(t *testing.T, fs vfs.FS) {
			t.Helper()
			edit(t, fs, "state/connections.json", func(b []byte) []byte { return b[:len(b)/2] })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, newCloud(t))
			create(t, s.open(t), ownRequest("Contoso"))
			damage(t, s.fs)
			_, err := catalog.Open(t.Context(), catalog.Options{Managed: s.managed, FS: s.fs, Dir: "state", Connect: s.cloud.connect, Logger: slog.New(slog.DiscardHandler)})
			if !errs.Is(err, errs.Corrupt) || errs.HintOf(err) == "" {
				t.Errorf("Open: %v, want kind corrupt and a hint", err)
			}
		})
	}
}

func edit(t *testing.T, fs vfs.FS, name string, change func([]byte) []byte) {
	t.Helper()
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	w, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(change(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestARotatedKeyIsShownAsAProblemAndCanBeUpdated(t *testing.T) {
	t.Parallel()
	s := newServer(t, newCloud(t))
	env := create(t, s.open(t), ownRequest("Contoso"))
	s.cloud.change(contoso, func(a *account) { a.key = key("rotated").Reveal() })

	c := s.open(t) // a restart: nothing of the account is known but what was written down
	got, err := c.Get(t.Context(), env.ID)
	if err != nil || got.Name != "Contoso" || !strings.Contains(got.Problem, "signature") {
		t.Fatalf("Get: %+v, %v; want Contoso with the problem", got, err)
	}
	if _, err := c.Apply(t.Context(), env.ID, definitions()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("Apply with a refused key: %v, want kind unavailable", err)
	}
	lines, err := c.UpdateConnection(t.Context(), env.ID, byKey("", "still wrong"))
	if !errs.Is(err, errs.Precondition) || !strings.Contains(outcomes(lines), "account key: failed") {
		t.Errorf("UpdateConnection with a wrong key: %v\n%s", err, outcomes(lines))
	}
	if _, err := c.UpdateConnection(t.Context(), env.ID, byKey("", "rotated")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Apply(t.Context(), env.ID, definitions()); err != nil {
		t.Errorf("Apply with the new key: %v", err)
	}
	if got, err := s.open(t).Get(t.Context(), env.ID); err != nil || got.Problem != "" {
		t.Errorf("after a restart: %+v, %v; want no problem", got, err)
	}
}

func TestAnUnreachableAccountDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	s := newServer(t, newCloud(t))
	c := s.open(t)
	create(t, c, ownRequest("Own"))
	create(t, c, insights.EnvironmentRequest{Name: "Managed", Region: "northeurope", Storage: insights.DataStorage{Kind: insights.ManagedStorage}})
	s.cloud.change(contoso, func(a *account) { a.down = true })
	if got := names(t, c); got != "Managed Own" {
		t.Errorf("environments are %q, want both", got)
	}
}

func TestClosingTheCatalogClosesEveryAccountItOpened(t *testing.T) {
	t.Parallel()
	s := newServer(t, newCloud(t))
	c := s.open(t)
	env := create(t, c, ownRequest("One"))
	create(t, c, ownRequest("Two"))
	if _, err := c.UpdateConnection(t.Context(), env.ID, byKey("", "right")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Check(t.Context(), ownRequest("Three")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if s.cloud.open != 0 {
		t.Errorf("%d accounts are still open", s.cloud.open)
	}
}
