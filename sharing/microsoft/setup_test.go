package microsoft_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/directory"
)

// record keeps a record as its text, as a file does.
type record struct{ text []byte }

func (m *record) Load() (*sharing.Record, error) {
	if m.text == nil {
		return nil, errs.E(errs.NotFound, "no record")
	}
	r := &sharing.Record{}
	return r, json.Unmarshal(m.text, r)
}

func (m *record) Save(r *sharing.Record) (err error) {
	m.text, err = json.Marshal(r)
	return err
}

func (m *record) Remove() error {
	m.text = nil
	return nil
}

func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// TestALakeIsSharedProvedAndTakenBack is the whole of package sharing by the real protocols.
func TestALakeIsSharedProvedAndTakenBack(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	_, err := b.store.CreateFilesystem(t.Context(), sharing.Container, lake.CreateFilesystemOptions{})
	b.must(err)
	for _, f := range []lake.Path{"ci_1/Merge/a.csv", "ci_1/Merge/Söhne & Co/50%/b+c #1?.parquet", "ci_1/model.json"} {
		_, err := b.store.PutBlob(t.Context(), sharing.Container, f, strings.NewReader("x"), lake.PutBlobOptions{})
		b.must(err)
	}
	before, groupsBefore, rolesBefore := b.lists(), len(b.Directory.Groups()), len(b.resources.RoleAssignments())
	o := b.user(b.admin)
	s := sharing.Setup{Cloud: microsoft.Connect(o), Account: accountScope, Prefix: "contoso", Record: &record{}, Sleep: noSleep}
	done, err := s.Apply(t.Context())
	b.must(err)
	if len(done.Failures) != 0 || done.Files != 3 || done.Directories != 5 {
		t.Errorf("%d directories, %d files and %d failures, want 5, 3 and 0", done.Directories, done.Files, len(done.Failures))
	}
	again, err := s.Apply(t.Context())
	b.must(err)
	if again.Identifier != done.Identifier {
		t.Errorf("a second run ends with %s, the first with %s", again.Identifier, done.Identifier)
	}
	// A setup leaves the person no right to look at the data.
	b.grant(b.admin.ID, "User", accountScope, access.StorageBlobDataReader)
	b.checked(s)

	actor := func(name string, group access.ObjectID) *microsoft.Lake {
		sp, o := b.application(name)
		if group != "" {
			b.must(b.Directory.AddMember(group, sp.ID))
		}
		return b.lakeOf(o)
	}
	l := b.lakeOf(b.optionsOf(o.Credential))
	reader := actor("reader", done.Identifier.Reader)
	findings, err := sharing.Prove(t.Context(), l, lake.Root, sharing.Actors{
		Reader: reader, Contributor: actor("contributor", done.Identifier.Contributor), Stranger: actor("stranger", ""),
	})
	b.must(err)
	for _, f := range findings {
		if !f.OK {
			t.Errorf("%s: %s", f.What, f.Found)
		}
	}
	if len(findings) < 30 {
		t.Errorf("only %d findings", len(findings))
	}
	is(t, reader.Act(t.Context(), access.SetACL, "ci_1/model.json", ""), errs.Permission, "AuthorizationPermissionMismatch")
	b.must(reader.Act(t.Context(), access.GetACL, "ci_1/model.json", ""))

	b.must(sharing.Undo{Cloud: s.Cloud, Record: s.Record, Sleep: noSleep}.Run(t.Context()))
	if diff := cmp.Diff(before, b.lists()); diff != "" {
		t.Errorf("lists after the undo (-before +after):\n%s", diff)
	}
	if g, r := len(b.Directory.Groups()), len(b.resources.RoleAssignments()); g != groupsBefore || r != rolesBefore+1 {
		t.Errorf("after the undo %d groups and %d assignments, before %d and %d", g, r-1, groupsBefore, rolesBefore)
	}
}

// TestASetupThatWasInterruptedGoesOn ends the process after each request that changes something, before its answer comes.
func TestASetupThatWasInterruptedGoesOn(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, cutAt int) (state []string, changes int) {
		t.Helper()
		b := newBox(t)
		_, err := b.store.PutBlob(t.Context(), b.filesystem(), "ci_1/Merge/a.csv", strings.NewReader("x"), lake.PutBlobOptions{})
		b.must(err)
		o := b.user(b.admin)
		s := sharing.Setup{Cloud: microsoft.Connect(o), Account: accountScope, Prefix: "contoso", Record: &record{}, Sleep: noSleep}
		before := b.state()
		if cutAt > 0 {
			ctx, cancel := context.WithCancel(t.Context())
			b.cutAt, b.cut = cutAt, cancel
			if _, err = s.Apply(ctx); err == nil {
				t.Errorf("a setup that was interrupted at change %d went through", cutAt)
			}
			cancel()
			b.cut, s.Cloud = nil, microsoft.Connect(o) // another process
		}
		_, err = s.Apply(t.Context())
		b.must(err)
		state, changes = b.state(), b.changes
		b.must(sharing.Undo{Cloud: s.Cloud, Record: s.Record, Sleep: noSleep}.Run(t.Context()))
		if diff := cmp.Diff(before, b.state()); diff != "" {
			t.Errorf("interrupted at change %d and taken back (-before +after):\n%s", cutAt, diff)
		}
		return state, changes
	}
	want, changes := run(t, 0)
	if changes < 8 {
		t.Fatalf("only %d changes", changes)
	}
	for k := 1; k <= changes; k++ {
		t.Run(strconv.Itoa(k), func(t *testing.T) {
			t.Parallel()
			got, _ := run(t, k)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("interrupted at change %d of %d (-without +with):\n%s", k, changes, diff)
			}
		})
	}
}

// filesystem makes the container.
func (b *box) filesystem() lake.Filesystem {
	b.t.Helper()
	_, err := b.store.CreateFilesystem(b.t.Context(), sharing.Container, lake.CreateFilesystemOptions{})
	b.must(err)
	return sharing.Container
}

// state is all that a setup changes, with names in the place of ids.
func (b *box) state() []string {
	b.t.Helper()
	var names []string
	name := func(id access.ObjectID) string {
		o, err := b.Directory.Object(id)
		b.must(err)
		return o.Name()
	}
	var lines []string
	for _, g := range b.Directory.Groups() {
		names = append(names, string(g.ID), g.DisplayName)
		var related []string
		for _, o := range b.Directory.Owners(g.ID) {
			related = append(related, "owner "+o.Name())
		}
		for _, o := range b.Directory.Members(g.ID) {
			related = append(related, "member "+o.Name())
		}
		slices.Sort(related)
		lines = append(lines, fmt.Sprintf("group %s %q", g.DisplayName, related))
	}
	for _, a := range b.resources.RoleAssignments() {
		lines = append(lines, fmt.Sprintf("role %s of %s at %s", a.Role, name(a.Principal), a.Scope))
	}
	replace := strings.NewReplacer(names...)
	for p, list := range b.lists() {
		entries := strings.Split(replace.Replace(list), ",")
		slices.Sort(entries) // the service orders them by id
		lines = append(lines, fmt.Sprintf("list of %q %v", p, entries))
	}
	slices.Sort(lines)
	return lines
}

// checked fails the test unless everything is as a setup leaves it.
func (b *box) checked(s sharing.Setup) {
	b.t.Helper()
	findings, err := s.Check(b.t.Context())
	b.must(err)
	for _, f := range findings {
		if !f.OK {
			b.t.Errorf("check: %s: %s", f.What, f.Found)
		}
	}
}

func TestASetupByWhoMayNotMakeGroupsTellsTheManualWay(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.must(b.Directory.SetSettings(directory.Settings{DisableGroupCreation: true}))
	_, err := b.store.CreateFilesystem(t.Context(), sharing.Container, lake.CreateFilesystemOptions{})
	b.must(err)
	ann := b.User("ann")
	b.grant(ann.ID, "User", access.Subscription(subscription), access.Owner)
	s := sharing.Setup{Cloud: microsoft.Connect(b.user(ann)), Account: accountScope, Prefix: "contoso", Record: &record{}, Sleep: noSleep}
	_, err = s.Apply(t.Context())
	if !errs.Is(err, errs.Permission) && !errs.Is(err, errs.Precondition) || !strings.Contains(err.Error(), "dministrator") {
		t.Errorf("error %v of kind %v", err, errs.KindOf(err))
	}
}

func TestActsAreKnownOrRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	l := b.lakeWith("d/Söhne & Co/50% #1?.csv")
	b.must(l.Act(t.Context(), access.RenameFrom, "d/Söhne & Co/50% #1?.csv", "d/a+b.csv"))
	for range 2 {
		b.must(l.Act(t.Context(), access.WriteFile, "d/a+b.csv", ""))
	}
	p, err := b.store.Properties(t.Context(), sharing.Container, "d/a+b.csv", lake.Conditions{})
	b.must(err)
	if p.Size != 1+2*8 {
		t.Errorf("the file has %d bytes, want 17", p.Size)
	}
	b.must(l.Act(t.Context(), access.ListDirectory, lake.Root, ""))
	b.must(l.Act(t.Context(), access.SetACL, "d", ""))
	is(t, l.Act(t.Context(), access.ReadFile, "none", ""), errs.NotFound, "")
	is(t, l.Act(t.Context(), access.Undelete, "d", ""), errs.Invalid, "")
	b.fail(4, "GET", "d/a%2Bb.csv", dies)
	b.fail(4, "GET", "d/a+b.csv", dies)
	if err := l.Act(t.Context(), access.ReadFile, "d/a+b.csv", ""); !errs.Is(err, errs.Unavailable) {
		t.Errorf("half a file counts as read: %v", err)
	}
}
