package localstore_test

import (
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

func TestAccessOfAContainerSurvivesOtherChangesAndARestart(t *testing.T) {
	t.Parallel()
	o := localstore.Options{FS: vfs.NewMem(), Dir: "/lake", Clock: time.Now}
	s, err := localstore.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	made, err := s.CreateFilesystem(ctx, "fs1", lake.CreateFilesystemOptions{PublicAccess: lake.PublicBlobs})
	if err != nil || made.PublicAccess != lake.PublicBlobs {
		t.Fatalf("made with access %q, %v", made.PublicAccess, err)
	}
	want := lake.ContainerAccess{Public: lake.PublicContainer, Policies: []lake.AccessPolicy{
		{ID: "z", Start: time.Date(2020, 1, 2, 3, 4, 5, 6700, time.UTC), Expiry: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), Permissions: "rl"},
		{ID: "a"},
	}}
	set, err := s.SetContainerAccess(ctx, "fs1", want, lake.Conditions{IfMatch: made.ETag})
	if err != nil || set.ETag == made.ETag {
		t.Fatalf("setting the access: ETag %s after %s, %v", set.ETag, made.ETag, err)
	}
	if _, err := s.SetContainerAccess(ctx, "fs1", lake.ContainerAccess{}, lake.Conditions{IfMatch: made.ETag}); errs.CodeOf(err) != lake.CodeConditionNotMet {
		t.Errorf("setting it on an old version: %v, want %s", err, lake.CodeConditionNotMet)
	}
	if _, err := s.SetFilesystemMetadata(ctx, "fs1", lake.Metadata{"k": "v"}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetAccessControl(ctx, "fs1", lake.Root, lake.AccessControlUpdate{Owner: "me"}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, o)
	got, props, err := s.ContainerAccess(ctx, "fs1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || props.PublicAccess != lake.PublicContainer || props.Metadata["k"] != "v" {
		t.Errorf("after a restart, with properties %+v (-want +got):\n%s", props, diff)
	}
	if _, err := s.SetContainerAccess(ctx, "fs1", lake.ContainerAccess{}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	if got, _, err := s.ContainerAccess(ctx, "fs1"); err != nil || got.Public != lake.Private || len(got.Policies) != 0 {
		t.Errorf("after taking it away: %+v, %v", got, err)
	}
	if _, _, err := s.ContainerAccess(ctx, "none"); errs.CodeOf(err) != lake.CodeFilesystemNotFound {
		t.Errorf("of a missing filesystem: %v, want %s", err, lake.CodeFilesystemNotFound)
	}
}
