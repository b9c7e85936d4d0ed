package dataverse

import (
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// parseOrganization checks an organisation as a person names it, and completes it: a bare host gets its scheme, and one whose id
// is not said gets one that follows from its address.
func parseOrganization(o insights.Organization) (insights.Organization, error) {
	text := strings.TrimSpace(o.URL)
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return o, errs.E(errs.Invalid, errs.Item(o.URL), "not the address of a Dataverse organisation", errs.Hint("give it as https://contoso.crm4.dynamics.com"))
	}
	o.URL = "https://" + strings.ToLower(u.Host)
	if o.ID == "" {
		o.ID = uuid.NewSHA1(uuid.NameSpaceURL, []byte(o.URL)).String()
	}
	id, err := uuid.Parse(o.ID)
	if err != nil {
		return o, errs.E(errs.Invalid, errs.Item(o.ID), "the id of an organisation is a GUID")
	}
	o.ID = id.String()
	return o, nil
}
