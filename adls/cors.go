package adls

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// cors answers a browser that asks, by a preflight request, whether a page of another origin may call, and tells it with
// other answers what the page may see of them ("Cross-Origin Resource Sharing support for Azure Storage"). It reports
// whether the request was a preflight. Nobody is let in by this: a request still has to say who is calling.
func (h *handler) cors(w http.ResponseWriter, r *http.Request) (preflight bool) {
	origin := r.Header.Get("Origin")
	preflight = r.Method == http.MethodOptions
	method, headers := r.Method, []string(nil)
	if preflight {
		method = r.Header.Get("Access-Control-Request-Method")
		headers = splitList(r.Header.Get("Access-Control-Request-Headers"))
	}
	settings, err := h.Store.ServiceSettings(r.Context())
	if err != nil {
		if preflight {
			wire.WriteError(w, r, wire.Blob, err)
		}
		return preflight
	}
	if len(settings.CORS) > 0 {
		wire.Set(w.Header(), "Vary", "Origin")
	}
	for _, rule := range settings.CORS {
		if rule.Allows(origin, method, headers) {
			allowOrigin(w.Header(), rule, origin)
			if preflight {
				answerPreflight(w, rule, method, headers)
			} else {
				wire.Set(w.Header(), "Access-Control-Expose-Headers", strings.Join(rule.ExposedHeaders, ","))
			}
			return preflight
		}
	}
	if preflight {
		wire.WriteError(w, r, wire.Blob, errs.E(errs.Permission, wire.CodeCORSPreflightFailure, "no rule lets pages of this origin call so"))
	}
	return preflight
}

func allowOrigin(h http.Header, rule lake.CORSRule, origin string) {
	if rule.AnyOrigin() {
		wire.Set(h, "Access-Control-Allow-Origin", "*")
		return
	}
	wire.Set(h, "Access-Control-Allow-Origin", origin)
	wire.Set(h, "Access-Control-Allow-Credentials", "true")
}

func answerPreflight(w http.ResponseWriter, rule lake.CORSRule, method string, headers []string) {
	h := w.Header()
	wire.Set(h, "Access-Control-Allow-Methods", method)
	wire.Set(h, "Access-Control-Allow-Headers", strings.Join(headers, ","))
	wire.Set(h, "Access-Control-Max-Age", strconv.FormatInt(int64(rule.MaxAge/time.Second), 10))
	wire.Set(h, "Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}
