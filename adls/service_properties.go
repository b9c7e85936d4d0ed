package adls

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// maxServiceProperties bounds the body of Set Blob Service Properties.
const maxServiceProperties = 64 << 10

// serviceProperties is the body of Get and Set Blob Service Properties. What is nil in a body that is sent stays as it is.
type serviceProperties struct {
	XMLName       xml.Name        `xml:"StorageServiceProperties"`
	Logging       *serviceLogging `xml:"Logging"`
	HourMetrics   *serviceMetrics `xml:"HourMetrics"`
	MinuteMetrics *serviceMetrics `xml:"MinuteMetrics"`
	CORS          *corsRules      `xml:"Cors"`
	Version       *string         `xml:"DefaultServiceVersion,omitempty"`
	DeletePolicy  *deletePolicy   `xml:"DeleteRetentionPolicy"`
	StaticWebsite *serviceSwitch  `xml:"StaticWebsite"`
}

type serviceLogging struct {
	Version         string          `xml:"Version"`
	Delete          bool            `xml:"Delete"`
	Read            bool            `xml:"Read"`
	Write           bool            `xml:"Write"`
	RetentionPolicy retentionPolicy `xml:"RetentionPolicy"`
}

type serviceMetrics struct {
	Version         string          `xml:"Version"`
	Enabled         bool            `xml:"Enabled"`
	RetentionPolicy retentionPolicy `xml:"RetentionPolicy"`
}

type serviceSwitch struct {
	Enabled bool `xml:"Enabled"`
}

type retentionPolicy struct {
	Enabled bool `xml:"Enabled"`
	Days    int  `xml:"Days,omitempty"`
}

type deletePolicy struct {
	retentionPolicy
	AllowPermanentDelete bool `xml:"AllowPermanentDelete,omitempty"`
}

type corsRules struct {
	Rules []corsRule `xml:"CorsRule"`
}

type corsRule struct {
	AllowedOrigins  string `xml:"AllowedOrigins"`
	AllowedMethods  string `xml:"AllowedMethods"`
	MaxAgeInSeconds int64  `xml:"MaxAgeInSeconds"`
	ExposedHeaders  string `xml:"ExposedHeaders"`
	AllowedHeaders  string `xml:"AllowedHeaders"`
}

// serviceGetProperties is Get Blob Service Properties.
func (h *handler) serviceGetProperties(w *timedWriter, req *request) error {
	s, err := h.Store.ServiceSettings(req.Context())
	if err != nil {
		return err
	}
	p := serviceProperties{
		Logging: &serviceLogging{Version: "1.0"}, HourMetrics: &serviceMetrics{Version: "1.0"}, MinuteMetrics: &serviceMetrics{Version: "1.0"},
		CORS: &corsRules{}, DeletePolicy: &deletePolicy{}, StaticWebsite: &serviceSwitch{},
	}
	p.DeletePolicy.Enabled, p.DeletePolicy.Days = s.DeleteRetentionDays > 0, s.DeleteRetentionDays
	for _, r := range s.CORS {
		p.CORS.Rules = append(p.CORS.Rules, corsRule{
			AllowedOrigins: strings.Join(r.Origins, ","), AllowedMethods: strings.Join(r.Methods, ","), MaxAgeInSeconds: int64(r.MaxAge / time.Second),
			ExposedHeaders: strings.Join(r.ExposedHeaders, ","), AllowedHeaders: strings.Join(r.AllowedHeaders, ","),
		})
	}
	return writeXML(w, p)
}

// serviceSetProperties is Set Blob Service Properties. CORS rules can be set, and for how long what is deleted is kept; what
// the lake does not do (logging, metrics, static websites) cannot be switched on.
func (h *handler) serviceSetProperties(w *timedWriter, req *request) error {
	var p serviceProperties
	if err := readXML(req.body, &p, "StorageServiceProperties"); err != nil {
		return err
	}
	if err := p.refuseUnserved(); err != nil {
		return err
	}
	s, err := h.Store.ServiceSettings(req.Context())
	if err != nil {
		return err
	}
	if p.CORS != nil {
		if s.CORS, err = p.CORS.parse(); err != nil {
			return err
		}
	}
	if d := p.DeletePolicy; d != nil {
		if s.DeleteRetentionDays = 0; d.Enabled {
			s.DeleteRetentionDays = d.Days
		}
	}
	if err := h.Store.SetServiceSettings(req.Context(), s); err != nil {
		return err
	}
	return writeEmpty(w, http.StatusAccepted)
}

func (p *serviceProperties) refuseUnserved() error {
	if d := p.DeletePolicy; d != nil {
		if d.Enabled && (d.Days < 1 || d.Days > lake.MaxRetentionDays) {
			return badNode("DeleteRetentionPolicy", "1 to 365 days")
		}
		if d.AllowPermanentDelete { // of versions and snapshots, which the account does not keep
			return notImplemented("permanent deletion of what is kept", "leave AllowPermanentDelete switched off")
		}
	}
	if p.Version != nil {
		return notImplemented("a default service version", "leave out DefaultServiceVersion; every version is answered alike")
	}
	if l := p.Logging; l != nil && (l.Delete || l.Read || l.Write) {
		return notImplemented("logging into $logs", "leave Logging switched off; the server has a log of its own")
	}
	for _, m := range []*serviceMetrics{p.HourMetrics, p.MinuteMetrics} {
		if m != nil && m.Enabled {
			return notImplemented("storage analytics metrics", "leave HourMetrics and MinuteMetrics switched off")
		}
	}
	if p.StaticWebsite != nil && p.StaticWebsite.Enabled {
		return notImplemented("static websites", "leave StaticWebsite switched off")
	}
	return nil
}

func (c *corsRules) parse() ([]lake.CORSRule, error) {
	if len(c.Rules) > lake.MaxCORSRules {
		return nil, badNode("Cors", "at most 5 rules")
	}
	var rules []lake.CORSRule
	for _, r := range c.Rules {
		rule := lake.CORSRule{
			Origins: splitList(r.AllowedOrigins), Methods: splitList(strings.ToUpper(r.AllowedMethods)),
			AllowedHeaders: splitList(strings.ToLower(r.AllowedHeaders)), ExposedHeaders: splitList(r.ExposedHeaders),
			MaxAge: time.Duration(r.MaxAgeInSeconds) * time.Second,
		}
		switch {
		case len(rule.Origins) == 0:
			return nil, badNode("AllowedOrigins", "at least one origin, or *")
		case len(rule.Methods) == 0:
			return nil, badNode("AllowedMethods", "at least one method")
		case r.MaxAgeInSeconds < 0 || r.MaxAgeInSeconds > maxCORSAge:
			return nil, badNode("MaxAgeInSeconds", "a number of seconds")
		}
		for _, list := range [][]string{rule.Origins, rule.AllowedHeaders, rule.ExposedHeaders} {
			for _, text := range list {
				if len(text) > maxCORSText || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
					return nil, badNode("CorsRule", "origins and headers of up to 256 characters")
				}
			}
		}
		for _, m := range rule.Methods {
			if !strings.Contains(corsMethods, " "+m+" ") {
				return nil, badNode("AllowedMethods", "methods of HTTP")
			}
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// Limits on CORS rules (Set Blob Service Properties).
const (
	maxCORSText = 256
	maxCORSAge  = 1<<31 - 1
	corsMethods = " DELETE GET HEAD MERGE PATCH POST OPTIONS PUT "
)

func splitList(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func badNode(name, want string) error {
	return errs.E(errs.Invalid, wire.CodeInvalidXMLNodeValue, errs.Item(name), "the element does not have "+want)
}

// serviceStats is Get Blob Service Stats, which the service answers at the second region of accounts that have one.
func (h *handler) serviceStats(_ *timedWriter, _ *request) error {
	return errs.E(errs.Invalid, wire.CodeInvalidQueryParameterValue, errs.Item("comp"), "the account is in one region, so nothing is copied to another")
}
