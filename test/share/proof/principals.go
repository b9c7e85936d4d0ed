package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/sas"
)

// principal is somebody who tries everything. column is the one of matrix.txt that says what is expected, and sign makes a
// request his or hers, which is tried in a folder.
type principal struct {
	name, column string
	sign         func(r *http.Request, folder string) error
}

// people are the principals with what they need to know of each other.
type people struct {
	*world
	list  []principal
	staff string // a group that the owner of the folders is in, and that has an entry of its own
	owner object
}

// Applications of Microsoft's (reference BYOL, "Other application ids").
const (
	appDataverseLake    = "546068c3-99b1-4890-8e93-c8aeadcfe56a"
	appCustomerInsights = "0bfc4568-a4ba-4c58-bd3e-5d3e76bd7fff"
)

// letters are all that a signature can have for what is in a container.
const letters = "racwdxltmeop"

func always(sign func(*http.Request) error) func(*http.Request, string) error {
	return func(r *http.Request, _ string) error { return sign(r) }
}

func (p *people) add(name, column string, sign func(*http.Request, string) error) {
	p.list = append(p.list, principal{name, column, sign})
}

// addUser makes a user who is in groups, and returns it with a token.
func (p *people) addUser(ctx context.Context, name, title, column string, groups ...string) (object, string, error) {
	o, err := p.newUser(ctx, name)
	for _, g := range groups {
		if err == nil {
			err = p.addMember(ctx, g, o.ID)
		}
	}
	if err != nil {
		return o, "", err
	}
	token, err := p.userToken(ctx, name+"@ownlake.local", password, storageScope)
	if column != "" {
		p.add(title, column, always(bearer(token)))
	}
	return o, token, err
}

// addApplication makes an application, or takes one of Microsoft's, and returns its token.
func (p *people) addApplication(ctx context.Context, title, column string, o object) (string, error) {
	token, err := p.appToken(ctx, o.AppID, o.Secret, storageScope)
	if err != nil {
		return "", err
	}
	p.add(title, column, always(bearer(token)))
	return token, nil
}

// gather makes everyone. Roles may take a while to count.
func gather(ctx context.Context, w *world) (*people, error) {
	p := &people{world: w}
	for _, step := range []func(context.Context) error{p.addKeys, p.addMembers, p.addOwners, p.addServices, p.addRoles, p.addDelegates, p.addStrangers} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// addKeys adds who needs no name: holders of the account's key, and of signatures made with it.
func (p *people) addKeys(context.Context) error {
	p.add("account key", "key", always(p.byKey))
	account := func(letters string) sas.Token {
		return sas.Token{sas.Services: "b", sas.ResourceTypes: "sco", sas.Permissions: letters}
	}
	p.add("account SAS, all letters", "asas", p.signed(account("rwdxylacuptfi"), ""))
	p.add("account SAS, read and list", "asasrl", p.signed(account("rl"), ""))
	p.add("service SAS of the container", "csas", p.signed(sas.Token{sas.Resource: "c", sas.Permissions: "racwdxyltfmeopi"}, ""))
	p.add("service SAS of the container, read and list", "csasrl", p.signed(sas.Token{sas.Resource: "c", sas.Permissions: "rl"}, ""))
	p.add("service SAS of the folder", "dsas", p.signed(sas.Token{sas.Resource: "d", sas.Permissions: letters}, "FIX"))
	p.add("service SAS of another folder", "none", p.signed(sas.Token{sas.Resource: "d", sas.Permissions: letters}, "FIX-other"))
	p.add("service SAS of one file, read", "fsas", p.signed(sas.Token{sas.Resource: "b", sas.Permissions: "r"}, "FIX/f"))
	p.add("service SAS of another container", "none", p.elsewhere(sas.Token{sas.Resource: "c", sas.Permissions: letters}))
	return nil
}

// addMembers adds members of both groups: people and programs, direct ones and those of a group within, and a guest.
func (p *people) addMembers(ctx context.Context) error {
	for _, g := range []struct{ id, name, column string }{{p.readers, "reader group", "reader"}, {p.contributors, "contributor group", "contrib"}} {
		short := strings.Fields(g.name)[0]
		if _, _, err := p.addUser(ctx, "proof-"+short, "user in the "+g.name, g.column, g.id); err != nil {
			return err
		}
		inner, err := p.newGroup(ctx, "proof-inner-"+short)
		if err == nil {
			err = p.addMember(ctx, g.id, inner)
		}
		if err != nil {
			return err
		}
		if _, _, err := p.addUser(ctx, "proof-nested-"+short, "user in a group in the "+g.name, g.column, inner); err != nil {
			return err
		}
		app, err := p.newApplication(ctx, "proof-app-"+short)
		if err == nil {
			err = p.addMember(ctx, g.id, app.ID)
		}
		if err == nil {
			_, err = p.addApplication(ctx, "application in the "+g.name, g.column, app)
		}
		if err != nil {
			return err
		}
	}
	_, _, err := p.addUser(ctx, "proof-guest-reader_fabrikam", "guest in the reader group", "reader", p.readers)
	return err
}

// addOwners adds the owner of the folders and of what is in them, and a member of their owning group. Lists let both
// through the container, and only that.
func (p *people) addOwners(ctx context.Context) error {
	var err error
	if p.staff, err = p.newGroup(ctx, "proof-staff"); err != nil {
		return err
	}
	if p.owner, _, err = p.addUser(ctx, "proof-owner", "owning user", "owner", p.staff); err != nil {
		return err
	}
	_, _, err = p.addUser(ctx, "proof-colleague", "user in the owning group", "reader", p.staff)
	if err == nil {
		_, err = p.do(ctx, put("/"+container+"/proof?resource=directory", ""))
	}
	for _, above := range []string{"", "proof"} {
		if err == nil {
			_, err = p.do(ctx, patch("/"+container+"/"+above+"?action=setAccessControlRecursive&mode=modify&maxRecords=1", "",
				"x-ms-acl", "user:"+p.owner.ID+":--x,group:"+p.staff+":--x"))
		}
	}
	return err
}

// addServices adds Microsoft's own: Dataverse, to whom a setup gives roles, and Customer Insights with those of reference
// BYOL section 6.
func (p *people) addServices(ctx context.Context) error {
	dataverse, err := p.service(ctx, appDataverseLake)
	if err == nil {
		_, err = p.addApplication(ctx, "Dataverse lake service", "sharer", dataverse)
	}
	if err != nil {
		return err
	}
	insights, err := p.service(ctx, appCustomerInsights)
	if err != nil {
		return err
	}
	for role, scope := range map[string]string{access.StorageBlobDataContributor: p.containerScope(), access.StorageBlobDelegator: p.account} {
		if err := p.assign(ctx, insights.ID, "ServicePrincipal", role, scope); err != nil {
			return err
		}
	}
	_, err = p.addApplication(ctx, "Customer Insights", "sharer", insights)
	return err
}

func (p *people) containerScope() string {
	return p.account + "/blobServices/default/containers/" + container
}

// roles are the built-in ones with their columns: where they hold at the account, and where at the container alone.
var roles = []struct{ id, name, atAccount, atContainer string }{
	{access.StorageBlobDataOwner, "Storage Blob Data Owner", "super", "superc"},
	{access.StorageBlobDataContributor, "Storage Blob Data Contributor", "dcontr", "dcontrc"},
	{access.StorageBlobDataReader, "Storage Blob Data Reader", "dread", "dreadc"},
	{access.StorageBlobDelegator, "Storage Blob Delegator", "deleg", "none"},
	{access.Owner, "Owner", "manager", "managec"},
	{access.Contributor, "Contributor", "manager", "managec"},
	{access.StorageAccountContributor, "Storage Account Contributor", "manager", "managec"},
	{access.Reader, "Reader", "viewer", "viewerc"},
	{access.UserAccessAdministrator, "User Access Administrator", "viewer", "viewerc"},
	{access.RoleBasedAccessControlAdmin, "Role Based Access Control Administrator", "viewer", "viewerc"},
}

// addRoles adds a principal for each built-in role at each scope, and one that has it by a group.
func (p *people) addRoles(ctx context.Context) error {
	parts := strings.Split(p.account, "/")
	scopes := []struct {
		name, scope string
		column      func(i int) string
	}{
		{"subscription", strings.Join(parts[:3], "/"), func(i int) string { return roles[i].atAccount }},
		{"resource group", strings.Join(parts[:5], "/"), func(i int) string { return roles[i].atAccount }},
		{"account", p.account, func(i int) string { return roles[i].atAccount }},
		{"container", p.containerScope(), func(i int) string { return roles[i].atContainer }},
		{"other container", p.account + "/blobServices/default/containers/proof-elsewhere", func(int) string { return "none" }},
	}
	if _, err := p.do(ctx, put("/proof-elsewhere?restype=container", "")); err != nil {
		return err
	}
	for i, role := range roles {
		for n, s := range scopes {
			app, err := p.newApplication(ctx, fmt.Sprintf("proof-role-%d-%d", i, n))
			if err != nil {
				return err
			}
			holder, kind, by := app.ID, "ServicePrincipal", ""
			if s.name == "account" && i < 4 { // by a group, too: each role about data once
				if holder, err = p.newGroup(ctx, fmt.Sprintf("proof-role-%d", i)); err == nil {
					err = p.addMember(ctx, holder, app.ID)
				}
				kind, by = "Group", " by a group"
			}
			if err == nil {
				err = p.assign(ctx, holder, kind, role.id, s.scope)
			}
			if err == nil {
				_, err = p.addApplication(ctx, role.name+", "+s.name+by, s.column(i), app)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// addStrangers adds those whom nothing lets in.
func (p *people) addStrangers(ctx context.Context) error {
	if _, _, err := p.addUser(ctx, "proof-stranger", "user without rights", "none"); err != nil {
		return err
	}
	if _, _, err := p.addUser(ctx, "proof-guest_fabrikam", "guest without rights", "none"); err != nil {
		return err
	}
	app, err := p.newApplication(ctx, "proof-stranger")
	if err == nil {
		_, err = p.addApplication(ctx, "application without rights", "none", app)
	}
	if err != nil {
		return err
	}
	p.add("anonymous", "none", always(func(*http.Request) error { return nil }))
	if p.otherTenant == "" {
		return nil
	}
	token, err := p.token(ctx, p.otherCloud, p.otherTenant, url.Values{
		"grant_type": {"password"}, "client_id": {azureCLI}, "username": {p.user}, "password": {p.password}, "scope": {storageScope},
	})
	p.add("administrator of another tenant", "none", always(bearer(token)))
	return err
}
