package azurestore

import (
	"bytes"
	"io"
	"os"

	"github.com/ownlake/ownlake/errs"
)

// spooled is a stream that was read to its end and can be read again: from memory if it was short.
type spooled struct {
	io.ReadSeeker
	remove func()
}

// spool reads a stream to its end. The caller calls remove.
func spool(r io.Reader) (*spooled, error) {
	in := newSource(r, nil)
	chunk, last := in.next()
	if in.err != nil {
		return nil, in.err
	}
	if last {
		return &spooled{ReadSeeker: bytes.NewReader(chunk), remove: func() {}}, nil
	}
	f, err := os.CreateTemp("", "ownlake-block-*") //nolint:forbidigo // scratch space of one call: nothing to recover, no crash to simulate
	if err != nil {
		return nil, noSpool(err)
	}
	s := &spooled{ReadSeeker: f, remove: func() {
		_ = f.Close()
		_ = os.Remove(f.Name()) //nolint:forbidigo // as above
	}}
	for {
		if _, err := f.Write(chunk); err != nil {
			s.remove()
			return nil, noSpool(err)
		}
		if last {
			break
		}
		if chunk, last = in.next(); in.err != nil {
			s.remove()
			return nil, in.err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		s.remove()
		return nil, noSpool(err)
	}
	return s, nil
}

func noSpool(err error) error {
	return errs.E(errs.Unavailable, errs.Item(os.TempDir()), err, errs.Hint("make room in the folder for temporary files"))
}
