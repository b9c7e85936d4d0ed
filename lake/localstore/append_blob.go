package localstore

import (
	"context"
	"fmt"
	"io"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// AppendBlock adds a block to the end of an append blob.
func (s *Store) AppendBlock(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.AppendBlockOptions) (props lake.Properties, offset int64, err error) {
	props, offset, err = s.appendBlock(ctx, fs, p, r, o)
	return props, offset, describe("localstore.AppendBlock", fs, p, err)
}

func (s *Store) appendBlock(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.AppendBlockOptions) (props lake.Properties, offset int64, err error) {
	// Asked again when the content is there; asked now so that a refusal need not wait for the content.
	e, err := s.inspectFile(ctx, fs, p, lake.ReadOptions{})
	if err != nil {
		return props, 0, err
	}
	if err := e.checkAppend(o, 0); err != nil {
		return props, 0, err
	}
	content, err := s.receive(&intake{ctx: ctx, r: r}, o.ContentMD5)
	if err != nil {
		return props, 0, err
	}
	err = s.update(ctx, func(t *tx) error {
		e, err := existingFile(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		if err := e.checkAppend(o, content.length); err != nil {
			return err
		}
		offset = e.node.size
		if err := t.appendPiece(e.node, content); err != nil {
			return err
		}
		e.node.changeDetails(func(d *lake.BlobDetails) { d.Append = &lake.AppendState{Blocks: d.Append.Blocks + 1} })
		t.put(e)
		props = e.properties()
		return nil
	})
	if err != nil {
		s.drop(content)
	}
	return props, offset, err
}

// checkAppend reports whether so many bytes can be appended to the entry.
func (e *entry) checkAppend(o lake.AppendBlockOptions, length int64) error {
	d := e.node.details
	if d.Type() != lake.AppendBlob {
		return errs.E(errs.Conflict, lake.CodeInvalidBlobType, "the blob is not an append blob", errs.Hint("create it as one"))
	}
	if err := e.checkWrite(o.Conditions); err != nil {
		return err
	}
	switch {
	case d.Append.Sealed:
		return errs.E(errs.Conflict, lake.CodeBlobIsSealed, "the append blob is sealed")
	case d.Append.Blocks >= lake.MaxAppendBlocks:
		return errs.E(errs.Conflict, lake.CodeBlockCountExceedsLimit, fmt.Sprintf("an append blob has at most %d blocks", lake.MaxAppendBlocks),
			errs.Hint("go on in another blob"))
	case o.Position != nil && *o.Position != e.node.size:
		return errs.E(errs.Precondition, lake.CodeAppendPositionConditionNotMet, fmt.Sprintf("the blob has %d bytes", e.node.size))
	case o.MaxSize != nil && e.node.size+length > *o.MaxSize:
		return errs.E(errs.Precondition, lake.CodeMaxBlobSizeConditionNotMet, fmt.Sprintf("the blob would have %d bytes", e.node.size+length))
	}
	return nil
}

// SealAppendBlob makes an append blob read-only.
func (s *Store) SealAppendBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.AppendBlockOptions) (lake.Properties, error) {
	return s.changeTx(ctx, "localstore.SealAppendBlob", fs, p, o.Conditions, func(_ *tx, n *node) error {
		switch {
		case n.details.Type() != lake.AppendBlob:
			return errs.E(errs.Conflict, lake.CodeInvalidBlobType, "the blob is not an append blob")
		case o.Position != nil && *o.Position != n.size:
			return errs.E(errs.Precondition, lake.CodeAppendPositionConditionNotMet, fmt.Sprintf("the blob has %d bytes", n.size))
		case n.details.Append.Sealed:
			return errUnchanged
		}
		n.changeDetails(func(d *lake.BlobDetails) { d.Append = &lake.AppendState{Blocks: d.Append.Blocks, Sealed: true} })
		return nil
	})
}
