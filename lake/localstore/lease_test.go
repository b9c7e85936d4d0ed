package localstore

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func TestOneOfManyWhoAskAtOnceGetsTheLease(t *testing.T) {
	t.Parallel()
	s := openDir(t, t.TempDir())
	defer closeStore(t, s)
	run(t, s, scenario(nil)[0], put("f", bulk(10, 1)))
	const clients = 32
	won := make(chan lake.LeaseID, clients)
	var asking sync.WaitGroup
	for i := range clients {
		asking.Go(func() {
			id := lake.LeaseID(fmt.Sprint("client", i))
			_, _, err := s.Lease(t.Context(), "one", "f", lake.LeaseRequest{Action: lake.AcquireLease, Proposed: id, Duration: lake.Infinite}, lake.Conditions{})
			switch {
			case err == nil:
				won <- id
			case errs.CodeOf(err) != lake.CodeLeaseAlreadyPresent:
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	asking.Wait()
	if len(won) != 1 {
		t.Fatalf("%d clients got the lease, want one", len(won))
	}
	_, err := s.PutBlob(t.Context(), "one", "f", strings.NewReader("x"), lake.PutBlobOptions{Conditions: lake.Conditions{LeaseID: <-won}})
	if err != nil {
		t.Errorf("the one who got it cannot write: %v", err)
	}
}

func TestALeaseSurvivesARestartAndEndsByTheClock(t *testing.T) {
	t.Parallel()
	clock := newLateClock()
	fs := vfs.NewMem()
	s := lateStore(t, fs, "/lake", clock)
	run(t, s, scenario(nil)[0], put("f", bulk(10, 1)), put("d/g", bulk(10, 2)))
	ctx := t.Context()
	minute := lake.LeaseRequest{Action: lake.AcquireLease, Proposed: "mine", Duration: time.Minute}
	for _, p := range []lake.Path{"f", "d"} {
		if _, _, err := s.Lease(ctx, "one", p, minute, lake.Conditions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.LeaseFilesystem(ctx, "one", minute, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = lateStore(t, fs, "/lake", clock)
	defer func() { closeStore(t, s) }()
	clock.move(59 * time.Second)
	if err := s.Delete(ctx, "one", "f", lake.DeleteOptions{}); errs.CodeOf(err) != lake.CodeLeaseIDMissing {
		t.Errorf("deleting a leased file: %v", err)
	}
	if err := s.Delete(ctx, "one", "d", lake.DeleteOptions{Recursive: true}); errs.CodeOf(err) != lake.CodeLeaseIDMissing {
		t.Errorf("deleting a leased directory: %v", err)
	}
	if err := s.DeleteFilesystem(ctx, "one", lake.Conditions{}); errs.CodeOf(err) != lake.CodeLeaseIDMissing {
		t.Errorf("deleting a leased filesystem: %v", err)
	}
	run(t, s, put("d/new", bulk(10, 3))) // a directory's lease says nothing of what it holds
	clock.move(time.Second)
	p, err := s.Properties(ctx, "one", "f", lake.Conditions{})
	if err != nil || p.Lease.State != lake.Expired {
		t.Errorf("after its minute the lease is %q (%v), want expired", p.Lease.State, err)
	}
	renew := lake.LeaseRequest{Action: lake.RenewLease, ID: "mine"}
	if _, _, err := s.Lease(ctx, "one", "f", renew, lake.Conditions{}); err != nil {
		t.Errorf("renewing an expired lease of a file that nobody wrote: %v", err)
	}
	clock.move(time.Minute)
	if err := s.SetTags(ctx, "one", "f", lake.Tags{"a": "1"}, lake.Conditions{}); err != nil {
		t.Errorf("writing when the lease has expired: %v", err)
	}
	if _, _, err := s.Lease(ctx, "one", "f", renew, lake.Conditions{}); errs.CodeOf(err) != lake.CodeLeaseNotPresentWithLease {
		t.Errorf("renewing it after another wrote: %v", err)
	}
}

func TestAppendsAndBlocksNeedTheLease(t *testing.T) {
	t.Parallel()
	s := openDir(t, t.TempDir())
	defer closeStore(t, s)
	run(t, s, scenario(nil)[0], put("f", nil))
	ctx := t.Context()
	if _, _, err := s.Lease(ctx, "one", "f", lake.LeaseRequest{Action: lake.AcquireLease, Proposed: "mine", Duration: lake.Infinite}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	mine := lake.Conditions{LeaseID: "mine"}
	for name, write := range map[string]func(lake.LeaseID) error{
		"append": func(id lake.LeaseID) error {
			return s.Append(ctx, "one", "f", 0, strings.NewReader("x"), lake.AppendOptions{LeaseID: id})
		},
		"put block": func(id lake.LeaseID) error {
			return s.PutBlock(ctx, "one", "f", "b1", strings.NewReader("x"), lake.PutBlockOptions{LeaseID: id})
		},
	} {
		if err := write(""); errs.CodeOf(err) != lake.CodeLeaseIDMissing {
			t.Errorf("%s without the lease: %v", name, err)
		}
		if err := write("other"); errs.CodeOf(err) != lake.CodeLeaseIDMismatch {
			t.Errorf("%s with another: %v", name, err)
		}
		if err := write("mine"); err != nil {
			t.Errorf("%s with it: %v", name, err)
		}
	}
	if _, err := s.Flush(ctx, "one", "f", 1, lake.FlushOptions{}); errs.CodeOf(err) != lake.CodeLeaseIDMissing {
		t.Errorf("flush without the lease: %v", err)
	}
	if _, err := s.Flush(ctx, "one", "f", 1, lake.FlushOptions{Conditions: mine}); err != nil {
		t.Errorf("flush with it: %v", err)
	}
}
