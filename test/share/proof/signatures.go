package main

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/sas"
)

func in(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

// keyInfo asks for a user delegation key of an hour.
func keyInfo() string {
	return "<KeyInfo><Start>" + in(-time.Minute) + "</Start><Expiry>" + in(time.Hour) + "</Expiry></KeyInfo>"
}

// signed puts a signature made with the account's key on requests. Path is what it is for, with FIX for the folder.
func (w *world) signed(t sas.Token, path string) func(*http.Request, string) error {
	return w.signedWith(t, container, path, w.key.Key)
}

func (w *world) elsewhere(t sas.Token) func(*http.Request, string) error {
	return w.signedWith(t, "proof-elsewhere", "", w.key.Key)
}

func (w *world) signedWith(t sas.Token, of, path string, key []byte) func(*http.Request, string) error {
	return func(r *http.Request, folder string) error {
		full := sas.Token{sas.Version: storageVersion, sas.Expiry: in(time.Hour)}
		maps.Copy(full, t)
		signed, err := full.Sign(sas.Request{Account: w.key.Account, Container: of, Path: strings.ReplaceAll(path, "FIX", folder)}, key)
		if err != nil {
			return err
		}
		r.URL.RawQuery += "&" + signed.Encode()
		// What is copied needs a signature of its own ("Copy Blob").
		if source := r.Header.Get("x-ms-copy-source"); source != "" {
			r.Header.Set("x-ms-copy-source", source+"?"+signed.Encode())
		}
		return nil
	}
}

// delegationKey is a user delegation key as the lake gives it out.
type delegationKey struct {
	SignedOid, SignedTid, SignedStart, SignedExpiry, SignedService, SignedVersion, Value string
}

func (k delegationKey) token() sas.Token {
	return sas.Token{
		sas.Resource: "c", sas.Permissions: letters, sas.KeyObjectID: k.SignedOid, sas.KeyTenantID: k.SignedTid, sas.KeyStart: k.SignedStart,
		sas.KeyExpiry: k.SignedExpiry, sas.KeyService: k.SignedService, sas.KeyVersion: k.SignedVersion,
	}
}

// delegation takes a key for whom a token is from.
func (w *world) delegation(ctx context.Context, token string) (delegationKey, []byte, error) {
	var k delegationKey
	a, err := w.ask(ctx, request{method: http.MethodPost, target: "/?restype=service&comp=userdelegationkey", body: keyInfo()}, bearer(token))
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("a user delegation key: %s", a)
	}
	if err == nil {
		err = xml.Unmarshal([]byte(a.body), &k)
	}
	if err != nil {
		return k, nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(k.Value)
	return k, secret, err
}

// addDelegates adds holders of signatures that people and programs made with keys of their own.
func (p *people) addDelegates(ctx context.Context) error {
	reader, _, err := p.addUser(ctx, "proof-agent", "", "", p.readers)
	if err != nil {
		return err
	}
	// Member of the reader group, who may sign and has no role on data.
	both, err := p.newApplication(ctx, "proof-signing-reader")
	if err == nil {
		err = p.addMember(ctx, p.readers, both.ID)
	}
	if err == nil {
		err = p.assign(ctx, both.ID, "ServicePrincipal", access.StorageBlobDelegator, p.account)
	}
	if err != nil {
		return err
	}
	for _, s := range []struct {
		signer, title, column, role string
		more                        sas.Token
	}{
		{"owner", "signature of a Data Owner", "usas", access.StorageBlobDataOwner, nil},
		{"contributor", "signature of a Data Contributor", "usasc", access.StorageBlobDataContributor, nil},
		{"reader", "signature of a Data Reader", "usasr", access.StorageBlobDataReader, nil},
		{"delegator", "signature of who may only sign", "none", access.StorageBlobDelegator, nil},
		{"group", "signature of a reader-group member who may sign", "none", "", nil},
		{"voucher", "signature of a Data Owner for an agent vouched for", "usas", access.StorageBlobDataOwner, sas.Token{sas.AuthorizedObjectID: reader.ID}},
		{"naming", "signature of a Data Owner for a reader", "reader", access.StorageBlobDataOwner, sas.Token{sas.UnauthorizedObjectID: reader.ID}},
		{"overreaching", "signature of a Data Contributor for a reader", "none", access.StorageBlobDataContributor, sas.Token{sas.UnauthorizedObjectID: reader.ID}},
	} {
		app := both
		if s.role != "" {
			if app, err = p.newApplication(ctx, "proof-signer-"+s.signer); err == nil {
				err = p.assign(ctx, app.ID, "ServicePrincipal", s.role, p.account)
			}
		}
		if err != nil {
			return err
		}
		token, err := p.appToken(ctx, app.AppID, app.Secret, storageScope)
		if err != nil {
			return err
		}
		p.add(s.title, s.column, p.delegate(ctx, token, s.more))
	}
	return nil
}

// delegate signs by a key that is taken when the first request is signed: the role that it takes may not count before.
func (w *world) delegate(ctx context.Context, token string, more sas.Token) func(*http.Request, string) error {
	var sign func(*http.Request, string) error
	return func(r *http.Request, folder string) error {
		if sign == nil {
			k, secret, err := w.delegation(ctx, token)
			if err != nil {
				return err
			}
			t := k.token()
			maps.Copy(t, more)
			sign = w.signedWith(t, container, "", secret)
		}
		return sign(r, folder)
	}
}
