package arm

import (
	"github.com/ownlake/ownlake/internal/regions"
	"github.com/ownlake/ownlake/tenant/resources"
)

type subscriptionBody struct {
	ID                  string            `json:"id"`
	AuthorizationSource string            `json:"authorizationSource"`
	ManagedByTenants    []struct{}        `json:"managedByTenants"`
	SubscriptionID      string            `json:"subscriptionId"`
	TenantID            string            `json:"tenantId"`
	DisplayName         string            `json:"displayName"`
	State               string            `json:"state"`
	Policies            map[string]string `json:"subscriptionPolicies"`
}

func (h *handler) subscriptionBody(s resources.Subscription) subscriptionBody {
	return subscriptionBody{
		ID: string(s.Scope()), AuthorizationSource: "RoleBased", ManagedByTenants: []struct{}{}, SubscriptionID: s.ID, TenantID: h.Tenant.ID,
		DisplayName: s.DisplayName, State: "Enabled",
		Policies: map[string]string{"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
	}
}

// listSubscriptions lists the subscriptions in which the caller has some right.
func (h *handler) listSubscriptions(req *request) (answer, error) {
	list := []subscriptionBody{}
	for _, s := range h.Resources.Subscriptions() {
		if req.inside(s.Scope()) {
			list = append(list, h.subscriptionBody(s))
		}
	}
	return ok(map[string]any{"value": list, "count": map[string]any{"type": "Total", "value": len(list)}})
}

func (h *handler) getSubscription(req *request) (answer, error) {
	s, err := h.Resources.Subscription(req.subscription)
	if err != nil {
		return answer{}, err
	}
	return ok(h.subscriptionBody(s))
}

type locationBody struct {
	ID                  string            `json:"id"`
	Name                string            `json:"name"`
	Type                string            `json:"type"`
	DisplayName         string            `json:"displayName"`
	RegionalDisplayName string            `json:"regionalDisplayName"`
	Metadata            map[string]string `json:"metadata"`
}

func (h *handler) listLocations(req *request) (answer, error) {
	var list []locationBody
	for _, l := range regions.All() {
		list = append(list, locationBody{
			ID: "/subscriptions/" + req.subscription + "/locations/" + l.Name, Name: l.Name, Type: "Region", DisplayName: l.DisplayName,
			RegionalDisplayName: l.DisplayName, Metadata: map[string]string{"regionType": "Physical", "regionCategory": "Recommended"},
		})
	}
	return ok(listOf(list))
}
