package server

import (
	"context"
	"crypto/subtle"
	"encoding/base64"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/catalog"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/azurestore"
)

// connect opens an account. One that turns out to be the embedded lake under its own address is used in
// process, without HTTP, once a real request has shown that the address and the key are right. While this
// process does not listen (a command that opened the folder itself), the address counts as ours only if nobody
// answers there.
func (s *Server) connect(ctx context.Context, c catalog.Connection) (lake.Store, error) {
	const op errs.Op = "server.connect"
	if c.Credential == insights.ServicePrincipal {
		store, err := s.connectAsPrincipal(ctx, c)
		return store, errs.Wrap(op, err)
	}
	remote, err := azurestore.Open(azurestore.Options{
		Endpoint: c.Endpoint, Account: c.Account, Key: c.Key.Reveal(), RootCAs: s.lake.RootCAs(),
		Renew: errs.Hint("the key of account " + c.Account + " worked before, so it was rotated: give the current one by ownlake env update ENV --key-file FILE"),
	})
	if err != nil {
		return nil, errs.E(op, err)
	}
	if !s.lake.ServesAt(c.Endpoint) || !s.lake.hasKey(c.Account, c.Key.Reveal()) {
		return remote, nil
	}
	_, err = remote.Account(ctx)
	if s.lake.Listening() == (err == nil) {
		return embedded{s.lake.store}, remote.Close()
	}
	return remote, nil
}

// connectAsPrincipal opens an account as a service principal. It goes over HTTP also to the embedded lake: only there are the
// principal's rights checked.
func (s *Server) connectAsPrincipal(ctx context.Context, c catalog.Connection) (lake.Store, error) {
	o, err := s.clouds.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	return openByToken(c.Endpoint, c.Account, o.Cloud.RootCAs, o.Credential,
		errs.Hint("the service principal's secret or certificate worked before: give a current one by ownlake env update ENV --client-secret-file FILE"))
}

// embedded is the lake of this process where others see an account among many: closing it does nothing, as
// the server closes its lake itself.
type embedded struct{ embeddedStore }

// embeddedStore is a store whose files the engine opens by path.
type embeddedStore interface {
	lake.Store
	lake.LocalFiles
}

func (embedded) Close() error { return nil }

// hasKey reports whether the account and key are the lake's, in constant time for the key.
func (l *Lake) hasKey(account, key string) bool {
	given, err := base64.StdEncoding.DecodeString(key)
	return err == nil && account == l.account && subtle.ConstantTimeCompare(given, l.key) == 1
}
