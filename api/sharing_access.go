package api

import (
	"context"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// AccessQuestion says as whom it is asked, and of which account.
type AccessQuestion struct {
	SignIn  insights.SignInID `json:"signIn" doc:"Who asks: a sign-in to the cloud, of beginCloudSignIn"`
	Account string            `json:"account,omitempty" doc:"Resource id of the storage account; default: the environment's own"`
	Path    string            `json:"path" doc:"File or folder in the container; / is the container"`
}

func (q AccessQuestion) request() SharingRequest {
	return SharingRequest{SignIn: q.SignIn, Account: q.Account}
}

type explainInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        ExplainQuestion
}

// ExplainQuestion asks whether a principal may do something.
type ExplainQuestion struct {
	AccessQuestion
	Principal string `json:"principal" doc:"Object id, user principal name, or an application's id"`
	Operation string `json:"operation,omitempty" doc:"Such as read-file, the default, or write-file"`
}

type whoInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        AccessQuestion
}

// AccessDecision is whether a principal may do something, and why.
type AccessDecision struct {
	Allowed bool `json:"allowed"`
	// OnlyNew is of who may create and not overwrite.
	OnlyNew bool              `json:"onlyWhereNothingIs,omitempty"`
	Rule    string            `json:"rule" doc:"What decides: role, lists, ownership, sticky, no role"`
	Reason  string            `json:"reason"`
	Steps   []string          `json:"steps" doc:"The lists that were asked, from the container down"`
	Groups  []access.ObjectID `json:"groups" doc:"The security groups that the principal is in"`
}

// AccessHolder is a principal that may do something with a path.
type AccessHolder struct {
	ID     access.ObjectID       `json:"id"`
	Kind   sharing.PrincipalKind `json:"kind,omitempty"`
	Name   string                `json:"name,omitempty"`
	Gone   bool                  `json:"gone,omitempty" doc:"The tenant does not have it any more"`
	Rights sharing.Rights        `json:"rights"`
}

// AccessWay is how a principal can let itself or others in.
type AccessWay struct {
	Way  sharing.WayKind       `json:"way" doc:"keys, roles, members or signatures"`
	ID   access.ObjectID       `json:"id"`
	Kind sharing.PrincipalKind `json:"kind,omitempty"`
	Name string                `json:"name,omitempty"`
	Why  string                `json:"why"`
}

// AccessList is everyone who may do something with a path.
type AccessList struct {
	Path        lake.Path      `json:"path"`
	IsDirectory bool           `json:"isDirectory"`
	Holders     []AccessHolder `json:"holders"`
	Everybody   sharing.Rights `json:"everybody" doc:"What a principal of the tenant may that nothing names"`
	Anonymous   bool           `json:"anonymous" doc:"Who does not sign in may read"`
	Keys        bool           `json:"keys" doc:"The account's keys are taken, which may do everything"`
	Ways        []AccessWay    `json:"ways" doc:"Who can let themselves or others in"`
}

func (r *routes) explainAccess(ctx context.Context, in *explainInput) (*output[AccessDecision], error) {
	op, err := parseOperation(in.Body.Operation)
	if err != nil {
		return nil, err
	}
	p, err := parsePath(in.Body.Path)
	if err != nil {
		return nil, err
	}
	e, err := r.o.Services.Sharing.Explain(ctx, in.Environment, in.Body.request(), in.Body.Principal, op, p)
	if err != nil {
		return nil, err
	}
	d := AccessDecision{Allowed: e.Allowed, OnlyNew: e.NewOnly, Rule: e.Reason.Rule.String(), Reason: e.Reason.String(), Steps: []string{}, Groups: e.Principal.Groups}
	for _, s := range e.Reason.Steps {
		d.Steps = append(d.Steps, s.String())
	}
	return answer(d, nil)
}

func (r *routes) listAccess(ctx context.Context, in *whoInput) (*output[AccessList], error) {
	p, err := parsePath(in.Body.Path)
	if err != nil {
		return nil, err
	}
	a, err := r.o.Services.Sharing.Who(ctx, in.Environment, in.Body.request(), p)
	if err != nil {
		return nil, err
	}
	list := AccessList{
		Path: a.Path, IsDirectory: a.IsDirectory, Everybody: a.Everybody, Anonymous: a.Anonymous, Keys: a.Keys,
		Holders: []AccessHolder{}, Ways: []AccessWay{},
	}
	for _, h := range a.Holders {
		list.Holders = append(list.Holders, AccessHolder{h.ID, h.Kind, h.Name, h.Gone, h.Rights})
	}
	for _, w := range a.Ways {
		list.Ways = append(list.Ways, AccessWay{w.Kind, w.ID, w.Principal.Kind, w.Name, w.Why})
	}
	return answer(list, nil)
}
