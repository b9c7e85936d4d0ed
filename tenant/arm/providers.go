package arm

import (
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/internal/regions"
	"github.com/ownlake/ownlake/tenant/resources"
)

type providerBody struct {
	ID                string             `json:"id"`
	Namespace         string             `json:"namespace"`
	RegistrationState string             `json:"registrationState"`
	ResourceTypes     []resourceTypeBody `json:"resourceTypes"`
}

type resourceTypeBody struct {
	ResourceType string   `json:"resourceType"`
	Locations    []string `json:"locations"`
	APIVersions  []string `json:"apiVersions"`
}

// providerTypes are the resource types of the providers that are served here.
var providerTypes = []struct {
	namespace string
	types     []string
	always    bool // registered without anybody asking
}{
	{"Microsoft.Authorization", []string{"roleAssignments", "roleDefinitions", "permissions"}, true},
	{"Microsoft.Resources", []string{"tenants", "subscriptions", "resourceGroups"}, true},
	{
		resources.StorageNamespace,
		[]string{"storageAccounts", "storageAccounts/blobServices", "checkNameAvailability", "locations", "locations/asyncoperations"},
		false,
	},
}

func (h *handler) providers(req *request) ([]providerBody, error) {
	s, err := h.Resources.Subscription(req.subscription)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, l := range regions.All() {
		names = append(names, l.DisplayName)
	}
	var list []providerBody
	for _, p := range providerTypes {
		b := providerBody{ID: string(s.Scope()) + "/providers/" + p.namespace, Namespace: p.namespace, RegistrationState: "NotRegistered"}
		if p.always || s.Registered(p.namespace) {
			b.RegistrationState = "Registered"
		}
		for _, t := range p.types {
			b.ResourceTypes = append(b.ResourceTypes, resourceTypeBody{t, names, strings.Split(knownVersions, ",")})
		}
		list = append(list, b)
	}
	return list, nil
}

func (h *handler) listProviders(req *request) (answer, error) {
	list, err := h.providers(req)
	if err != nil {
		return answer{}, err
	}
	return ok(listOf(list))
}

func (h *handler) getProvider(req *request) (answer, error) {
	list, err := h.providers(req)
	if err != nil {
		return answer{}, err
	}
	for _, p := range list {
		if strings.EqualFold(p.Namespace, req.name) {
			return ok(p)
		}
	}
	return answer{}, errs.E(errs.NotFound, codeInvalidNamespace, fmt.Sprintf("The resource namespace '%s' is invalid.", req.name))
}

func (h *handler) registerProvider(req *request) (answer, error) { return h.setProvider(req, true) }

func (h *handler) unregisterProvider(req *request) (answer, error) { return h.setProvider(req, false) }

// setProvider registers a provider. Those that are always registered stay so.
func (h *handler) setProvider(req *request, registered bool) (answer, error) {
	a, err := h.getProvider(req)
	if err != nil || !strings.EqualFold(req.name, resources.StorageNamespace) {
		return a, err
	}
	if err := h.Resources.SetProvider(req.subscription, req.name, registered); err != nil {
		return answer{}, err
	}
	return h.getProvider(req)
}
