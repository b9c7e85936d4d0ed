package adls

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzReadBatch looks for batches that crash the reader, or that make a request which pretends to have come over
// another connection than the batch did.
func FuzzReadBatch(f *testing.F) {
	const head = "--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\n"
	f.Add("multipart/mixed; boundary=b", head+"DELETE /a/c/b HTTP/1.1\r\nx-ms-date: x\r\nContent-Length: 0\r\n\r\n\r\n--b--\r\n")
	f.Add("multipart/mixed; boundary=b", head+"DELETE http://other/a/c/b HTTP/1.1\r\nHost: other\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n--b--\r\n")
	f.Add(`multipart/mixed; boundary="b"`, head+"POST //a HTTP/1.0\r\nContent-Length: 99\r\n\r\n\r\n--b\r\n\r\n--b--")
	f.Add("multipart/mixed; boundary=", "--\r\n")
	f.Fuzz(func(t *testing.T, contentType, text string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/account?comp=batch", nil)
		r.Header.Set("Content-Type", contentType)
		parts, err := readBatch(&request{Request: r, body: &body{r: strings.NewReader(text), w: &timedWriter{}}})
		if err == nil && (len(parts) == 0 || len(parts) > maxBatchRequests) {
			t.Errorf("%d requests and no error", len(parts))
		}
		for _, p := range parts {
			got := p.request
			if got.Host != r.Host || got.RemoteAddr != r.RemoteAddr || got.TLS != nil || got.Body != http.NoBody || got.ContentLength != 0 {
				t.Errorf("a request of host %q from %q with %d bytes", got.Host, got.RemoteAddr, got.ContentLength)
			}
			if strings.ContainsAny(p.contentID, "\r\n") {
				t.Errorf("Content-ID %q would break the answer", p.contentID)
			}
		}
	})
}
