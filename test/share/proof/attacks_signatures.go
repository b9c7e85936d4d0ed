package main

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/sas"
)

// bySignatures tries signatures that say more than they were made for, or come from whom they must not.
func (r *raid) bySignatures(ctx context.Context) error {
	read := get(at("open/f?action=read"))
	write := put(at("open/f"), "x", "x-ms-blob-type", "BlockBlob")
	secret := get(at("closed/secret?action=read"))
	service := func(t sas.Token) func(*http.Request) error {
		full := sas.Token{sas.Resource: "c", sas.Permissions: "rl"}
		maps.Copy(full, t)
		sign := r.signed(full, "")
		return func(q *http.Request) error { return sign(q, "") }
	}
	if err := r.allowed(ctx, "a signature as it was made is taken", read, service(nil)); err != nil {
		return err
	}
	other := make([]byte, 64)
	foreign := r.signedWith(sas.Token{sas.Resource: "c", sas.Permissions: "rl"}, container, "", other)
	folder := r.signed(sas.Token{sas.Resource: "d", sas.Permissions: letters}, "attacks/open")
	inFolder := func(q *http.Request) error { return folder(q, "") }
	for _, l := range []struct {
		name string
		request
		sign func(*http.Request) error
	}{
		{"a signature that has expired", read, service(sas.Token{sas.Expiry: in(-time.Second)})},
		{"a signature that is not good yet", read, service(sas.Token{sas.Start: in(time.Hour)})},
		{"a signature for another address", read, service(sas.Token{sas.IPRange: "192.0.2.1"})},
		{"a signature with letters added", write, changed(service(nil), "sp=rl", "sp=rwl")},
		{"a signature with a longer life", read, changed(service(sas.Token{sas.Expiry: in(-time.Second)}), "se=20", "se=21")},
		{"a signature with another resource", get("/raid-elsewhere/f?action=read"), service(nil)},
		{"a signature with an older version", read, changed(service(nil), "sv="+storageVersion, "sv=2020-02-10")},
		{"a signature twice", write, changed(service(nil), "sp=rl", "sp=rl&sp=rwl")},
		{"a signature by another key", read, func(q *http.Request) error { return foreign(q, "") }},
		{"a folder's signature for the folder beside it", secret, inFolder},
		{"a folder's signature of a lesser depth", secret, changed(inFolder, "sdd=2", "sdd=1")},
		{"a folder's signature and a way out of it", get(at("open/../closed/secret?action=read")), inFolder},
		{"a folder's signature and an encoded way out of it", get(at("open/%2e%2e/closed/secret?action=read")), inFolder},
		{"a folder's signature to rename into it from beside", put(at("open/mine"), "", "x-ms-rename-source", at("closed/secret")), inFolder},
		{"a folder's signature to rename out of it", put(at("closed/f"), "", "x-ms-rename-source", at("open/f")), inFolder},
		{"a folder's signature to list above it", get("/" + container + "?resource=filesystem&recursive=true&directory=attacks"), inFolder},
		{"a folder's signature to list by a prefix beside it", get(whole + "&comp=list&prefix=attacks/closed/"), inFolder},
		{"a folder's signature to copy from beside it", put(at("open/mine"), "", "x-ms-copy-source", r.dfs+at("closed/secret")), inFolder},
	} {
		if err := r.harmlessOrRefused(ctx, l.name, l.request, l.sign); err != nil {
			return err
		}
	}
	return r.byDelegation(ctx)
}

// harmlessOrRefused takes for a refusal what has ".." in it and is wrong by itself.
func (r *raid) harmlessOrRefused(ctx context.Context, name string, q request, sign func(*http.Request) error) error {
	if strings.Contains(q.target, "..") || strings.Contains(q.target, "%2e") {
		return r.harmless(ctx, name, q, sign)
	}
	return r.refused(ctx, name, q, sign)
}

// changed puts something else into a query that is signed.
func changed(sign func(*http.Request) error, from, to string) func(*http.Request) error {
	return func(q *http.Request) error {
		err := sign(q)
		q.URL.RawQuery = strings.Replace(q.URL.RawQuery, from, to, 1)
		return err
	}
}

// byDelegation tries signatures by user delegation keys beyond what their signer may.
func (r *raid) byDelegation(ctx context.Context) error {
	key, secret, err := r.delegation(ctx, r.signerToken)
	if err != nil {
		return err
	}
	read := get(at("open/f?action=read"))
	sign := func(change sas.Token, secret []byte) func(*http.Request) error {
		t := key.token()
		maps.Copy(t, change)
		s := r.signedWith(t, container, "", secret)
		return func(q *http.Request) error { return s(q, "") }
	}
	if err := r.allowed(ctx, "a reader's signature reads", read, sign(nil, secret)); err != nil {
		return err
	}
	for _, l := range []struct {
		name string
		request
		sign func(*http.Request) error
	}{
		{"a reader's signature with all letters writes", put(at("open/f"), "x", "x-ms-blob-type", "BlockBlob"), sign(nil, secret)},
		{"a reader's signature with all letters deletes", remove(at("open/f?recursive=false")), sign(nil, secret)},
		{"a reader's signature with all letters changes a list", patch(at("open/f?action=setAccessControl"), "", "x-ms-acl", "user::rwx,group::rwx,other::rwx"), sign(nil, secret)},
		{"a reader's signature with all letters takes ownership", patch(at("open/f?action=setAccessControl"), "", "x-ms-owner", r.signer.ID), sign(nil, secret)},
		{"a reader's signature in the name of a writer", read, sign(sas.Token{sas.AuthorizedObjectID: r.writer.ID}, secret)},
		{"a reader's signature for somebody to be checked", read, sign(sas.Token{sas.UnauthorizedObjectID: r.reader.ID}, secret)},
		{"a reader's key in another's name", read, sign(sas.Token{sas.KeyObjectID: r.writer.ID}, secret)},
		{"a key of another tenant", read, sign(sas.Token{sas.KeyTenantID: "11111111-2222-4333-8444-555555555555"}, secret)},
		{"a key of a longer life", read, sign(sas.Token{sas.KeyExpiry: in(100 * time.Hour)}, secret)},
		{"the account's key for a delegation key", read, sign(nil, r.key.Key)},
	} {
		if err := r.refused(ctx, l.name, l.request, l.sign); err != nil {
			return err
		}
	}
	return r.refused(ctx, "a signature to get a delegation key", request{method: http.MethodPost, target: "/?restype=service&comp=userdelegationkey", body: keyInfo()}, sign(nil, secret))
}
