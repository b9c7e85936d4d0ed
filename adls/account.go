package adls

import (
	"encoding/xml"
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

type serviceProperties struct {
	XMLName       xml.Name       `xml:"StorageServiceProperties"`
	Logging       serviceLogging `xml:"Logging"`
	HourMetrics   serviceMetrics `xml:"HourMetrics"`
	MinuteMetrics serviceMetrics `xml:"MinuteMetrics"`
	CORS          struct{}       `xml:"Cors"`
	DeletePolicy  serviceSwitch  `xml:"DeleteRetentionPolicy"`
	StaticWebsite serviceSwitch  `xml:"StaticWebsite"`
}

type serviceLogging struct {
	Version         string        `xml:"Version"`
	Delete          bool          `xml:"Delete"`
	Read            bool          `xml:"Read"`
	Write           bool          `xml:"Write"`
	RetentionPolicy serviceSwitch `xml:"RetentionPolicy"`
}

type serviceMetrics struct {
	Version         string        `xml:"Version"`
	Enabled         bool          `xml:"Enabled"`
	RetentionPolicy serviceSwitch `xml:"RetentionPolicy"`
}

type serviceSwitch struct {
	Enabled bool `xml:"Enabled"`
}

// serviceProperties is Get Blob Service Properties: everything that can be switched on is off.
func (h *handler) serviceProperties(w *timedWriter, _ *request) error {
	return writeXML(w, serviceProperties{
		Logging:       serviceLogging{Version: "1.0"},
		HourMetrics:   serviceMetrics{Version: "1.0"},
		MinuteMetrics: serviceMetrics{Version: "1.0"},
	})
}
