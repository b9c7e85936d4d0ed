package arm

import (
	"fmt"
	"time"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/tenant/resources"
)

type blobServiceBody struct {
	ID         string                `json:"id"`
	Name       string                `json:"name"`
	Type       string                `json:"type"`
	SKU        skuBody               `json:"sku"`
	Properties blobServiceProperties `json:"properties"`
}

type blobServiceProperties struct {
	CORS                           *corsBody      `json:"cors"`
	DeleteRetentionPolicy          *retentionBody `json:"deleteRetentionPolicy"`
	ContainerDeleteRetentionPolicy *retentionBody `json:"containerDeleteRetentionPolicy,omitempty"`
	IsVersioningEnabled            *bool          `json:"isVersioningEnabled,omitempty"`
	ChangeFeed                     *enabledBody   `json:"changeFeed,omitempty"`
	RestorePolicy                  *enabledBody   `json:"restorePolicy,omitempty"`
}

type enabledBody struct {
	Enabled bool `json:"enabled"`
}

type retentionBody struct {
	Enabled              bool `json:"enabled"`
	Days                 int  `json:"days,omitempty"`
	AllowPermanentDelete bool `json:"allowPermanentDelete,omitempty"`
}

type corsBody struct {
	Rules []corsRuleBody `json:"corsRules"`
}

type corsRuleBody struct {
	AllowedOrigins  []string `json:"allowedOrigins"`
	AllowedMethods  []string `json:"allowedMethods"`
	MaxAgeInSeconds int      `json:"maxAgeInSeconds"`
	ExposedHeaders  []string `json:"exposedHeaders"`
	AllowedHeaders  []string `json:"allowedHeaders"`
}

// lake is the lake of the account that the path names, until the request ends.
func (h *handler) lake(req *request) (lake.Service, resources.Account, error) {
	a, err := h.findAccount(req)
	if err != nil {
		return nil, a, err
	}
	if req.used == nil {
		req.used, req.end, err = h.Lakes.Use(req.Context(), a)
	}
	return req.used, a, err
}

func (h *handler) blobService(req *request) (blobServiceBody, error) {
	l, a, err := h.lake(req)
	if err != nil {
		return blobServiceBody{}, err
	}
	settings, err := l.ServiceSettings(req.Context())
	if err != nil {
		return blobServiceBody{}, err
	}
	b := blobServiceBody{
		ID: string(a.Scope()) + "/blobServices/default", Name: "default", Type: accountType + "/blobServices", SKU: newSKUBody(a.SKU),
		Properties: blobServiceProperties{
			CORS:                           &corsBody{Rules: []corsRuleBody{}},
			DeleteRetentionPolicy:          newRetentionBody(settings.DeleteRetentionDays),
			ContainerDeleteRetentionPolicy: newRetentionBody(settings.ContainerRetentionDays),
		},
	}
	for _, r := range settings.CORS {
		b.Properties.CORS.Rules = append(b.Properties.CORS.Rules, corsRuleBody{
			AllowedOrigins: r.Origins, AllowedMethods: r.Methods, MaxAgeInSeconds: int(r.MaxAge / time.Second),
			ExposedHeaders: orEmpty(r.ExposedHeaders), AllowedHeaders: orEmpty(r.AllowedHeaders),
		})
	}
	return b, nil
}

func newRetentionBody(days int) *retentionBody { return &retentionBody{Enabled: days > 0, Days: days} }

// maxRetention is how many days what was deleted can be kept.
const maxRetention = 365

// applyTo sets for how many days what is deleted is kept. A nil policy leaves it.
func (r *retentionBody) applyTo(days *int, name string) error {
	switch {
	case r == nil:
	case !r.Enabled:
		*days = 0
	case r.Days < 1 || r.Days > maxRetention:
		return invalid(resources.CodeInvalidValues, "Values for request parameters are invalid: %s.days.", name)
	default:
		*days = r.Days
	}
	return nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (h *handler) getBlobService(req *request) (answer, error) {
	b, err := h.blobService(req)
	if err != nil {
		return answer{}, err
	}
	return ok(b)
}

func (h *handler) listBlobServices(req *request) (answer, error) {
	b, err := h.blobService(req)
	if err != nil {
		return answer{}, err
	}
	return ok(listOf([]blobServiceBody{b}))
}

// putBlobService changes what the request names. What an account with a hierarchical namespace cannot have, or this
// lake does not do, is refused.
func (h *handler) putBlobService(req *request) (answer, error) {
	var p struct {
		Properties blobServiceProperties `json:"properties"`
	}
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	q := p.Properties
	for name, asked := range map[string]bool{
		"isVersioningEnabled":  q.IsVersioningEnabled != nil && *q.IsVersioningEnabled,
		"changeFeed":           q.ChangeFeed != nil && q.ChangeFeed.Enabled,
		"restorePolicy":        q.RestorePolicy != nil && q.RestorePolicy.Enabled,
		"allowPermanentDelete": q.DeleteRetentionPolicy != nil && q.DeleteRetentionPolicy.AllowPermanentDelete,
	} {
		if asked {
			return answer{}, invalid("FeatureNotSupportedForAccount", "The feature '%s' is not supported for the account.", name)
		}
	}
	l, _, err := h.lake(req)
	if err != nil {
		return answer{}, err
	}
	settings, err := l.ServiceSettings(req.Context())
	if err != nil {
		return answer{}, err
	}
	if q.CORS != nil {
		if settings.CORS, err = q.CORS.rules(); err != nil {
			return answer{}, err
		}
	}
	if err := q.DeleteRetentionPolicy.applyTo(&settings.DeleteRetentionDays, "deleteRetentionPolicy"); err != nil {
		return answer{}, err
	}
	if err := q.ContainerDeleteRetentionPolicy.applyTo(&settings.ContainerRetentionDays, "containerDeleteRetentionPolicy"); err != nil {
		return answer{}, err
	}
	if err := l.SetServiceSettings(req.Context(), settings); err != nil {
		return answer{}, err
	}
	return h.getBlobService(req)
}

// corsMethods are those that a rule can name.
var corsMethods = map[string]bool{
	"DELETE": true, "GET": true, "HEAD": true, "MERGE": true, "POST": true, "OPTIONS": true, "PUT": true, "PATCH": true,
}

func (c corsBody) rules() ([]lake.CORSRule, error) {
	if len(c.Rules) > lake.MaxCORSRules {
		return nil, invalid(resources.CodeInvalidValues, "Values for request parameters are invalid: cors.corsRules.")
	}
	var rules []lake.CORSRule
	for i, r := range c.Rules {
		wrong := len(r.AllowedOrigins) == 0 || len(r.AllowedMethods) == 0 || r.MaxAgeInSeconds < 0
		for _, m := range r.AllowedMethods {
			wrong = wrong || !corsMethods[m]
		}
		if wrong {
			return nil, invalid(resources.CodeInvalidValues, "Values for request parameters are invalid: %s.", fmt.Sprintf("cors.corsRules[%d]", i))
		}
		rules = append(rules, lake.CORSRule{
			Origins: r.AllowedOrigins, Methods: r.AllowedMethods, AllowedHeaders: r.AllowedHeaders, ExposedHeaders: r.ExposedHeaders,
			MaxAge: time.Duration(r.MaxAgeInSeconds) * time.Second,
		})
	}
	return rules, nil
}
