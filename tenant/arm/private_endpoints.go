package arm

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/resources"
)

type privateEndpointBody struct {
	ID         string                    `json:"id"`
	Name       string                    `json:"name"`
	Type       string                    `json:"type"`
	Properties privateEndpointProperties `json:"properties"`
}

type privateEndpointProperties struct {
	PrivateEndpoint struct {
		ID string `json:"id"`
	} `json:"privateEndpoint"`
	State struct {
		Status         string `json:"status"`
		Description    string `json:"description"`
		ActionRequired string `json:"actionRequired"`
	} `json:"privateLinkServiceConnectionState"`
	ProvisioningState string `json:"provisioningState"`
}

func newPrivateEndpointBody(a resources.Account, e resources.PrivateEndpoint) privateEndpointBody {
	b := privateEndpointBody{ID: string(a.Scope()) + "/privateEndpointConnections/" + e.Name, Name: e.Name, Type: accountType + "/privateEndpointConnections"}
	b.Properties.PrivateEndpoint.ID = e.EndpointID
	b.Properties.State.Status, b.Properties.State.Description, b.Properties.State.ActionRequired = e.Status, e.Description, "None"
	b.Properties.ProvisioningState = "Succeeded"
	return b
}

func privateEndpointBodies(a resources.Account) []privateEndpointBody {
	list := []privateEndpointBody{}
	for _, e := range a.PrivateEndpoints {
		list = append(list, newPrivateEndpointBody(a, e))
	}
	return list
}

func (h *handler) listPrivateEndpoints(req *request) (answer, error) {
	a, err := h.findAccount(req)
	if err != nil {
		return answer{}, err
	}
	return ok(listOf(privateEndpointBodies(a)))
}

// privateEndpoint finds a connection by the request's name.
func privateEndpoint(a resources.Account, name string) (int, error) {
	i := slices.IndexFunc(a.PrivateEndpoints, func(e resources.PrivateEndpoint) bool { return strings.EqualFold(e.Name, name) })
	if i < 0 {
		return 0, errs.E(errs.NotFound, errs.Code("PrivateEndpointConnectionNotFound"), fmt.Sprintf("The private endpoint connection '%s' is not found.", name))
	}
	return i, nil
}

func (h *handler) getPrivateEndpoint(req *request) (answer, error) {
	a, err := h.findAccount(req)
	if err != nil {
		return answer{}, err
	}
	i, err := privateEndpoint(a, req.name)
	if err != nil {
		return answer{}, err
	}
	return ok(newPrivateEndpointBody(a, a.PrivateEndpoints[i]))
}

// putPrivateEndpoint approves or rejects a connection. Making one is the network's business.
func (h *handler) putPrivateEndpoint(req *request) (answer, error) {
	var p struct {
		Properties privateEndpointProperties `json:"properties"`
	}
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	state := p.Properties.State
	if state.Status != "Approved" && state.Status != "Rejected" && state.Status != "Pending" {
		return answer{}, invalid(resources.CodeInvalidValues, "Values for request parameters are invalid: privateLinkServiceConnectionState.status.")
	}
	i := 0
	a, err := h.Resources.UpdateAccount(req.subscription, req.group, req.account, func(a *resources.Account) (err error) {
		if i, err = privateEndpoint(*a, req.name); err != nil {
			return err
		}
		a.PrivateEndpoints[i].Status, a.PrivateEndpoints[i].Description = state.Status, state.Description
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return ok(newPrivateEndpointBody(a, a.PrivateEndpoints[i]))
}

func (h *handler) deletePrivateEndpoint(req *request) (answer, error) {
	_, err := h.Resources.UpdateAccount(req.subscription, req.group, req.account, func(a *resources.Account) error {
		i, err := privateEndpoint(*a, req.name)
		if err != nil {
			return err
		}
		a.PrivateEndpoints = slices.Delete(a.PrivateEndpoints, i, i+1)
		return nil
	})
	if errs.CodeOf(err) == "PrivateEndpointConnectionNotFound" {
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{status: http.StatusOK}, err
}
