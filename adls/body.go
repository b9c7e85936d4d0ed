package adls

import (
	"crypto/md5" //nolint:gosec // G501: the protocol checks transfers by MD5
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"hash"
	"hash/crc64"
	"io"
	"net/http"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Limits on request bodies (service version 2019-12-12 and later).
const (
	maxPutBlob     = 5000 << 20
	maxAppend      = 4000 << 20
	maxBlock       = 4000 << 20
	maxBlockList   = 8 << 20
	maxIgnoredBody = 64 << 10 // of operations that read none
)

// crc64Table is of the polynomial that Azure Storage uses.
var crc64Table = crc64.MakeTable(0x9A6C9329AC4BC9B5)

// body reads a request's body: bounded, with a deadline that moves on with every read, and checked at its end
// against the checksums asked for. A failed check is an error instead of io.EOF, so that a store which
// streams it commits nothing.
type body struct {
	r      io.Reader
	w      *timedWriter
	n      int64 // bytes read
	checks checks
}

// check is a checksum that the whole body must have.
type check struct {
	hash hash.Hash
	want string
	sum  func(hash.Hash) []byte
	code errs.Code
}

func newBody(w *timedWriter, r *http.Request, limit int64) *body {
	// The server's own writer closes the connection after a body that is too large; a wrapper would not.
	return &body{r: http.MaxBytesReader(w.ResponseWriter, r.Body, limit), w: w}
}

// checkCRC64 asks for the checksum of x-ms-content-crc64, if the request has one.
func (b *body) checkCRC64(h http.Header) error {
	c, err := crc64Check(h, "X-Ms-Content-Crc64")
	if err == nil && c != nil {
		b.checks = append(b.checks, *c)
	}
	return err
}

// crc64Check is the check of a header that holds a CRC64; nil if there is none.
func crc64Check(h http.Header, name string) (*check, error) {
	want := h.Get(name)
	if want == "" {
		return nil, nil
	}
	if sum, err := base64.StdEncoding.DecodeString(want); err != nil || len(sum) != 8 {
		return nil, wire.BadHeader(name, want, "8 bytes in base64")
	}
	return &check{crc64.New(crc64Table), want, crc64Sum, wire.CodeCRC64Mismatch}, nil
}

func md5Check(want []byte) check {
	sum := func(h hash.Hash) []byte { return h.Sum(nil) }
	return check{md5.New(), base64.StdEncoding.EncodeToString(want), sum, lake.CodeMD5Mismatch} //nolint:gosec // G401: as above
}

// oneChecksum refuses a request with two checksums of its body, which the blob endpoint does not take (Put Blob, Put
// Block).
func oneChecksum(h http.Header) error {
	if h.Get("Content-Md5") != "" && h.Get("X-Ms-Content-Crc64") != "" {
		return wire.BadHeader("x-ms-content-crc64", h.Get("X-Ms-Content-Crc64"), "sent without Content-MD5")
	}
	return nil
}

func crc64Sum(h hash.Hash) []byte {
	return binary.LittleEndian.AppendUint64(nil, binary.BigEndian.Uint64(h.Sum(nil)))
}

// checkMD5 asks for the checksum of Content-MD5, if the request has one, for operations whose store does not.
func (b *body) checkMD5(h http.Header) error {
	want, err := wire.HeaderMD5(h, "Content-Md5")
	if want != nil {
		b.checks = append(b.checks, md5Check(want))
	}
	return err
}

// Read reads, with errors told apart for the log: a client that went away is no failure of ours.
func (b *body) Read(p []byte) (int, error) {
	b.w.extendRead()
	n, err := b.r.Read(p)
	b.n += int64(n)
	b.checks.write(p[:n])
	if err == nil {
		return n, nil
	}
	if errors.Is(err, io.EOF) {
		b.w.endRead()
		return n, b.checks.verify(err)
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return n, errs.E(errs.Invalid, wire.CodeRequestBodyTooLarge, err)
	}
	return n, errs.E(errs.Canceled, errs.Op("adls.body"), "the client stopped sending the body", err)
}

// readXML reads a whole body into a value: up to its end, where its checksums are checked. want says what it should hold.
func readXML(r io.Reader, v any, want string) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return parseXML(content, v, want)
}

func parseXML(content []byte, v any, want string) error {
	if err := xml.Unmarshal(content, v); err != nil { //nolint:gosec // G709: into types of texts and numbers, and no larger than the operation takes
		return errs.E(errs.Invalid, wire.CodeInvalidXMLDocument, "the body is not "+want, err)
	}
	return nil
}

// checks are checksums of the same bytes.
type checks []check

func (list checks) write(p []byte) {
	for _, c := range list {
		_, _ = c.hash.Write(p) // never fails
	}
}

// verify returns eof, or instead of it the first checksum that is not as it should be.
func (list checks) verify(eof error) error {
	for _, c := range list {
		if got := base64.StdEncoding.EncodeToString(c.sum(c.hash)); got != c.want {
			return errs.E(errs.Invalid, c.code, "the body's checksum is "+got+" and not "+c.want)
		}
	}
	return eof
}

// sourceChecks reads what another blob yields, and answers a wrong checksum at its end as [body] does.
type sourceChecks struct {
	r      io.Reader
	checks checks
}

func (s *sourceChecks) add(c check) { s.checks = append(s.checks, c) }

func (s *sourceChecks) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.checks.write(p[:n])
	if errors.Is(err, io.EOF) {
		err = s.checks.verify(err)
	}
	return n, err
}
