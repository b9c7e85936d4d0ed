package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// RunService runs the cases of what a [lake.Service] does beyond a [lake.Store], as [Run] runs those of a store. The
// settings of the service are changed, one case at a time.
func RunService(t *testing.T, open func(t *testing.T) lake.Service) {
	t.Helper()
	service := open(t)
	for _, c := range serviceCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&serviceEnv{newEnv(t, service), service})
		})
	}
	t.Run("settings are kept whole", func(t *testing.T) {
		t.Parallel()
		settingsCase(newEnv(t, service), service)
	})
}

// serviceCase is a case for a service; its name is the sentence that fails.
type serviceCase struct {
	name string
	run  func(*serviceEnv)
}

type serviceEnv struct {
	*env
	service lake.Service
}

var serviceCases = []serviceCase{
	{"a lease keeps others from writing, moving and deleting a file", leaseGuardsAFile},
	{"a lease is for one at a time, until it is released or broken", leaseIsForOne},
	{"a filesystem's lease keeps it from being deleted", leaseGuardsAFilesystem},
	{"a file made with a lease has it", leaseWithinACreate},
	{"snapshots keep what a file was, and go with it", snapshotsKeepAFile},
	{"append blobs grow by blocks until they are sealed", appendBlobs},
	{"tags and tiers change neither ETag nor time", tagsAndTiers},
	{"tags decide whether a condition holds", tagConditions},
	{"details are those of the new file", detailsAreReplaced},
	{"a filesystem's access and policies are kept in their order", containerAccess},
	{"a file has the encryption scope of its filesystem or its own", encryptionScopes},
	{"blobs that were begun are found until they are committed", uncommittedBlobs},
}

const (
	mine   lake.LeaseID = "11111111-1111-4111-8111-111111111111"
	theirs lake.LeaseID = "22222222-2222-4222-8222-222222222222"
)

func (e *serviceEnv) lease(p lake.Path, r lake.LeaseRequest) (lake.Properties, error) {
	props, _, err := e.service.Lease(e.Context(), e.fs, p, r, lake.Conditions{})
	return props, err
}

func (e *serviceEnv) acquire(p lake.Path) {
	e.Helper()
	props, err := e.lease(p, lake.LeaseRequest{Action: lake.AcquireLease, Proposed: mine, Duration: lake.Infinite})
	e.ok(err)
	e.same("the lease", props.Lease, lake.LeaseStatus{State: lake.Leased, Infinite: true})
}

func leaseGuardsAFile(e *serviceEnv) {
	before := e.put("f", "old")
	e.acquire("f")
	e.same("the ETag", e.stat("f").ETag, before.ETag)
	ctx := e.Context()
	for id, code := range map[lake.LeaseID]errs.Code{"": lake.CodeLeaseIDMissing, theirs: lake.CodeLeaseIDMismatch} {
		c := lake.Conditions{LeaseID: id}
		_, err := e.store.PutBlob(ctx, e.fs, "f", strings.NewReader("new"), lake.PutBlobOptions{Conditions: c})
		e.fails(err, errs.Precondition, code)
		e.fails(e.store.Append(ctx, e.fs, "f", 3, strings.NewReader("x"), lake.AppendOptions{LeaseID: id}), errs.Precondition, code)
		e.fails(e.store.PutBlock(ctx, e.fs, "f", "block", strings.NewReader("x"), lake.PutBlockOptions{LeaseID: id}), errs.Precondition, code)
		_, err = e.store.SetProperties(ctx, e.fs, "f", lake.PropertyUpdate{Metadata: &lake.Metadata{"k": "v"}}, c)
		e.fails(err, errs.Precondition, code)
		_, err = e.rename("f", "g", lake.RenameOptions{Source: c})
		e.fails(err, errs.Precondition, code)
		e.fails(e.store.Delete(ctx, e.fs, "f", lake.DeleteOptions{Conditions: c}), errs.Precondition, code)
	}
	e.holds("f", "old") // reading needs no lease
	_, err := e.store.PutBlob(ctx, e.fs, "f", strings.NewReader("new"), lake.PutBlobOptions{Conditions: lake.Conditions{LeaseID: mine}})
	e.ok(err)
	e.same("the lease of what was overwritten", e.stat("f").Lease.State, lake.Leased)
	_, err = e.rename("f", "g", lake.RenameOptions{Source: lake.Conditions{LeaseID: mine}})
	e.ok(err)
	e.same("the lease of what was moved", e.stat("g").Lease.State, lake.Leased)
	e.ok(e.store.Delete(ctx, e.fs, "g", lake.DeleteOptions{Conditions: lake.Conditions{LeaseID: mine}}))
	e.put("g", "another")
	e.same("the lease of another file of that name", e.stat("g").Lease, lake.LeaseStatus{})
}

func leaseIsForOne(e *serviceEnv) {
	e.put("f", "x")
	e.acquire("f")
	acquire := lake.LeaseRequest{Action: lake.AcquireLease, Proposed: theirs, Duration: 15 * time.Second}
	_, err := e.lease("f", acquire)
	e.fails(err, errs.Conflict, lake.CodeLeaseAlreadyPresent)
	_, err = e.lease("f", lake.LeaseRequest{Action: lake.RenewLease, ID: theirs})
	e.fails(err, errs.Conflict, lake.CodeLeaseIDMismatchWithLease)
	_, err = e.lease("f", lake.LeaseRequest{Action: lake.ReleaseLease, ID: mine})
	e.ok(err)
	_, err = e.lease("f", lake.LeaseRequest{Action: lake.RenewLease, ID: mine})
	e.fails(err, errs.Conflict, lake.CodeLeaseNotPresentWithLease)
	_, err = e.lease("f", acquire)
	e.ok(err)
	var now time.Duration
	props, err := e.lease("f", lake.LeaseRequest{Action: lake.BreakLease, BreakPeriod: &now})
	e.ok(err)
	e.same("the state", props.Lease.State, lake.Broken)
	_, err = e.lease("f", lake.LeaseRequest{Action: lake.RenewLease, ID: theirs})
	e.fails(err, errs.Conflict, lake.CodeLeaseIsBrokenAndCannotBeRenewed)
	_, err = e.lease("none", acquire)
	e.fails(err, errs.NotFound, lake.CodePathNotFound)
}

func leaseGuardsAFilesystem(e *serviceEnv) {
	fs := e.filesystem("leased")
	ctx := e.Context()
	props, _, err := e.service.LeaseFilesystem(ctx, fs, lake.LeaseRequest{Action: lake.AcquireLease, Proposed: mine, Duration: lake.Infinite}, lake.Conditions{})
	e.ok(err)
	e.same("the state", props.Lease.State, lake.Leased)
	e.fails(e.store.DeleteFilesystem(ctx, fs, lake.Conditions{}), errs.Precondition, lake.CodeLeaseIDMissing)
	e.fails(e.store.DeleteFilesystem(ctx, fs, lake.Conditions{LeaseID: theirs}), errs.Precondition, lake.CodeLeaseIDMismatch)
	e.writeIn(fs, "f", "what is inside is free")
	e.ok(e.service.CheckFilesystemLease(ctx, fs, mine))
	e.ok(e.store.DeleteFilesystem(ctx, fs, lake.Conditions{LeaseID: mine}))
}

func leaseWithinACreate(e *serviceEnv) {
	r := lake.LeaseRequest{Action: lake.AcquireLease, Proposed: mine, Duration: lake.Infinite}
	_, err := e.store.Create(e.Context(), e.fs, "d/f", lake.CreateOptions{Lease: &r})
	e.ok(err)
	e.same("the state", e.stat("d/f").Lease.State, lake.Leased)
	e.same("the state of the parent", e.stat("d").Lease.State, lake.Available)
	_, err = e.store.Create(e.Context(), e.fs, "d/f", lake.CreateOptions{})
	e.fails(err, errs.Precondition, lake.CodeLeaseIDMissing)
}

func snapshotsKeepAFile(e *serviceEnv) {
	ctx := e.Context()
	old, changed := bulk(30_000, 1), bulk(40_000, 2)
	e.put("f", old)
	first, _, err := e.service.Snapshot(ctx, e.fs, "f", nil, lake.Conditions{})
	e.ok(err)
	second, _, err := e.service.Snapshot(ctx, e.fs, "f", &lake.Metadata{"own": "1"}, lake.Conditions{})
	e.ok(err)
	e.put("f", changed)
	read := func(p lake.Path, id lake.SnapshotID) string {
		c, err := e.store.Read(ctx, e.fs, p, lake.ReadOptions{Snapshot: id})
		e.ok(err)
		return string(e.drain(c))
	}
	e.same("what the snapshot holds is what was", read("f", first) == old, true)
	_, err = e.rename("f", "g", lake.RenameOptions{})
	e.ok(err)
	list, err := e.service.ListSnapshots(ctx, e.fs, "g")
	e.ok(err)
	if len(list) != 2 || list[0].ID != first || list[1].ID != second {
		e.Fatalf("the snapshots are %v, want %s and %s", list, first, second)
	}
	e.same("the second's metadata", lower(list[1].Properties.Metadata), map[string]string{"own": "1"})
	e.fails(e.store.Delete(ctx, e.fs, "g", lake.DeleteOptions{}), errs.Conflict, lake.CodeSnapshotsPresent)
	e.put("other", "x")
	_, err = e.rename("other", "g", lake.RenameOptions{})
	e.fails(err, errs.Conflict, lake.CodeSnapshotsPresent)
	e.ok(e.service.DeleteSnapshot(ctx, e.fs, "g", first, lake.Conditions{}))
	_, err = e.service.SnapshotProperties(ctx, e.fs, "g", first, lake.Conditions{})
	e.fails(err, errs.NotFound, lake.CodePathNotFound)
	e.same("what the other snapshot holds is what was", read("g", second) == old, true)
	e.holds("g", changed)
	e.ok(e.store.Delete(ctx, e.fs, "g", lake.DeleteOptions{Snapshots: true}))
	e.missing("g")
}

func appendBlobs(e *serviceEnv) {
	ctx := e.Context()
	_, err := e.store.PutBlob(ctx, e.fs, "log", strings.NewReader(""), lake.PutBlobOptions{Details: &lake.BlobDetails{Append: &lake.AppendState{}}})
	e.ok(err)
	add := func(p lake.Path, content string, o lake.AppendBlockOptions) (lake.Properties, int64, error) {
		return e.service.AppendBlock(ctx, e.fs, p, strings.NewReader(content), o)
	}
	for i, want := range []int64{0, 4} {
		props, offset, err := add("log", "line", lake.AppendBlockOptions{})
		e.ok(err)
		e.same("offset and blocks", [2]int64{offset, int64(props.Details.Append.Blocks)}, [2]int64{want, int64(i + 1)})
	}
	at, most := int64(4), int64(10)
	_, _, err = add("log", "x", lake.AppendBlockOptions{Position: &at})
	e.fails(err, errs.Precondition, lake.CodeAppendPositionConditionNotMet)
	_, _, err = add("log", "xxx", lake.AppendBlockOptions{MaxSize: &most})
	e.fails(err, errs.Precondition, lake.CodeMaxBlobSizeConditionNotMet)
	e.holds("log", "lineline")
	_, err = e.service.SealAppendBlob(ctx, e.fs, "log", lake.AppendBlockOptions{})
	e.ok(err)
	_, _, err = add("log", "x", lake.AppendBlockOptions{})
	e.fails(err, errs.Conflict, lake.CodeBlobIsSealed)
	e.put("block", "x")
	_, _, err = add("block", "x", lake.AppendBlockOptions{})
	e.fails(err, errs.Conflict, lake.CodeInvalidBlobType)
	e.fails(e.store.PutBlock(ctx, e.fs, "log", "id", strings.NewReader("x"), lake.PutBlockOptions{}), errs.Conflict, lake.CodeInvalidBlobType)
}

func tagsAndTiers(e *serviceEnv) {
	ctx := e.Context()
	before := e.put("f", "x")
	e.ok(e.service.SetTags(ctx, e.fs, "f", lake.Tags{"a": "1", "b": ""}, lake.Conditions{}))
	e.ok(e.service.SetTier(ctx, e.fs, "f", lake.Cool))
	after := e.stat("f")
	e.same("ETag", after.ETag, before.ETag)
	e.same("time", after.LastModified, before.LastModified)
	e.same("tags", after.Details.AllTags(), lake.Tags{"a": "1", "b": ""})
	e.same("tier", after.Details.Tier, lake.Cool)
	e.ok(e.service.SetTier(ctx, e.fs, "f", lake.Archive))
	_, err := e.store.Read(ctx, e.fs, "f", lake.ReadOptions{})
	e.fails(err, errs.Conflict, lake.CodeBlobArchived)
	e.ok(e.service.SetTier(ctx, e.fs, "f", lake.Hot))
	e.holds("f", "x")
	e.ok(e.service.SetTags(ctx, e.fs, "f", nil, lake.Conditions{}))
	e.same("tags afterwards", len(e.stat("f").Details.AllTags()), 0)
}

func tagConditions(e *serviceEnv) {
	e.put("f", "x")
	e.ok(e.service.SetTags(e.Context(), e.fs, "f", lake.Tags{"state": "done"}, lake.Conditions{}))
	for text, holds := range map[string]bool{`"state" = 'done'`: true, `"state" <> 'done'`: false, `"other" = 'x'`: false} {
		x, err := lake.ParseTagExpression(text)
		e.ok(err)
		_, err = e.store.Properties(e.Context(), e.fs, "f", lake.Conditions{IfTags: x})
		if holds {
			e.ok(err)
			continue
		}
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
	}
}

func detailsAreReplaced(e *serviceEnv) {
	d := &lake.BlobDetails{Tier: lake.Cool, Tags: lake.Tags{"a": "1"}}
	put := func(d *lake.BlobDetails) {
		_, err := e.store.PutBlob(e.Context(), e.fs, "f", strings.NewReader("x"), lake.PutBlobOptions{Details: d})
		e.ok(err)
	}
	put(d)
	e.same("tier", e.stat("f").Details.Tier, lake.Cool)
	put(nil)
	if got := e.stat("f").Details; got != nil && (got.Tier != "" || len(got.Tags) > 0) {
		e.Errorf("what was overwritten left its details behind: %+v", got)
	}
}

func containerAccess(e *serviceEnv) {
	expiry := time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)
	want := lake.ContainerAccess{Public: lake.PublicBlobs, Policies: []lake.AccessPolicy{
		{ID: "z", Permissions: "rl"}, {ID: "a", Start: expiry.AddDate(-1, 0, 0), Expiry: expiry},
	}}
	before, _, err := e.service.ContainerAccess(e.Context(), e.fs)
	e.ok(err)
	e.same("at first", before, lake.ContainerAccess{})
	_, err = e.service.SetContainerAccess(e.Context(), e.fs, want, lake.Conditions{})
	e.ok(err)
	got, props, err := e.service.ContainerAccess(e.Context(), e.fs)
	e.ok(err)
	e.same("access", got, want)
	e.same("what the properties say", props.PublicAccess, lake.PublicBlobs)
	_, err = e.service.SetContainerAccess(e.Context(), e.fs, lake.ContainerAccess{}, lake.Conditions{IfMatch: "0x1"})
	e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
}

func encryptionScopes(e *serviceEnv) {
	ctx, fs := e.Context(), uniqueName("scoped")
	policy := lake.EncryptionPolicy{Default: "scope-1", DenyOverride: true}
	props, err := e.store.CreateFilesystem(ctx, fs, lake.CreateFilesystemOptions{Encryption: policy})
	e.ok(err)
	e.deleteAfter(fs)
	e.same("policy", props.Encryption, policy)
	e.writeIn(fs, "d/f", "x")
	_, err = e.store.PutBlob(ctx, fs, "g", strings.NewReader("x"), lake.PutBlobOptions{Details: &lake.BlobDetails{EncryptionScope: "scope-2"}})
	e.ok(err)
	for p, want := range map[lake.Path]lake.EncryptionScope{"d": "", "d/f": "scope-1", "g": "scope-2"} {
		props, err := e.store.Properties(ctx, fs, p, lake.Conditions{})
		e.ok(err)
		e.same("scope of "+string(p), props.Details.Scope(), want)
	}
}

func uncommittedBlobs(e *serviceEnv) {
	ctx := e.Context()
	e.put("old", "x")
	for _, p := range []lake.Path{"a/b", "c", "old"} {
		e.putBlock(p, "block", "x")
	}
	begun := func() []lake.Path {
		list, err := e.service.UncommittedBlobs(ctx, e.fs, "", "", 10)
		e.ok(err)
		return list
	}
	e.same("begun", begun(), []lake.Path{"a/b", "c"})
	_, err := e.store.PutBlockList(ctx, e.fs, "c", []lake.BlockRef{{ID: "block"}}, lake.PutBlobOptions{})
	e.ok(err)
	e.same("begun, and not committed", begun(), []lake.Path{"a/b"})
}

func settingsCase(e *env, service lake.Service) {
	before, err := service.ServiceSettings(e.Context())
	e.ok(err)
	want := before
	want.CORS = []lake.CORSRule{{Origins: []string{"*"}, Methods: []string{"GET"}, ExposedHeaders: []string{"x-ms-*"}, MaxAge: time.Minute}}
	e.ok(service.SetServiceSettings(e.Context(), want))
	got, err := service.ServiceSettings(e.Context())
	e.ok(err)
	e.same("CORS rules", len(got.CORS), 1)
	e.same("the rule's origins", got.CORS[0].Origins, []string{"*"})
	e.ok(service.SetServiceSettings(e.Context(), before))
}
