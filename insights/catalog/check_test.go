package catalog_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

func TestAFailedPrerequisiteIsNamedAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		cloud  func(*account)
		change func(*insights.EnvironmentRequest)
		want   string // the failed line: name and part of its text
		mend   string
	}{
		{"gen1", nil, func(q *insights.EnvironmentRequest) {
			q.Storage = insights.DataStorage{Kind: insights.OwnStorage, Endpoint: "contoso.azuredatalakestore.net"}
		}, "address: failed: contoso.azuredatalakestore.net: this is a Data Lake Storage Gen1 account", "Gen2"},
		{"blob endpoint", nil, func(q *insights.EnvironmentRequest) {
			q.Storage = insights.DataStorage{Kind: insights.OwnStorage, Endpoint: "https://contoso.blob.core.windows.net"}
		}, "address: failed", "https://contoso.dfs.core.windows.net"},
		{"account name", nil, func(q *insights.EnvironmentRequest) { q.Storage.Account = "Contoso_1" }, "address: failed", "name the account"},
		{"no key", nil, func(q *insights.EnvironmentRequest) { q.Key = insights.Secret{} }, "credential: failed: no account key", "--key-file"},
		{"key is not base64", nil, func(q *insights.EnvironmentRequest) { q.Key = insights.NewSecret("not base64!") }, "credential: failed: the account key is not base64", "equals signs"},
		{"unknown account", nil, func(q *insights.EnvironmentRequest) { q.Storage.Account = "nosuchaccount" }, "account reachable: failed", "compare the name"},
		{"wrong key", nil, func(q *insights.EnvironmentRequest) { q.Key = key("wrong") }, "account key: failed", "rotated"},
		{"firewall", func(a *account) {
			a.fail = func(string) error { return errs.E(errs.Permission, "not from this network") }
		}, nil, "account reachable: failed: contoso refuses requests from here", "firewall"},
		{"flat namespace", func(a *account) { a.props.HierarchicalNamespace = false }, nil, "hierarchical namespace: failed", "upgrade"},
		{"region", nil, func(q *insights.EnvironmentRequest) { q.Region = "eastus" }, "region: failed: the account is in West Europe (westeurope), the environment would be in East US (eastus)", "name an account in East US"},
		{"read only", func(a *account) {
			a.fail = func(call string) error {
				if strings.HasPrefix(call, "PutBlob") {
					return errs.E(errs.Permission, "read only")
				}
				return nil
			}
		}, nil, "write access: failed: read only", "read-only lock"},
		{"write only", func(a *account) {
			a.fail = func(call string) error {
				if strings.HasPrefix(call, "Read ownlake-probe") {
					return errs.E(errs.Permission, "write only")
				}
				return nil
			}
		}, nil, "read access: failed: write only", "read and write"},
		{"full disk at the last step", func(a *account) {
			a.fail = func(call string) error {
				if strings.HasSuffix(call, "environment.json") {
					return errs.E(errs.Unavailable, "full")
				}
				return nil
			}
		}, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			world := newCloud(t)
			if tt.cloud != nil {
				world.change(contoso, tt.cloud)
			}
			s := newServer(t, world)
			c := s.open(t)
			q := ownRequest("Contoso")
			if tt.change != nil {
				tt.change(&q)
			}
			env, lines, err := c.Create(t.Context(), q)
			if err == nil {
				t.Fatalf("created %+v\n%s", env, outcomes(lines))
			}
			got := outcomes(lines)
			if tt.want != "" && !errs.Is(err, errs.Precondition) {
				t.Errorf("Create: %v, want kind precondition", err)
			}
			if !strings.Contains(got, tt.want) || !strings.Contains(got, tt.mend) {
				t.Errorf("lines are\n%swant %q and %q", got, tt.want, tt.mend)
			}
			if left := files(t, world.accounts[contoso].store); left != "" {
				t.Errorf("left in the account: %s", left)
			}
			if got := names(t, c); got != "" {
				t.Errorf("environments are %q, want none", got)
			}
			if err := c.Close(); err != nil || world.open != 0 {
				t.Errorf("%d accounts are still open (%v)", world.open, err)
			}
			if f, err := s.fs.Open("state/connections.json"); err == nil {
				_ = f.Close()
				edit(t, s.fs, "state/connections.json", func(b []byte) []byte {
					if strings.Contains(string(b), "contoso") {
						t.Errorf("the connection was kept: %s", b)
					}
					return b
				})
			}
		})
	}
}

func TestEveryPrerequisiteIsAnsweredOnALineOfItsOwn(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	c := newServer(t, world).open(t)
	lines, err := c.Check(t.Context(), ownRequest("Contoso"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `address: passed: https://contoso.dfs.core.windows.net
credential: passed: account key
account reachable: passed: contoso, StorageV2, Standard_LRS
account key: passed: accepted
hierarchical namespace: passed: on
region: passed: West Europe
container customerinsights: passed: exists
write access: passed: a probe file was written and deleted again
read access: passed: the probe file was read back
`
	if diff := cmp.Diff(want, outcomes(lines)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if left := files(t, world.accounts[contoso].store); left != "" {
		t.Errorf("the check left %s", left)
	}
	wrong := ownRequest("Contoso")
	wrong.Key = key("wrong")
	lines, err = c.Check(t.Context(), wrong)
	if err != nil || len(lines) != 9 {
		t.Fatalf("a check that fails has %d lines (%v), want 9", len(lines), err)
	}
	for _, l := range lines[4:] {
		if l.Outcome != insights.Skipped {
			t.Errorf("%s after a wrong key is %s, want skipped", l.Name, l.Outcome)
		}
	}
}

func TestTwoThingsWrongWithAnAccountAreBothReported(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	world.change(contoso, func(a *account) { a.props.HierarchicalNamespace = false })
	c := newServer(t, world).open(t)
	q := ownRequest("Contoso")
	q.Region = "eastus"
	lines, err := c.Check(t.Context(), q)
	if got := outcomes(lines); err != nil || !strings.Contains(got, "hierarchical namespace: failed") || !strings.Contains(got, "region: failed") {
		t.Errorf("Check: %v\n%s", err, got)
	}
}

func TestAnAccountThatCannotTellItsRegionIsAccepted(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	world.change(contoso, func(a *account) { a.props.Region = "" })
	c := newServer(t, world).open(t)
	_, lines, err := c.Create(t.Context(), ownRequest("Contoso"))
	if err != nil || !strings.Contains(outcomes(lines), "region: unknown") {
		t.Errorf("Create: %v\n%s", err, outcomes(lines))
	}
}

func TestTheContainerIsCreatedOnlyOnRequestAndTakenBackOnFailure(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	store := world.accounts[contoso].store
	exists := func() bool {
		_, err := store.FilesystemProperties(t.Context(), insights.Container)
		return err == nil
	}
	if err := store.DeleteFilesystem(t.Context(), insights.Container, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	c := newServer(t, world).open(t)
	_, lines, err := c.Create(t.Context(), ownRequest("Contoso"))
	if !errs.Is(err, errs.Precondition) || !strings.Contains(outcomes(lines), "--create-container") || exists() {
		t.Fatalf("without createContainer: %v, container exists: %v\n%s", err, exists(), outcomes(lines))
	}
	q := ownRequest("Contoso")
	q.CreateContainer = true
	if lines, err = c.Check(t.Context(), q); err != nil || exists() || !strings.Contains(outcomes(lines), "write access: unknown") {
		t.Fatalf("Check: %v, container exists: %v\n%s", err, exists(), outcomes(lines))
	}
	world.change(contoso, func(a *account) {
		a.fail = func(call string) error {
			if strings.HasPrefix(call, "Read ownlake-probe") {
				return errs.E(errs.Permission, "write only")
			}
			return nil
		}
	})
	if _, lines, err = c.Create(t.Context(), q); !errs.Is(err, errs.Precondition) || exists() {
		t.Fatalf("with a failing probe: %v, container exists: %v\n%s", err, exists(), outcomes(lines))
	}
	world.change(contoso, func(a *account) { a.fail = nil })
	if _, lines, err = c.Create(t.Context(), q); err != nil || !exists() || !strings.Contains(outcomes(lines), "container customerinsights: passed: created") {
		t.Fatalf("Create: %v, container exists: %v\n%s", err, exists(), outcomes(lines))
	}
}

func TestACallerWhoGivesUpGetsCanceledAndNoProbeStays(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	world.change(contoso, func(a *account) {
		a.fail = func(call string) error {
			if strings.HasPrefix(call, "Read ownlake-probe") {
				cancel()
			}
			return nil
		}
	})
	c := newServer(t, world).open(t)
	if _, _, err := c.Create(ctx, ownRequest("Contoso")); !errs.Is(err, errs.Canceled) {
		t.Errorf("Create: %v, want kind canceled", err)
	}
	world.change(contoso, func(a *account) { a.fail = nil })
	if left := files(t, world.accounts[contoso].store); left != "" {
		t.Errorf("left in the account: %s", left)
	}
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	create(t, c, ownRequest("Contoso"))
	if _, _, err := c.Create(t.Context(), ownRequest("contoso ")); !errs.Is(err, errs.Exists) {
		t.Errorf("a second environment named contoso: %v, want kind exists", err)
	}
}

func TestManagedStorageHasTheServersRegion(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	q := insights.EnvironmentRequest{Name: "Managed", Region: "eastus", Storage: insights.DataStorage{Kind: insights.ManagedStorage}}
	_, lines, err := c.Create(t.Context(), q)
	if !errs.Is(err, errs.Precondition) || !strings.Contains(outcomes(lines), "create the environment with the region northeurope") {
		t.Errorf("Create: %v\n%s", err, outcomes(lines))
	}
}

func TestTwoEnvironmentsInOneAccountCannotTouchEachOther(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	a, b := create(t, c, ownRequest("A")), create(t, c, ownRequest("B"))
	store, err := c.Store(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	ctx, fs, mine, theirs := t.Context(), insights.Container, a.ID.Folder().Join("x"), b.ID.Folder().Join("environment.json")
	if _, err := store.PutBlob(ctx, fs, mine, strings.NewReader("x"), lake.PutBlobOptions{}); err != nil {
		t.Fatal(err)
	}
	at := func(p lake.Path) lake.Location { return lake.Location{Filesystem: fs, Path: p} }
	second := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"Read":                  second(store.Read(ctx, fs, theirs, lake.ReadOptions{})),
		"Read of a detour":      second(store.Read(ctx, fs, a.ID.Folder()+"/../"+theirs, lake.ReadOptions{})),
		"Read elsewhere":        second(store.Read(ctx, "other", mine, lake.ReadOptions{})),
		"Create":                second(store.Create(ctx, fs, theirs, lake.CreateOptions{})),
		"Create of the sibling": second(store.Create(ctx, fs, a.ID.Folder()+"x", lake.CreateOptions{})),
		"Append":                store.Append(ctx, fs, theirs, 0, strings.NewReader("x"), lake.AppendOptions{}),
		"Flush":                 second(store.Flush(ctx, fs, theirs, 1, lake.FlushOptions{})),
		"Properties":            second(store.Properties(ctx, fs, theirs, lake.Conditions{})),
		"SetProperties":         second(store.SetProperties(ctx, fs, theirs, lake.PropertyUpdate{}, lake.Conditions{})),
		"List":                  second(store.List(ctx, fs, b.ID.Folder(), lake.ListOptions{})),
		"List of the root":      second(store.List(ctx, fs, lake.Root, lake.ListOptions{Recursive: true, Prefix: "ci_"})),
		"Rename from":           second(store.Rename(ctx, at(theirs), at(mine), lake.RenameOptions{})),
		"Rename to":             second(store.Rename(ctx, at(mine), at(theirs), lake.RenameOptions{})),
		"Delete":                store.Delete(ctx, fs, b.ID.Folder(), lake.DeleteOptions{Recursive: true}),
		"AccessControl":         second(store.AccessControl(ctx, fs, theirs, lake.Conditions{})),
		"SetAccessControl":      second(store.SetAccessControl(ctx, fs, theirs, lake.AccessControlUpdate{Permissions: "0777"}, lake.Conditions{})),
		"PutBlob":               second(store.PutBlob(ctx, fs, theirs, strings.NewReader("x"), lake.PutBlobOptions{})),
		"PutBlock":              store.PutBlock(ctx, fs, theirs, "a", strings.NewReader("x"), lake.PutBlockOptions{}),
		"PutBlockList":          second(store.PutBlockList(ctx, fs, theirs, nil, lake.PutBlobOptions{})),
		"BlockList":             second(store.BlockList(ctx, fs, theirs)),
		"CreateFilesystem":      second(store.CreateFilesystem(ctx, "other", lake.CreateFilesystemOptions{})),
		"SetFilesystemMetadata": second(store.SetFilesystemMetadata(ctx, fs, nil, lake.Conditions{})),
		"DeleteFilesystem":      store.DeleteFilesystem(ctx, fs, lake.Conditions{}),
		"ListFilesystems":       second(store.ListFilesystems(ctx, lake.ListFilesystemsOptions{})),
		"FilesystemProperties":  second(store.FilesystemProperties(ctx, "other")),
	} {
		if !errs.Is(err, errs.Permission) {
			t.Errorf("%s: %v, want kind permission", name, err)
		}
	}
}

func TestLocalFilesPassThroughOnlyWithinTheFolder(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	q := insights.EnvironmentRequest{Name: "Managed", Region: "northeurope", Storage: insights.DataStorage{Kind: insights.ManagedStorage}}
	a := create(t, c, q)
	q.Name = "Other"
	b := create(t, c, q)
	store, err := c.Store(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	local, ok := store.(lake.LocalFiles)
	if !ok {
		t.Fatal("the embedded account's files cannot be opened by path")
	}
	if _, release, err := local.LocalFile(t.Context(), insights.Container, a.ID.Folder().Join("environment.json")); err != nil {
		t.Error(err)
	} else {
		release()
	}
	if _, _, err := local.LocalFile(t.Context(), insights.Container, b.ID.Folder().Join("environment.json")); !errs.Is(err, errs.Permission) {
		t.Errorf("LocalFile of another environment: %v, want kind permission", err)
	}
	if _, err := local.AdoptFile(t.Context(), insights.Container, b.ID.Folder().Join("x"), "x", lake.PutBlobOptions{}); !errs.Is(err, errs.Permission) {
		t.Errorf("AdoptFile into another environment: %v, want kind permission", err)
	}
}

func TestDeletingAnOwnEnvironmentKeepsItsDataAndForgetsTheKey(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	s := newServer(t, world)
	c := s.open(t)
	a, b := create(t, c, ownRequest("A")), create(t, c, ownRequest("B"))
	if _, err := c.Delete(t.Context(), a.ID, "a"); !errs.Is(err, errs.Precondition) {
		t.Fatalf("Delete with another name: %v, want kind precondition", err)
	}
	removed, err := c.Delete(t.Context(), a.ID, "A")
	if err != nil || !removed.DataKept || removed.Files != 1 || removed.Bytes == 0 || removed.Folder != "customerinsights/"+string(a.ID.Folder()) {
		t.Fatalf("Delete: %+v, %v; want the folder with one file kept", removed, err)
	}
	store := world.accounts[contoso].store
	if got := files(t, store); !strings.Contains(got, string(a.ID.Folder())+"/environment.deleted.json") {
		t.Errorf("the account holds\n%s\nwant what A left", got)
	}
	if got := names(t, c); got != "B" {
		t.Errorf("environments are %q, want B", got)
	}
	if _, err := c.Store(t.Context(), b); err != nil {
		t.Errorf("B cannot be used any more: %v", err)
	}
	if _, err := c.Delete(t.Context(), b.ID, "B"); err != nil {
		t.Fatal(err)
	}
	edit(t, s.fs, "state/connections.json", func(data []byte) []byte {
		if strings.Contains(string(data), "contoso") {
			t.Errorf("the key is kept after the last environment was deleted: %s", data)
		}
		return data
	})
	if _, _, err := c.Connect(t.Context(), byKey("contoso", "right")); !errs.Is(err, errs.Precondition) {
		t.Errorf("connecting to an account without environments: %v, want kind precondition", err)
	}
}

func TestDeletingAManagedEnvironmentDeletesItsData(t *testing.T) {
	t.Parallel()
	s := newServer(t, newCloud(t))
	c := s.open(t)
	env := create(t, c, insights.EnvironmentRequest{Name: "Managed", Region: "northeurope", Storage: insights.DataStorage{Kind: insights.ManagedStorage}})
	removed, err := c.Delete(t.Context(), env.ID, "Managed")
	if err != nil || removed.DataKept || removed.Files != 1 {
		t.Fatalf("Delete: %+v, %v; want one file deleted", removed, err)
	}
	if got := files(t, s.managed); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

func TestADamagedEnvironmentDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	s := newServer(t, newCloud(t))
	c := s.open(t)
	good := create(t, c, insights.EnvironmentRequest{Name: "Good", Region: "northeurope", Storage: insights.DataStorage{Kind: insights.ManagedStorage}})
	for folder, text := range map[lake.Path]string{
		"ci_damaged": "{", "ci_newer": `{"version": 99, "id": "newer", "name": "Newer"}`, "ci_copy": `{"version": 1, "id": "` + string(good.ID) + `", "name": "Copy"}`,
	} {
		if _, err := s.managed.PutBlob(t.Context(), insights.Container, folder.Join("environment.json"), strings.NewReader(text), lake.PutBlobOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := c.List(t.Context())
	if err != nil || len(all) != 4 {
		t.Fatalf("List: %+v, %v; want four environments", all, err)
	}
	for _, env := range all {
		if (env.Problem == "") != (env.ID == good.ID) {
			t.Errorf("%s has the problem %q", env.Name, env.Problem)
		}
	}
}

func TestSourcesReachOnlyConnectedAccounts(t *testing.T) {
	t.Parallel()
	s := newServer(t, newCloud(t))
	c := s.open(t)
	create(t, c, ownRequest("Contoso"))
	for endpoint, ok := range map[string]bool{
		contoso: true, contoso + "/": true, "HTTPS://CONTOSO.dfs.core.windows.net": true,
		"https://embedded.dfs.core.windows.net": true, "https://fabrikam.dfs.core.windows.net": false,
	} {
		store, err := c.Lake(t.Context(), endpoint, "")
		if ok && (err != nil || store == nil) {
			t.Errorf("Lake(%q): %v", endpoint, err)
		}
		if !ok && !errs.Is(err, errs.NotFound) {
			t.Errorf("Lake(%q): %v, want kind not found", endpoint, err)
		}
	}
}
