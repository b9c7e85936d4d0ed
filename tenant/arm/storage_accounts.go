package arm

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/resources"
)

const accountType = "Microsoft.Storage/storageAccounts"

type skuBody struct {
	Name string `json:"name"`
	Tier string `json:"tier,omitempty"`
}

func newSKUBody(name string) skuBody {
	tier, _, _ := strings.Cut(name, "_")
	return skuBody{name, tier}
}

type accountBody struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags"`
	Kind       string            `json:"kind"`
	SKU        skuBody           `json:"sku"`
	Properties accountProperties `json:"properties"`
}

type accountProperties struct {
	ProvisioningState            string                `json:"provisioningState"`
	CreationTime                 time.Time             `json:"creationTime"`
	PrimaryLocation              string                `json:"primaryLocation"`
	StatusOfPrimary              string                `json:"statusOfPrimary"`
	PrimaryEndpoints             map[string]string     `json:"primaryEndpoints"`
	IsHnsEnabled                 bool                  `json:"isHnsEnabled"`
	AccessTier                   string                `json:"accessTier,omitempty"`
	AllowBlobPublicAccess        bool                  `json:"allowBlobPublicAccess"`
	AllowSharedKeyAccess         bool                  `json:"allowSharedKeyAccess"`
	SupportsHTTPSTrafficOnly     bool                  `json:"supportsHttpsTrafficOnly"`
	DefaultToOAuthAuthentication bool                  `json:"defaultToOAuthAuthentication"`
	MinimumTLSVersion            string                `json:"minimumTlsVersion"`
	PublicNetworkAccess          string                `json:"publicNetworkAccess"`
	NetworkACLs                  networkBody           `json:"networkAcls"`
	PrivateEndpointConnections   []privateEndpointBody `json:"privateEndpointConnections"`
	KeyCreationTime              map[string]time.Time  `json:"keyCreationTime"`
	// Encryption says that no key of the customer's is used; it names no service whose data are encrypted. Azure CLI
	// reads it before it updates an account.
	Encryption map[string]string `json:"encryption"`
}

type networkBody struct {
	Bypass              string       `json:"bypass"`
	DefaultAction       string       `json:"defaultAction"`
	IPRules             []ipRuleBody `json:"ipRules"`
	VirtualNetworkRules []struct{}   `json:"virtualNetworkRules"`
	ResourceAccessRules []struct{}   `json:"resourceAccessRules"`
}

type ipRuleBody struct {
	Value  string `json:"value"`
	Action string `json:"action"`
}

func (h *handler) accountBody(a resources.Account) accountBody {
	at := h.Lakes.Endpoints(a.Name)
	p := accountProperties{
		ProvisioningState: "Succeeded", CreationTime: a.Created, PrimaryLocation: a.Location, StatusOfPrimary: "available",
		PrimaryEndpoints: map[string]string{"blob": at.Blob, "dfs": at.DFS}, IsHnsEnabled: a.HierarchicalNamespace, AccessTier: a.AccessTier,
		AllowBlobPublicAccess: a.AllowBlobPublicAccess, AllowSharedKeyAccess: a.AllowSharedKeyAccess, SupportsHTTPSTrafficOnly: a.HTTPSOnly,
		DefaultToOAuthAuthentication: a.DefaultToOAuth, MinimumTLSVersion: a.MinimumTLSVersion, PublicNetworkAccess: a.PublicNetworkAccess,
		NetworkACLs: networkBody{
			Bypass: a.Network.Bypass, DefaultAction: string(a.Network.DefaultAction), IPRules: []ipRuleBody{},
			VirtualNetworkRules: []struct{}{}, ResourceAccessRules: []struct{}{},
		},
		PrivateEndpointConnections: privateEndpointBodies(a),
		KeyCreationTime:            map[string]time.Time{},
		Encryption:                 map[string]string{"keySource": "Microsoft.Storage"},
	}
	for _, rule := range a.Network.IPRules {
		p.NetworkACLs.IPRules = append(p.NetworkACLs.IPRules, ipRuleBody{rule, "Allow"})
	}
	for i, name := range resources.KeyNames {
		p.KeyCreationTime[name] = a.Keys[i].Created
	}
	tags := a.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	return accountBody{
		ID: string(a.Scope()), Name: a.Name, Type: accountType, Location: a.Location, Tags: tags, Kind: a.Kind, SKU: newSKUBody(a.SKU), Properties: p,
	}
}

func (h *handler) checkNameAvailability(req *request) (answer, error) {
	var p struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	if !strings.EqualFold(p.Type, accountType) {
		return answer{}, invalid("InvalidResourceType", "The resource type '%s' is not %s.", p.Type, accountType)
	}
	body := map[string]any{"nameAvailable": true}
	if err := h.Resources.CheckAccountName(p.Name); err != nil {
		body = map[string]any{"nameAvailable": false, "reason": "AlreadyExists", "message": message(err)}
		if errs.CodeOf(err) == resources.CodeAccountNameInvalid {
			body["reason"] = "AccountNameInvalid"
		}
	}
	return ok(body)
}

// listStorageAccounts lists the accounts of a subscription or a group that the caller may read.
func (h *handler) listStorageAccounts(req *request) (answer, error) {
	if req.group != "" {
		if _, err := h.Resources.ResourceGroup(req.subscription, req.group); err != nil {
			return answer{}, err
		}
	}
	var list []accountBody
	for _, a := range h.Resources.Accounts(req.scope) {
		if req.may(access.AccountsRead, a.Scope()) {
			list = append(list, h.accountBody(a))
		}
	}
	return ok(listOf(list))
}

// findAccount is the account that the path names.
func (h *handler) findAccount(req *request) (resources.Account, error) {
	return h.Resources.Account(req.subscription, req.group, req.account)
}

func (h *handler) getStorageAccount(req *request) (answer, error) {
	a, err := h.findAccount(req)
	if err != nil {
		return answer{}, err
	}
	return ok(h.accountBody(a))
}

// putStorageAccount makes an account, or changes the one that is there.
func (h *handler) putStorageAccount(req *request) (answer, error) {
	var p accountParameters
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	if err := p.refuse(); err != nil {
		return answer{}, err
	}
	if _, err := h.findAccount(req); err == nil {
		return h.changeStorageAccount(req, p)
	} else if errs.CodeOf(err) != resources.CodeResourceNotFound {
		return answer{}, err
	}
	if err := h.checkRegistered(req); err != nil {
		return answer{}, err
	}
	if p.Location == "" {
		return answer{}, invalid("LocationRequired", "The location property is required for this definition.")
	}
	a := resources.Account{
		Subscription: req.subscription, ResourceGroup: req.group, Name: req.account, Kind: "StorageV2", Settings: resources.DefaultSettings(),
	}
	if p.Kind == "" || p.SKU == nil {
		return answer{}, invalid("InvalidRequestContent", "The properties 'kind' and 'sku' are required for this definition.")
	}
	a.Kind, a.Location, a.HierarchicalNamespace = p.Kind, p.Location, p.Properties.IsHnsEnabled != nil && *p.Properties.IsHnsEnabled
	p.applyTo(&a)
	a, err := h.Resources.CreateAccount(a)
	if err != nil {
		return answer{}, err
	}
	return h.accepted(req, a.Scope(), "/providers/Microsoft.Storage/locations/"+a.Location+"/asyncoperations/")
}

func (h *handler) checkRegistered(req *request) error {
	s, err := h.Resources.Subscription(req.subscription)
	if err == nil && !s.Registered(resources.StorageNamespace) {
		err = errs.E(errs.Conflict, codeNotRegistered, fmt.Sprintf("The subscription is not registered to use namespace '%s'.", resources.StorageNamespace))
	}
	return err
}

func (h *handler) patchStorageAccount(req *request) (answer, error) {
	var p accountParameters
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	if err := p.refuse(); err != nil {
		return answer{}, err
	}
	return h.changeStorageAccount(req, p)
}

func (h *handler) changeStorageAccount(req *request, p accountParameters) (answer, error) {
	a, err := h.Resources.UpdateAccount(req.subscription, req.group, req.account, func(a *resources.Account) error {
		if p.Kind != "" {
			a.Kind = p.Kind
		}
		if location, ok := resources.ParseLocation(p.Location); p.Location != "" && (!ok || location != a.Location) {
			return errs.E(errs.Conflict, resources.CodeInvalidResourceLocation, fmt.Sprintf(
				"The resource '%s' already exists in location '%s' in resource group '%s'. A resource with the same name cannot be created in location '%s'.",
				a.Name, a.Location, a.ResourceGroup, p.Location))
		}
		if hns := p.Properties.IsHnsEnabled; hns != nil {
			a.HierarchicalNamespace = *hns
		}
		p.applyTo(a)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return ok(h.accountBody(a))
}

// deleteStorageAccount deletes an account with all that its lake holds. One that is not there is gone already.
func (h *handler) deleteStorageAccount(req *request) (answer, error) {
	a, err := h.findAccount(req)
	switch {
	case errs.CodeOf(err) == resources.CodeResourceNotFound:
		return answer{status: http.StatusNoContent}, nil
	case err != nil:
		return answer{}, err
	}
	if err := h.removeAccount(req, a); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK}, nil
}

// removeAccount removes the lake first: a failure after that leaves an account with an empty lake, which can be
// deleted again, and never a lake that no account leads to.
func (h *handler) removeAccount(req *request, a resources.Account) error {
	if err := h.Lakes.Remove(req.Context(), a); err != nil {
		return err
	}
	err := h.Resources.DeleteAccount(a.Subscription, a.ResourceGroup, a.Name)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	return err
}
