package adls

import (
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/adls/wire"
)

// regionHeader tells the account's region to our own client; the service has no header for it.
const regionHeader = "x-ownlake-region"

// accountInformation is Get Account Information.
func (h *handler) accountInformation(w *timedWriter, req *request) error {
	a, err := h.Store.Account(req.Context())
	if err != nil {
		return err
	}
	header := w.Header()
	wire.Set(header, "x-ms-sku-name", a.SKU)
	wire.Set(header, "x-ms-account-kind", a.Kind)
	wire.Set(header, "x-ms-is-hns-enabled", strconv.FormatBool(a.HierarchicalNamespace))
	region := h.Region
	if region == "" {
		region = a.Region
	}
	wire.Set(header, regionHeader, region)
	return writeEmpty(w, http.StatusOK)
}
