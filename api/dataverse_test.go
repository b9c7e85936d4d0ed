package api_test

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// fakeDataverse has one organisation, which Contoso is linked with.
type fakeDataverse struct{}

const organization = "https://contoso.crm4.dynamics.com"

func (fakeDataverse) link() insights.DataverseLink {
	return insights.DataverseLink{
		DataverseStep: insights.DataverseStep{Organization: insights.Organization{URL: organization}, DataSharing: true},
		Environment:   id, EnvironmentName: "Contoso", Account: "contoso", LinkedAt: start,
	}
}

func (f fakeDataverse) List(context.Context) ([]insights.DataverseLink, error) {
	return []insights.DataverseLink{f.link()}, nil
}

func (f fakeDataverse) Get(_ context.Context, env insights.EnvironmentID) (insights.DataverseLink, error) {
	if env != id {
		return insights.DataverseLink{}, errs.E(errs.NotFound, "there is no such environment")
	}
	return f.link(), nil
}

func (fakeDataverse) Check(context.Context, insights.EnvironmentID, insights.DataverseRequest) ([]insights.Prerequisite, error) {
	return []insights.Prerequisite{{Name: "region", Outcome: insights.Passed}}, nil
}

func (f fakeDataverse) Link(_ context.Context, _ insights.EnvironmentID, q insights.DataverseRequest) (insights.DataverseLink, []insights.Prerequisite, error) {
	if q.Organization.URL != organization {
		return insights.DataverseLink{}, failing("organization not attached"), errs.E(errs.Precondition, errs.Code("OrganizationAlreadyAttached"), "attached")
	}
	return f.link(), []insights.Prerequisite{}, nil
}

func (f fakeDataverse) Detach(_ context.Context, name string) (insights.DataverseLink, error) {
	if name != "contoso.crm4.dynamics.com" {
		return insights.DataverseLink{}, errs.E(errs.NotFound, "no such organisation is linked")
	}
	return f.link(), nil
}

func dataverseScenarios() []scenario {
	step := `{"organization":{"url":"` + organization + `"},"dataSharing":true,"permissionsIdentifier":"x"}`
	return []scenario{
		{name: "get the Dataverse step", method: "GET", path: env + "/dataverse", status: 200, want: []string{`"url":"` + organization + `"`}},
		{name: "get the Dataverse step of an unknown environment", method: "GET", path: "/environments/x/dataverse", status: 404},
		{name: "check a link", method: "POST", path: env + "/dataverse/check", body: step, status: 200, want: []string{`"outcome":"passed"`}},
		{name: "link", method: "PUT", path: env + "/dataverse", body: step, status: 200, want: []string{`"environmentName":"Contoso"`}},
		{
			name: "link an organization that is attached", method: "PUT", path: env + "/dataverse", body: `{"organization":{"url":"https://other.crm.dynamics.com"}}`, status: 412,
			want: []string{`"code":"OrganizationAlreadyAttached"`, `"organization not attached"`},
		},
		{name: "list organizations", method: "GET", path: "/dataverse/organizations", status: 200, want: []string{`"account":"contoso"`}},
		{name: "detach", method: "DELETE", path: "/dataverse/organizations/contoso.crm4.dynamics.com", status: 200},
		{name: "detach an unknown one", method: "DELETE", path: "/dataverse/organizations/x", status: 404},
	}
}
