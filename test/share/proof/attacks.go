package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/ownlake/ownlake/access"
)

// secretText is what nobody but the account's key may read.
const secretText = "secret of the account"

// raid is the attacks under way: who attacks, and what is there to be had. In the folder attacks of the shared container, open/f
// is shared with both groups, and closed/secret with nobody.
type raid struct {
	*world
	reader, writer, stranger        object
	readerToken, writerToken, token string // token is the stranger's
	signer                          object // an application with Storage Blob Data Reader of the account
	signerToken                     string
}

// attacks tries to get what nobody gave, each by name. Whatever comes through, or changes anything, is a difference.
func attacks(ctx context.Context, w *world) error {
	r := &raid{world: w}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	for _, wave := range []func(context.Context) error{r.byTokens, r.bySignatures, r.byPaths, r.byRenames, r.byLists, r.byOwners, r.byGroups, r.byRoles} {
		if err := wave(ctx); err != nil {
			return err
		}
	}
	_, err := w.do(ctx, remove("/"+container+"/attacks?recursive=true"))
	return err
}

func (r *raid) prepare(ctx context.Context) error {
	for _, u := range []struct {
		name, group string
		into        *object
		token       *string
	}{
		{"raid-reader", r.readers, &r.reader, &r.readerToken},
		{"raid-writer", r.contributors, &r.writer, &r.writerToken},
		{"raid-stranger", "", &r.stranger, &r.token},
	} {
		var err error
		if *u.into, err = r.newUser(ctx, u.name); err != nil {
			return err
		}
		if u.group != "" {
			if err := r.addMember(ctx, u.group, u.into.ID); err != nil {
				return err
			}
		}
		if *u.token, err = r.userToken(ctx, u.name+"@ownlake.local", password, storageScope); err != nil {
			return err
		}
	}
	var err error
	if r.signer, err = r.newApplication(ctx, "raid-signer"); err != nil {
		return err
	}
	if err := r.assign(ctx, r.signer.ID, "ServicePrincipal", access.StorageBlobDataReader, r.account); err != nil {
		return err
	}
	if r.signerToken, err = r.appToken(ctx, r.signer.AppID, r.signer.Secret, storageScope); err != nil {
		return err
	}
	blob := []string{"x-ms-blob-type", "BlockBlob"}
	for _, made := range []request{
		put(at("open/f"), "open", blob...), put(at("closed/secret"), secretText, blob...), put("/raid-elsewhere?restype=container", ""),
		put("/raid-elsewhere/f", secretText, blob...),
		patch(at("closed?action=setAccessControl"), "", "x-ms-acl", "user::rwx,group::---,other::---"),
		patch(at("closed/secret?action=setAccessControl"), "", "x-ms-acl", "user::rw-,group::---,other::---"),
	} {
		if _, err := r.do(ctx, made); err != nil {
			return err
		}
	}
	return r.until(ctx, "the signer's role counts", func() (bool, error) {
		a, err := r.ask(ctx, get(at("open/f?action=read")), bearer(r.signerToken))
		return a.status == http.StatusOK, err
	})
}

// at is a path in the folder of the attacks.
func at(path string) string { return "/" + container + "/attacks/" + path }

// state is all that an attack must not change.
func (r *raid) state(ctx context.Context) (string, error) {
	a, err := r.do(ctx, get("/"+container+"?resource=filesystem&recursive=true&directory=attacks"))
	if err != nil {
		return "", err
	}
	b, err := r.do(ctx, get("/raid-elsewhere?resource=filesystem&recursive=true"))
	return a.body + b.body, err
}

// refused tries an attack: it has to be refused, show nothing of the secret, and change nothing.
func (r *raid) refused(ctx context.Context, name string, attack request, sign func(*http.Request) error) error {
	return r.fails(ctx, name, attack, sign, answer.isRefusal)
}

// harmless is [raid.refused] for what may also be answered as wrong, or as not there.
func (r *raid) harmless(ctx context.Context, name string, attack request, sign func(*http.Request) error) error {
	return r.fails(ctx, name, attack, sign, func(a answer) bool {
		return a.status >= http.StatusBadRequest && a.status < http.StatusInternalServerError
	})
}

func (r *raid) fails(ctx context.Context, name string, attack request, sign func(*http.Request) error, failed func(answer) bool) error {
	before, err := r.state(ctx)
	if err != nil {
		return err
	}
	a, err := r.ask(ctx, attack, sign)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	after, err := r.state(ctx)
	switch {
	case err != nil:
		return err
	case before != after:
		r.check(name, false, a.String()+", and something has changed")
	case strings.Contains(a.body, secretText):
		r.check(name, false, a.String()+", with the secret")
	default:
		r.check(name, failed(a), a.String())
	}
	return nil
}

// allowed tries what must go, so that the refusals beside it are not for another reason.
func (r *raid) allowed(ctx context.Context, name string, q request, sign func(*http.Request) error) error {
	a, err := r.ask(ctx, q, sign)
	if err == nil {
		r.check(name, a.status < http.StatusBadRequest, a.String())
	}
	return err
}

// line is an attack by its name.
type line struct {
	name string
	request
}

// allRefused tries a list of attacks of one attacker.
func (r *raid) allRefused(ctx context.Context, who, token string, list []line) error {
	for _, l := range list {
		if err := r.refused(ctx, who+" "+l.name, l.request, bearer(token)); err != nil {
			return err
		}
	}
	return nil
}
