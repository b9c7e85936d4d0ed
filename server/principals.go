package server

import (
	"context"
	"net/http"
	"path/filepath"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/config/accessfile"
	"github.com/ownlake/ownlake/errs"
)

// principals is an access file in force: it tells who bearer tokens are from and what principals hold.
type principals struct {
	*bearer.Verifier
	file *accessfile.File
}

// Assignments returns the role assignments of a principal and its groups.
func (p *principals) Assignments(_ context.Context, of access.Principal) ([]access.RoleAssignment, error) {
	return p.file.Assignments(of), nil
}

// Groups returns the groups of a principal as the file has them.
func (p *principals) Groups(_ context.Context, id access.ObjectID) ([]access.ObjectID, error) {
	groups, _ := p.file.GroupsOf(id)
	return groups, nil
}

// ReloadAccess reads the access file again. What it says holds from the next request on: tokens that were taken are
// verified anew. If it is wrong, or the one that was named is gone, the former stays in force.
func (l *Lake) ReloadAccess() error {
	const op errs.Op = "server.Lake.ReloadAccess"
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := l.loadAccess(l.principals)
	if err != nil {
		return errs.E(op, err)
	}
	l.principals = p
	for _, ln := range l.listeners {
		ln.handle(l.newHandler(ln.endpoint, p))
	}
	return nil
}

// loadAccess reads the access file, which replaces the former one, if there is one. It returns nil if none was named and there is none in the data folder: then no
// bearer token is taken.
func (l *Lake) loadAccess(former *principals) (*principals, error) {
	name := l.cfg.AccessFile
	if name == "" {
		name = filepath.Join(l.cfg.DataDir, accessfile.Name)
	}
	file, err := accessfile.Load(name, l.account)
	if err != nil {
		if l.cfg.AccessFile == "" && errs.Is(err, errs.NotFound) {
			return nil, nil
		}
		return nil, err
	}
	p := &principals{file: file}
	o := bearer.Options{Account: l.account, Issuers: file.Issuers, GroupsOf: p.groupsOf, Clock: time.Now, Logger: l.cfg.Logger}
	if former != nil {
		o.Former = former.Verifier
	}
	if p.Verifier, err = bearer.New(o); err != nil {
		return nil, errs.E(errs.Item(name), err)
	}
	return p, nil
}

// groupsOf looks up the groups of a principal whose token lists none.
func (p *principals) groupsOf(_ context.Context, _ string, id access.ObjectID) ([]access.ObjectID, error) {
	groups, known := p.file.GroupsOf(id)
	if !known {
		return nil, errs.E(errs.NotFound, errs.Item(id), "the access file has no groups of the principal")
	}
	return groups, nil
}

// newHandler serves the account to a listener.
func (l *Lake) newHandler(endpoint wire.Endpoint, p *principals) http.Handler {
	o := adls.Options{
		Store: l.store, Account: l.account, Key: l.key, Region: l.cfg.Region, Default: endpoint, AllowPublicAccess: l.cfg.AllowPublicAccess,
		CopyFromLoopback: l.cfg.CopyFromLoopback, StallTimeout: stallTimeout, Clock: time.Now, Logger: l.cfg.Logger,
	}
	if m := l.managed.Load(); m != nil {
		m.configure(&o)
	}
	if p != nil {
		o.Tokens, o.Roles, o.Scope = p, p, p.file.Scope
	}
	return adls.New(o)
}
