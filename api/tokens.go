package api

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/api/session"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

type tokenBody struct {
	Name        string                 `json:"name" minLength:"1" maxLength:"100" doc:"What the token is for"`
	Role        insights.Role          `json:"role,omitempty" enum:"viewer,contributor,administrator,owner" doc:"The most that the token gives; empty: all that you may"`
	Environment insights.EnvironmentID `json:"environment,omitempty" doc:"The only environment that the token is good for; empty: all"`
	Expires     time.Time              `json:"expires,omitzero" doc:"Within 366 days; empty: in 90 days"`
}

type tokenInput struct{ Body tokenBody }

// CreatedToken is a new API token with its text, which is told once.
type CreatedToken struct {
	Token session.Token `json:"token"`
	Text  string        `json:"text" doc:"What to send as Authorization: Bearer; it is told only now"`
}

// defaultTokenLife is how long a token is good for where nobody says.
const defaultTokenLife = 90 * 24 * time.Hour

func (r *routes) listTokens(ctx context.Context, _ *emptyInput) (*output[[]session.Token], error) {
	return listed(r.o.Access.Tokens.Of(requestOf(ctx).caller.principal.ID), nil)
}

func (r *routes) createToken(ctx context.Context, in *tokenInput) (*output[CreatedToken], error) {
	c := requestOf(ctx).caller
	if c.by == byToken { // one that leaked must not live on in others
		return nil, errs.E(errs.Permission, errs.Code("SessionRequired"), "a token cannot make tokens", errs.Hint("sign in with a browser"))
	}
	t := session.Token{
		Name: in.Body.Name, Role: in.Body.Role, Environment: in.Body.Environment, Expires: in.Body.Expires, Principal: c.principal, Groups: c.ids,
	}
	if t.Expires.IsZero() {
		t.Expires = r.o.Clock().Add(defaultTokenLife)
	}
	text, created, err := r.o.Access.Tokens.Create(t)
	changing(ctx).after = created
	return answer(CreatedToken{created, text}, err)
}

type tokenIDInput struct {
	Token string `path:"token" doc:"The token's id"`
}

func (r *routes) revokeToken(ctx context.Context, in *tokenIDInput) (*emptyOutput, error) {
	revoked, err := r.o.Access.Tokens.Revoke(requestOf(ctx).caller.principal.ID, in.Token)
	if err != nil {
		return nil, err
	}
	changing(ctx).before = revoked
	return &emptyOutput{}, nil
}
