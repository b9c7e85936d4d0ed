package azurestore

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the protocol's checksum of transfers and not a defence
	"errors"
	"hash"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// chunkSize is how much of a stream is held in memory to be sent, and sent again if need be, in one request.
const chunkSize = 8 << 20

// Append implements [lake.Store]. A long stream is sent as several appends; the last is held back until the
// checksum is known to be right, so that a Flush of wrong bytes finds a gap.
func (s *Store) Append(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, r io.Reader, o lake.AppendOptions) error {
	const op errs.Op = "azurestore.Append"
	if err := notRoot(op, fs, p); err != nil {
		return err
	}
	target := s.dfsPath(ctx, fs, p)
	in := newSource(r, o.ContentMD5)
	for chunk, last := in.next(); ; chunk, last = in.next() {
		if in.err != nil {
			return errs.E(op, item(fs, p), in.err)
		}
		if len(chunk) == 0 { // the service takes no empty append; what remains is whether the file exists
			_, err := s.Properties(ctx, fs, p, lake.Conditions{})
			return err
		}
		if _, err := s.file.AppendData(target, position, streaming.NopCloser(bytes.NewReader(chunk)), nil); err != nil {
			return s.fail(op, item(fs, p), err)
		}
		if last {
			return nil
		}
		position += int64(len(chunk))
	}
}

// Flush implements [lake.Store].
func (s *Store) Flush(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, o lake.FlushOptions) (lake.Properties, error) {
	const op errs.Op = "azurestore.Flush"
	if err := notRoot(op, fs, p); err != nil {
		return lake.Properties{}, err
	}
	options := &file.FlushDataOptions{
		AccessConditions: dfsConditions(o.Conditions), RetainUncommittedData: new(o.RetainUncommittedData),
	}
	var edits []edit
	if o.Headers != nil {
		edits = headerEdits(*o.Headers) // the SDK would leave the language out
	}
	r, err := s.file.FlushData(s.dfsPath(ctx, fs, p, edits...), position, options)
	if err != nil {
		return lake.Properties{}, s.fail(op, item(fs, p), err)
	}
	props := changed(p, unquoted(r.ETag), r.LastModified)
	props.Size = position
	return props, nil
}

// source reads a caller's stream in chunks or, as an [io.Reader], for the SDK, and checks what it reads
// against a checksum before it tells that the stream has ended.
type source struct {
	in   *bufio.Reader
	buf  bytes.Buffer
	hash hash.Hash // nil without a checksum
	want []byte
	size int64
	err  error // why the stream ended early, of the caller's reader or the checksum
}

func newSource(r io.Reader, contentMD5 []byte) *source {
	in := &source{in: bufio.NewReader(r), want: contentMD5}
	if contentMD5 != nil {
		in.hash = md5.New() //nolint:gosec // the protocol's checksum of transfers and not a defence
	}
	return in
}

// next returns up to [chunkSize] bytes, valid until the next call, and whether they are the last. Errors are in
// the field err.
func (in *source) next() (chunk []byte, last bool) {
	in.buf.Reset()
	if _, err := io.Copy(&in.buf, io.LimitReader(in, chunkSize)); err != nil {
		return nil, true
	}
	if _, err := in.in.Peek(1); err == nil {
		return in.buf.Bytes(), false
	}
	// At the end: let Read see it, and check.
	if _, err := in.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
		return nil, true
	}
	return in.buf.Bytes(), true
}

// Read implements [io.Reader]. An error other than the end of the stream never counts as one, whatever it wraps,
// and stays.
func (in *source) Read(b []byte) (int, error) {
	if in.err != nil {
		return 0, errSource
	}
	n, err := in.in.Read(b)
	in.size += int64(n)
	if in.hash != nil {
		_, _ = in.hash.Write(b[:n]) // a hash never fails
	}
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF: // a wrapped EOF is a failure of the caller's reader
		in.err = err
	case in.hash != nil && !bytes.Equal(in.hash.Sum(nil), in.want):
		in.err = errs.E(errs.Invalid, lake.CodeMD5Mismatch, "the bytes do not have the MD5 that was given",
			errs.Hint("send the bytes again with their own checksum"))
	default:
		return n, io.EOF
	}
	return n, errSource
}

// errSource stands for the error in the field err of a source.
var errSource = errors.New("the stream to be sent failed")
