package adls

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// blobSetExpiry is Set Blob Expiry, which SDKs call for paths, too.
func (h *handler) blobSetExpiry(w *timedWriter, req *request) error {
	if req.Header.Get("X-Ms-Expiry-Option") == "" {
		return missingHeader("x-ms-expiry-option")
	}
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	at, err := expiry(req)
	if err != nil {
		return err
	}
	p, err := h.Store.SetExpiry(req.Context(), req.fs, req.path, at, c)
	if err != nil {
		return err
	}
	return writeVersion(w, http.StatusOK, p)
}

// expiry reads x-ms-expiry-option and x-ms-expiry-time. A time alone, as Path - Create has it, is absolute.
func expiry(req *request) (x lake.Expiry, err error) {
	option, text := req.Header.Get("X-Ms-Expiry-Option"), req.Header.Get("X-Ms-Expiry-Time")
	switch strings.ToLower(option) {
	case "neverexpire":
		return x, nil
	case "absolute", "":
		if x.At, err = http.ParseTime(text); err != nil {
			return x, wire.BadHeader("x-ms-expiry-time", text, "a date such as Tue, 02 Jan 2029 15:04:05 GMT")
		}
		return x, nil
	case "relativetocreation":
		x.AfterCreation, err = milliseconds(text)
	case "relativetonow":
		x.FromNow, err = milliseconds(text)
	default:
		err = wire.BadHeader("x-ms-expiry-option", option, "RelativeToCreation, RelativeToNow, Absolute or NeverExpire")
	}
	return x, err
}

// maxExpiry keeps times within what the lake's records can hold.
const maxExpiry = 200 * 365 * 24 * time.Hour

func milliseconds(text string) (time.Duration, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > maxExpiry.Milliseconds() {
		return 0, wire.BadHeader("x-ms-expiry-time", text, "a number of milliseconds")
	}
	return time.Duration(n) * time.Millisecond, nil
}
