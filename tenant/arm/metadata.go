package arm

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
)

func newName() string { return uuid.NewString() }

// isMetadata reports whether a client asks, before it is anybody, where the parts of the cloud are.
func isMetadata(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(strings.TrimSuffix(r.URL.Path, "/"), "/metadata/endpoints")
}

// metadata describes the cloud, for "az cloud register" (reference real clients).
func (h *handler) metadata(r *http.Request) (answer, error) {
	if err := checkVersion(r.URL.Query()); err != nil {
		return answer{}, err
	}
	c := h.Cloud
	return ok(map[string]any{
		"name":                     c.Name,
		"portal":                   c.Manager,
		"resourceManager":          c.Manager,
		"graph":                    c.Graph,
		"graphEndpoint":            c.Graph,
		"microsoftGraphResourceId": c.Graph,
		"authentication": map[string]any{
			"loginEndpoint": c.Login, "audiences": []string{c.Manager, c.Manager + "/"}, "tenant": "common", "identityProvider": "AAD",
		},
		"suffixes": map[string]string{"storage": c.StorageSuffix},
	})
}
