package localstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// The tags of a node's optional fields. A tag is never given another meaning.
const (
	fieldTier   = 2
	fieldTags   = 3
	fieldExpiry = 4
	fieldAppend = 5
	fieldCopy   = 6
	fieldScope  = 8 // 7 is fieldSeries
)

func optional(tag uint64, write func(*encoder)) field {
	e := &encoder{}
	write(e)
	return field{tag: tag, value: e.buf}
}

// fields encodes what few nodes have.
func (n *node) fields() []field {
	var list []field
	if n.lease != nil {
		list = append(list, leaseField(n.lease))
	}
	if n.series != 0 {
		list = append(list, optional(fieldSeries, func(e *encoder) { e.uint(uint64(n.series)) }))
	}
	d := n.details
	if d == nil {
		return list
	}
	if d.Tier != "" {
		list = append(list, optional(fieldTier, func(e *encoder) { e.string(string(d.Tier)); e.time(d.TierChanged) }))
	}
	if len(d.Tags) > 0 {
		list = append(list, optional(fieldTags, func(e *encoder) { e.metadata(lake.Metadata(d.Tags)) }))
	}
	if !d.ExpiresOn.IsZero() {
		list = append(list, optional(fieldExpiry, func(e *encoder) { e.time(d.ExpiresOn) }))
	}
	if a := d.Append; a != nil {
		list = append(list, optional(fieldAppend, func(e *encoder) { e.uint(uint64(a.Blocks)); e.bool(a.Sealed) }))
	}
	if c := d.Copy; c != nil {
		list = append(list, optional(fieldCopy, func(e *encoder) { e.string(c.ID); e.string(c.Source); e.int(c.Bytes); e.time(c.CompletedOn) }))
	}
	if d.EncryptionScope != "" {
		list = append(list, optional(fieldScope, func(e *encoder) { e.string(string(d.EncryptionScope)) }))
	}
	return list
}

func (n *node) readField(tag uint64, v *decoder) bool {
	switch tag {
	case fieldLease:
		n.lease = v.lease()
		return true
	case fieldSeries:
		n.series = series(v.uint())
		return true
	}
	d := n.details
	if d == nil {
		d = &lake.BlobDetails{}
		n.details = d
	}
	switch tag {
	case fieldTier:
		d.Tier, d.TierChanged = lake.AccessTier(v.string()), v.time()
	case fieldTags:
		d.Tags = lake.Tags(v.metadata())
	case fieldExpiry:
		d.ExpiresOn = v.time()
	case fieldAppend:
		d.Append = &lake.AppendState{Blocks: int(v.uint()), Sealed: v.bool()}
	case fieldCopy:
		d.Copy = &lake.Copy{ID: v.string(), Source: v.string(), Bytes: v.int(), CompletedOn: v.time()}
	case fieldScope:
		d.EncryptionScope = lake.EncryptionScope(v.string())
	default:
		return false
	}
	return true
}

// changeDetails changes a file's details in a copy, as others may hold the former ones.
func (n *node) changeDetails(change func(*lake.BlobDetails)) {
	d := lake.BlobDetails{}
	if n.details != nil {
		d = *n.details
	}
	change(&d)
	n.details = &d
	if d.Tier == "" && len(d.Tags) == 0 && d.ExpiresOn.IsZero() && d.Append == nil && d.Copy == nil && d.EncryptionScope == "" {
		n.details = nil
	}
}

// startDetails gives a new file its details.
func (t *tx) startDetails(n *node, d *lake.BlobDetails) {
	if d == nil {
		return
	}
	n.changeDetails(func(own *lake.BlobDetails) {
		*own = *d
		own.Tags = maps.Clone(d.Tags)
		if d.Tier != "" {
			own.TierChanged = t.now
		}
		if d.Copy != nil {
			c := *d.Copy
			c.CompletedOn = t.now
			own.Copy = &c
		}
	})
}

// encrypt gives a new file its scope: the one asked for, or that of its filesystem.
func (n *node) encrypt(f *filesystem, asked lake.EncryptionScope) {
	if scope := cmp.Or(asked, f.encryption.Default); scope != "" && !n.isDirectory {
		n.changeDetails(func(d *lake.BlobDetails) { d.EncryptionScope = scope })
	}
}

// expired reports whether a file has ended.
func (n *node) expired(now func() time.Time) bool {
	return n.details != nil && !n.details.ExpiresOn.IsZero() && !n.details.ExpiresOn.After(now())
}

// checkReadable refuses to read what is archived.
func (n *node) checkReadable() error {
	if n.details != nil && n.details.Tier == lake.Archive {
		return errs.E(errs.Conflict, lake.CodeBlobArchived, "the blob is archived", errs.Hint("set another tier first"))
	}
	return nil
}

// changeQuietly changes a file without a new ETag and time.
func (s *Store) changeQuietly(ctx context.Context, op errs.Op, fs lake.Filesystem, p lake.Path, c lake.Conditions, check func(*entry, lake.Conditions) error, apply func(*tx, *lake.BlobDetails)) error {
	err := s.update(ctx, func(t *tx) error {
		e, err := existingFile(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		if err := check(e, c); err != nil {
			return err
		}
		e.node.changeDetails(func(d *lake.BlobDetails) { apply(t, d) })
		t.store(e)
		return nil
	})
	return describe(op, fs, p, err)
}

// SetTier sets a file's tier.
func (s *Store) SetTier(ctx context.Context, fs lake.Filesystem, p lake.Path, tier lake.AccessTier) error {
	tiers := []lake.AccessTier{lake.Hot, lake.Cool, lake.Cold, lake.Archive}
	if !slices.Contains(tiers, tier) {
		return errs.E(errs.Op("localstore.SetTier"), errs.Invalid, lake.CodeInvalidInput, errs.Item(tier), "not a tier of block blobs")
	}
	return s.changeQuietly(ctx, "localstore.SetTier", fs, p, lake.Conditions{}, (*entry).check, func(t *tx, d *lake.BlobDetails) {
		if d.Tier != tier {
			d.Tier, d.TierChanged = tier, t.now
		}
	})
}

// SetTags replaces a file's tags.
func (s *Store) SetTags(ctx context.Context, fs lake.Filesystem, p lake.Path, tags lake.Tags, c lake.Conditions) error {
	return s.changeQuietly(ctx, "localstore.SetTags", fs, p, c, (*entry).checkWrite, func(_ *tx, d *lake.BlobDetails) { d.Tags = maps.Clone(tags) })
}

// SetExpiry lets a file end at a time.
func (s *Store) SetExpiry(ctx context.Context, fs lake.Filesystem, p lake.Path, at lake.Expiry, c lake.Conditions) (lake.Properties, error) {
	return s.changeTx(ctx, "localstore.SetExpiry", fs, p, c, func(t *tx, n *node) error { return t.expire(n, at) })
}

// lastExpiryYear keeps times within what a record can hold: nanoseconds since 1970.
const lastExpiryYear = 2200

// expire gives a file the time at which it ends.
func (t *tx) expire(n *node, x lake.Expiry) error {
	at := x.At
	switch {
	case x.AfterCreation > 0:
		at = n.created.Add(x.AfterCreation)
	case x.FromNow > 0:
		at = t.now.Add(x.FromNow)
	}
	if at.IsZero() && n.details == nil {
		return nil
	}
	switch {
	case n.isDirectory:
		return errs.E(errs.Invalid, lake.CodeInvalidInput, "a directory does not expire", errs.Hint("set the expiry of files"))
	case at.Year() > lastExpiryYear:
		return errs.E(errs.Invalid, lake.CodeInvalidInput, "the expiry lies too far in the future", errs.Hint("let the file never expire"))
	case !at.IsZero() && !at.After(t.now):
		return errs.E(errs.Invalid, lake.CodeInvalidInput, "the expiry lies in the past")
	}
	n.changeDetails(func(d *lake.BlobDetails) { d.ExpiresOn = at })
	return nil
}
