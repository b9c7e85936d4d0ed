package wire

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// FuzzSentNames compares the names that the recorder saw with those that net/http read, request by request: they may
// differ in case alone, whatever the bytes and however they arrive.
func FuzzSentNames(f *testing.F) {
	f.Add("PUT / HTTP/1.1\r\nHost: h\r\nx-ms-meta-Ab: 1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: h\r\nX-MS-META-cD: 1\r\n\r\n", uint8(3))
	f.Add("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nx-ms-meta-T: 1\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nx-ms-meta-Q: 1\r\n\r\n", uint8(1))
	f.Add("GET / HTTP/1.1\nHost: h\nx-ms-meta-A: b\n x-ms-meta-c: d\n\n", uint8(7))
	f.Fuzz(func(t *testing.T, raw string, step uint8) {
		var rec nameRecorder
		for rest := []byte(raw); len(rest) > 0; {
			n := min(len(rest), int(step)+1)
			rec.watch(rest[:n])
			rest = rest[n:]
		}
		for in := bufio.NewReader(strings.NewReader(raw)); ; {
			r, err := http.ReadRequest(in)
			if err != nil {
				return // the server ends such a connection
			}
			sent := rec.take()
			for key := range r.Header {
				if !strings.HasPrefix(key, "X-Ms-Meta-") {
					continue
				}
				if name := sent[strings.ToLower(key)]; name != "" && !strings.EqualFold(name, key) {
					t.Errorf("%q is told as %q", key, name)
				}
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
		}
	})
}
