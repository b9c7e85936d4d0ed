package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ownlake/ownlake/insights"
)

// Dataverse links organisations with environments. Package dataverse implements it.
type Dataverse interface {
	// List returns every organisation that is bound, also those of environments that are deleted.
	List(ctx context.Context) ([]insights.DataverseLink, error)
	// Get returns the link of an environment; NotFound if it has none.
	Get(ctx context.Context, env insights.EnvironmentID) (insights.DataverseLink, error)
	// Check asks what must be so for a link, and changes nothing.
	Check(ctx context.Context, env insights.EnvironmentID, q insights.DataverseRequest) ([]insights.Prerequisite, error)
	// Link checks, and links if nothing failed; the error is Precondition otherwise.
	Link(ctx context.Context, env insights.EnvironmentID, q insights.DataverseRequest) (insights.DataverseLink, []insights.Prerequisite, error)
	// Detach frees an organisation, named by its address, its host or its id.
	Detach(ctx context.Context, organization string) (insights.DataverseLink, error)
}

type dataverseInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        insights.DataverseRequest
}

type organizationInput struct {
	Organization string `path:"organization" doc:"Host or id of the organization"`
}

// LinkedDataverse is a new link with the outcomes of the check before it.
type LinkedDataverse struct {
	Link          insights.DataverseLink  `json:"link"`
	Prerequisites []insights.Prerequisite `json:"prerequisites"`
}

// registerDataverse adds the routes of the Dataverse step.
func (r *routes) registerDataverse(env string) {
	add(r, viewer, http.MethodGet, env+"/dataverse", "getDataverse", "The organization that an environment is linked with", r.getDataverse)
	add(r, administrator, http.MethodPut, env+"/dataverse", "linkDataverse", "Check, and link an environment with an organization", r.linkDataverse)
	add(r, administrator, http.MethodPost, env+"/dataverse/check", "checkDataverse", "Check what must be so for a link", r.checkDataverse)
	add(r, administrator, http.MethodGet, "/dataverse/organizations", "listOrganizations", "The organizations that are linked, also with environments that are deleted", r.listOrganizations)
	add(r, administrator, http.MethodDelete, "/dataverse/organizations/{organization}", "detachOrganization", "Free an organization", r.detachOrganization)
}

func (r *routes) getDataverse(ctx context.Context, in *environmentInput) (*output[insights.DataverseLink], error) {
	return answer(r.o.Services.Dataverse.Get(ctx, in.Environment))
}

func (r *routes) checkDataverse(ctx context.Context, in *dataverseInput) (*output[[]insights.Prerequisite], error) {
	return listed(r.o.Services.Dataverse.Check(ctx, in.Environment, in.Body))
}

func (r *routes) linkDataverse(ctx context.Context, in *dataverseInput) (*output[LinkedDataverse], error) {
	link, lines, err := r.o.Services.Dataverse.Link(ctx, in.Environment, in.Body)
	return answer(LinkedDataverse{link, lines}, withPrerequisites(lines, err))
}

func (r *routes) listOrganizations(ctx context.Context, _ *emptyInput) (*output[[]insights.DataverseLink], error) {
	return listed(r.o.Services.Dataverse.List(ctx))
}

func (r *routes) detachOrganization(ctx context.Context, in *organizationInput) (*output[insights.DataverseLink], error) {
	return answer(r.o.Services.Dataverse.Detach(ctx, in.Organization))
}

// Dataverse returns the link of an environment.
func (c *Client) Dataverse(ctx context.Context, id insights.EnvironmentID) (link insights.DataverseLink, err error) {
	return link, c.get(ctx, &link, nil, "environments", string(id), "dataverse")
}

// CheckDataverse asks what must be so for a link.
func (c *Client) CheckDataverse(ctx context.Context, id insights.EnvironmentID, q insights.DataverseRequest) (lines []insights.Prerequisite, err error) {
	return lines, c.send(ctx, http.MethodPost, q, &lines, nil, "environments", string(id), "dataverse", "check")
}

// LinkDataverse links an environment with an organisation. The outcomes are returned in both cases.
func (c *Client) LinkDataverse(ctx context.Context, id insights.EnvironmentID, q insights.DataverseRequest) (LinkedDataverse, error) {
	var result LinkedDataverse
	err := c.send(ctx, http.MethodPut, q, &result, nil, "environments", string(id), "dataverse")
	if err != nil {
		result.Prerequisites = prerequisitesOf(err)
	}
	return result, err
}

// Organizations lists the organisations that are linked.
func (c *Client) Organizations(ctx context.Context) (list []insights.DataverseLink, err error) {
	return list, c.get(ctx, &list, nil, "dataverse", "organizations")
}

// DetachOrganization frees an organisation, named by its address, its host or its id.
func (c *Client) DetachOrganization(ctx context.Context, organization string) (link insights.DataverseLink, err error) {
	if u, parseErr := url.Parse(organization); parseErr == nil && u.Host != "" {
		organization = u.Host
	}
	return link, c.send(ctx, http.MethodDelete, nil, &link, nil, "dataverse", "organizations", organization)
}
