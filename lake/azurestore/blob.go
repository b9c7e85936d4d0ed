package azurestore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// uploads is how many chunks of one stream are sent at a time. With [chunkSize] it bounds the memory of a
// PutBlob to 32 MiB, and the service's limit of 50,000 blocks its size to 390 GiB.
const uploads = 4

// PutBlob implements [lake.Store]: one Put Blob for a stream shorter than [chunkSize], otherwise blocks and one
// Put Block List. Readers see the old content or the new either way. A failed call may leave blocks that are
// never read, which the service removes after a week.
func (s *Store) PutBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	const op errs.Op = "azurestore.PutBlob"
	if err := notRoot(op, fs, p); err != nil {
		return lake.Properties{}, err
	}
	in := newSource(r, o.ContentMD5)
	answer, err := s.blob.UploadStream(s.blobPath(ctx, fs, p), in, &blockblob.UploadStreamOptions{
		BlockSize: chunkSize, Concurrency: uploads, AccessConditions: blobConditions(o.Conditions),
		HTTPHeaders: new(blobHeaders(o.Headers)), Metadata: blobMetadata(o.Metadata),
	})
	switch {
	case in.err != nil:
		return lake.Properties{}, errs.E(op, item(fs, p), in.err)
	case err != nil:
		return lake.Properties{}, overtaken(s.fail(op, item(fs, p), err))
	}
	props := changed(p, unquoted(answer.ETag), answer.LastModified)
	props.Size, props.Headers, props.Metadata, props.Blob = in.size, o.Headers, o.Metadata, lake.BlockBlob
	return props, nil
}

// overtaken corrects the error of an upload whose blocks are gone because another writer committed the same
// path meanwhile: that is no fault of the request.
func overtaken(err error) error {
	if errs.CodeOf(err) != lake.CodeInvalidBlockList {
		return err
	}
	return errs.E(errs.Conflict, errs.Hint("look at the file and write it again if need be"),
		fmt.Errorf("another writer replaced the file during the upload: %w", err))
}

// PutBlock implements [lake.Store]. Blocks over [chunkSize] are first written to a temporary file, as the
// service wants to know their length.
func (s *Store) PutBlock(ctx context.Context, fs lake.Filesystem, p lake.Path, id lake.BlockID, r io.Reader, _ lake.PutBlockOptions) error {
	const op errs.Op = "azurestore.PutBlock"
	if err := notRoot(op, fs, p); err != nil {
		return err
	}
	block, err := spool(r)
	if err != nil {
		return errs.E(op, item(fs, p), err)
	}
	defer block.remove()
	_, err = s.blob.StageBlock(s.blobPath(ctx, fs, p), encodeID(id), streaming.NopCloser(block), nil)
	return s.fail(op, item(fs, p), err)
}

// PutBlockList implements [lake.Store].
func (s *Store) PutBlockList(ctx context.Context, fs lake.Filesystem, p lake.Path, blocks []lake.BlockRef, o lake.PutBlobOptions) (lake.Properties, error) {
	const op errs.Op = "azurestore.PutBlockList"
	if err := notRoot(op, fs, p); err != nil {
		return lake.Properties{}, err
	}
	// The SDK writes lists of latest blocks only. A list that names uncommitted ones finds them no more when
	// it is sent again after it was carried out.
	list := func(req *policy.Request) error {
		return req.SetBody(streaming.NopCloser(bytes.NewReader(blockListXML(blocks))), "application/xml")
	}
	answer, err := s.blob.CommitBlockList(once(s.blobPath(ctx, fs, p, list)), nil, &blockblob.CommitBlockListOptions{
		AccessConditions: blobConditions(o.Conditions), HTTPHeaders: new(blobHeaders(o.Headers)),
		Metadata: blobMetadata(o.Metadata),
	})
	if err != nil {
		return lake.Properties{}, s.fail(op, item(fs, p), err)
	}
	props := changed(p, unquoted(answer.ETag), answer.LastModified)
	props.Headers, props.Metadata, props.Blob = o.Headers, o.Metadata, lake.BlockBlob
	return props, nil
}

// BlockList implements [lake.Store].
func (s *Store) BlockList(ctx context.Context, fs lake.Filesystem, p lake.Path) (lake.BlockList, error) {
	const op errs.Op = "azurestore.BlockList"
	if err := notRoot(op, fs, p); err != nil {
		return lake.BlockList{}, err
	}
	answer, err := s.blob.GetBlockList(s.blobPath(ctx, fs, p), blockblob.BlockListTypeAll, nil)
	if err != nil {
		return lake.BlockList{}, s.fail(op, item(fs, p), err)
	}
	var list lake.BlockList
	if list.Committed, err = blocksOf(answer.CommittedBlocks); err == nil {
		list.Uncommitted, err = blocksOf(answer.UncommittedBlocks)
	}
	if err != nil {
		return lake.BlockList{}, errs.E(op, errs.Corrupt, item(fs, p), err)
	}
	if answer.LastModified != nil { // absent until something was committed
		props := changed(p, unquoted(answer.ETag), answer.LastModified)
		props.Size, props.Blob = value(answer.BlobContentLength), lake.BlockBlob
		list.Properties = &props
	}
	return list, nil
}

func blocksOf(blocks []*blockblob.Block) ([]lake.Block, error) {
	var out []lake.Block
	for _, b := range blocks {
		id, err := base64.StdEncoding.DecodeString(value(b.Name))
		if err != nil {
			return nil, errors.New("the service lists a block whose id is not base64: " + value(b.Name))
		}
		out = append(out, lake.Block{ID: lake.BlockID(id), Size: value(b.Size)})
	}
	return out, nil
}

func encodeID(id lake.BlockID) string { return base64.StdEncoding.EncodeToString([]byte(id)) }

// blockListXML writes the body of Put Block List. Base64 needs no escaping.
func blockListXML(blocks []lake.BlockRef) []byte {
	elements := [...]string{lake.Latest: "Latest", lake.Committed: "Committed", lake.Uncommitted: "Uncommitted"}
	var b bytes.Buffer
	b.WriteString(xml.Header + "<BlockList>")
	for _, ref := range blocks {
		e := elements[ref.Source]
		b.WriteString("<" + e + ">" + encodeID(ref.ID) + "</" + e + ">")
	}
	b.WriteString("</BlockList>")
	return b.Bytes()
}
