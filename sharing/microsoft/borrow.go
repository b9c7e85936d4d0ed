package microsoft

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
)

// Borrow makes an application with a service principal and a secret, to act as for a while. The caller gives it back by
// remove, also where Borrow fails and returns one. It takes a directory role that may register applications.
func (d *Directory) Borrow(ctx context.Context, name string) (p sharing.Principal, cred azcore.TokenCredential, remove func(context.Context) error, err error) {
	const op errs.Op = "microsoft.Borrow"
	tenant, err := d.tenantID(ctx)
	if err != nil {
		return p, nil, nil, failure(op, errs.Item(name), err)
	}
	var app struct {
		ID    string `json:"id"`
		AppID string `json:"appId"`
	}
	err = d.graph.do(onceUnlessThrottled(ctx, d.retry()), http.MethodPost, d.graph.address(nil, "applications"), map[string]string{"displayName": name}, &app)
	if err != nil {
		return p, nil, nil, failure(op, errs.Item(name), err)
	}
	remove = func(ctx context.Context) error {
		return failure(op, errs.Item(name), d.graph.do(ctx, http.MethodDelete, d.graph.address(nil, "applications", app.ID), nil, nil))
	}
	if p, err = d.CreateServicePrincipal(ctx, app.AppID); err != nil {
		return p, nil, remove, err
	}
	var password struct {
		Secret string `json:"secretText"`
	}
	err = d.graph.do(onceUnlessThrottled(ctx, d.retry()), http.MethodPost, d.graph.address(nil, "applications", app.ID, "addPassword"),
		map[string]any{"passwordCredential": map[string]string{"displayName": name}}, &password)
	if err != nil {
		return p, nil, remove, failure(op, errs.Item(name), err)
	}
	cred, err = azidentity.NewClientSecretCredential(tenant, app.AppID, password.Secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: d.client(), DisableInstanceDiscovery: !d.Cloud.isMicrosofts(),
	})
	if err != nil {
		err = errs.E(op, errs.Invalid, err)
	}
	return p, cred, remove, err
}

func (d *Directory) tenantID(ctx context.Context) (string, error) {
	found, err := list[object](ctx, d.graph, d.graph.address(query{"$select": "id"}, "organization"))
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", errs.E(errs.Unavailable, "Graph does not say which tenant this is")
	}
	return string(found[0].ID), nil
}
