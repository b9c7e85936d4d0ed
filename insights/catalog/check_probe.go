package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// probed is what writing a file, reading it back and deleting it came to. readErr counts only without a writeErr.
type probed struct{ writeErr, readErr error }

// errChanged is that a file does not read as it was written.
var errChanged = errors.New("the probe file read back differs from what was written")

// probe writes a file, reads it back and deletes it, by a store.
func (k *check) probe(ctx context.Context, store lake.Store) probed {
	probe := lake.Path("ownlake-probe-" + uuid.NewString() + ".txt")
	content := []byte("written by ownlake to see whether it may write here; it can be deleted\n")
	_, err := store.PutBlob(ctx, insights.Container, probe, bytes.NewReader(content), lake.PutBlobOptions{
		Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag},
	})
	if err != nil {
		// Over a network a call that failed may have been carried out.
		_ = deleteProbe(ctx, store, probe)
		return probed{writeErr: err}
	}
	got, readErr := readProbe(ctx, store, probe)
	if readErr == nil && !bytes.Equal(got, content) {
		readErr = errChanged
	}
	if err := deleteProbe(ctx, store, probe); err != nil {
		return probed{writeErr: errs.E(errs.KindOf(err), fmt.Sprintf("the probe %s was written and cannot be deleted", probe), err)}
	}
	return probed{readErr: readErr}
}

// askKeyAccess probes by account key, which no role limits.
func (k *check) askKeyAccess(ctx context.Context) {
	mend := "An owner of " + k.account.Name + ": allow the key's holder to read and write: no read-only lock, no immutability policy on the container"
	p := k.probe(ctx, k.store)
	if p.writeErr != nil {
		k.fail(askWrite, withoutHint(p.writeErr), mend)
		return
	}
	k.pass(askWrite, "a probe file was written and deleted again")
	switch {
	case errors.Is(p.readErr, errChanged):
		k.fail(askRead, p.readErr.Error(), "Whoever runs the network: no proxy may change what is sent to "+k.address.endpoint)
	case p.readErr != nil:
		k.fail(askRead, withoutHint(p.readErr), mend)
	default:
		k.pass(askRead, "the probe file was read back")
	}
}

func readProbe(ctx context.Context, store lake.Store, probe lake.Path) ([]byte, error) {
	content, err := store.Read(ctx, insights.Container, probe, lake.ReadOptions{})
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(content.Body)
	if closed := content.Body.Close(); err == nil {
		err = closed
	}
	return got, err
}

// deleteProbe deletes the probe, also if the caller gave up meanwhile.
func deleteProbe(ctx context.Context, store lake.Store, probe lake.Path) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	err := store.Delete(ctx, insights.Container, probe, lake.DeleteOptions{})
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	return err
}
