package arm

import (
	"net/http"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/resources"
)

type groupBody struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags,omitempty"`
	ManagedBy  string            `json:"managedBy,omitempty"`
	Properties provisioningState `json:"properties"`
}

type provisioningState struct {
	ProvisioningState string `json:"provisioningState"`
}

var succeeded = provisioningState{"Succeeded"}

func newGroupBody(g resources.ResourceGroup) groupBody {
	return groupBody{
		ID: string(g.Scope()), Name: g.Name, Type: "Microsoft.Resources/resourceGroups", Location: g.Location, Tags: g.Tags,
		ManagedBy: g.ManagedBy, Properties: succeeded,
	}
}

// listResourceGroups lists the groups that the caller may read.
func (h *handler) listResourceGroups(req *request) (answer, error) {
	var list []groupBody
	for _, g := range h.Resources.ResourceGroups(req.subscription) {
		if req.may(access.ResourceGroupsRead, g.Scope()) {
			list = append(list, newGroupBody(g))
		}
	}
	return ok(listOf(list))
}

func (h *handler) getResourceGroup(req *request) (answer, error) {
	g, err := h.Resources.ResourceGroup(req.subscription, req.group)
	if err != nil {
		return answer{}, err
	}
	return ok(newGroupBody(g))
}

// headResourceGroup is Check Existence.
func (h *handler) headResourceGroup(req *request) (answer, error) {
	if _, err := h.Resources.ResourceGroup(req.subscription, req.group); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, nil
}

type groupParameters struct {
	Location  string            `json:"location"`
	ManagedBy string            `json:"managedBy"`
	Tags      map[string]string `json:"tags"`
}

func (h *handler) putResourceGroup(req *request) (answer, error) {
	var p groupParameters
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	if p.Location == "" {
		return answer{}, invalid("LocationRequired", "The location property is required for this definition.")
	}
	g, made, err := h.Resources.PutResourceGroup(resources.ResourceGroup{
		Subscription: req.subscription, Name: req.group, Location: p.Location, Tags: p.Tags, ManagedBy: p.ManagedBy,
	})
	if err != nil {
		return answer{}, err
	}
	a := answer{status: http.StatusOK, body: newGroupBody(g)}
	if made {
		a.status = http.StatusCreated
	}
	return a, nil
}

// patchResourceGroup changes tags, the one thing of a group that can be changed.
func (h *handler) patchResourceGroup(req *request) (answer, error) {
	g, err := h.Resources.ResourceGroup(req.subscription, req.group)
	if err != nil {
		return answer{}, err
	}
	p := groupParameters{Tags: g.Tags}
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	if g, err = h.Resources.SetGroupTags(req.subscription, req.group, p.Tags); err != nil {
		return answer{}, err
	}
	return ok(newGroupBody(g))
}

// deleteResourceGroup deletes a group with the accounts in it. What was deleted before one that cannot be is gone; the
// request can be repeated.
func (h *handler) deleteResourceGroup(req *request) (answer, error) {
	g, err := h.Resources.ResourceGroup(req.subscription, req.group)
	if err != nil {
		return answer{}, err
	}
	for _, a := range h.Resources.Accounts(g.Scope()) {
		if err := h.removeAccount(req, a); err != nil {
			return answer{}, err
		}
	}
	if err := h.Resources.DeleteResourceGroup(req.subscription, req.group); err != nil && !errs.Is(err, errs.NotFound) {
		return answer{}, err
	}
	return h.accepted(req, "", "/operationresults/")
}

type resourceBody struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Type     string            `json:"type"`
	Location string            `json:"location"`
	Kind     string            `json:"kind"`
	SKU      skuBody           `json:"sku"`
	Tags     map[string]string `json:"tags,omitempty"`
}

// listResources lists the resources of a subscription or a group that the caller may read. The filters that clients
// send are by type and by name.
func (h *handler) listResources(req *request) (answer, error) {
	if req.group != "" {
		if _, err := h.Resources.ResourceGroup(req.subscription, req.group); err != nil {
			return answer{}, err
		}
	}
	f, err := parseFilter(req.URL.Query().Get("$filter"), "resourceType", "name", "location", "resourceGroup")
	if err != nil {
		return answer{}, err
	}
	var list []resourceBody
	for _, a := range h.Resources.Accounts(req.scope) {
		if !req.may(access.AccountsRead, a.Scope()) || !f.matches(map[string]string{
			"resourceType": accountType, "name": a.Name, "location": a.Location, "resourceGroup": a.ResourceGroup,
		}) {
			continue
		}
		list = append(list, resourceBody{
			ID: string(a.Scope()), Name: a.Name, Type: accountType, Location: a.Location, Kind: a.Kind, SKU: newSKUBody(a.SKU), Tags: a.Tags,
		})
	}
	return ok(listOf(list))
}
