package arm

type tenantBody struct {
	ID             string   `json:"id"`
	TenantID       string   `json:"tenantId"`
	DisplayName    string   `json:"displayName"`
	DefaultDomain  string   `json:"defaultDomain"`
	Domains        []string `json:"domains"`
	TenantCategory string   `json:"tenantCategory"`
	TenantType     string   `json:"tenantType"`
}

// listTenants lists the tenants that the caller can sign in to: this one.
func (h *handler) listTenants(*request) (answer, error) {
	t := h.Tenant
	return ok(listOf([]tenantBody{{
		ID: "/tenants/" + t.ID, TenantID: t.ID, DisplayName: t.DisplayName, DefaultDomain: t.DefaultDomain,
		Domains: []string{t.DefaultDomain}, TenantCategory: "Home", TenantType: "AAD",
	}}))
}
