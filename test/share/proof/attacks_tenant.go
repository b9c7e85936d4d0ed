package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/sas"
)

// status sends a request to the tenant, and returns what it answers.
func (w *world) status(ctx context.Context, method, address, token string, body any) (int, error) {
	text := ""
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		text = string(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(text))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.http.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode, err
}

// byGroups takes groups and people away, and makes others of the same names.
func (r *raid) byGroups(ctx context.Context) error {
	const name = "raid-group"
	read := get(at("grouped/f?action=read"))
	group, err := r.newGroup(ctx, name)
	if err != nil {
		return err
	}
	user, err := r.newUser(ctx, "raid-member")
	if err != nil {
		return err
	}
	token, err := r.userToken(ctx, "raid-member@ownlake.local", password, storageScope)
	if err != nil {
		return err
	}
	if err := r.addMember(ctx, group, user.ID); err != nil {
		return err
	}
	for _, made := range []request{
		put(at("grouped/f"), secretText, "x-ms-blob-type", "BlockBlob"),
		patch("/"+container+"/?action=setAccessControlRecursive&mode=modify&maxRecords=1", "", "x-ms-acl", "group:"+group+":--x,user:"+user.ID+":--x"),
		patch(at("?action=setAccessControlRecursive&mode=modify&maxRecords=1"), "", "x-ms-acl", "group:"+group+":--x,user:"+user.ID+":--x"),
		patch(at("grouped?action=setAccessControlRecursive&mode=modify"), "", "x-ms-acl", "group:"+group+":r-x"),
	} {
		if _, err := r.do(ctx, made); err != nil {
			return err
		}
	}
	if err := r.allowed(ctx, "a member of a group reads what its list lets", read, bearer(token)); err != nil {
		return err
	}
	return r.thenTake(ctx, group, name, user, token, read)
}

func (r *raid) thenTake(ctx context.Context, group, name string, user object, token string, read request) error {
	if err := r.graph(ctx, http.MethodDelete, "groups/"+group+"/members/"+user.ID+"/$ref", nil, nil); err != nil {
		return err
	}
	defer func() {
		_, _ = r.do(ctx, patch("/"+container+"/?action=setAccessControlRecursive&mode=remove&maxRecords=1", "", "x-ms-acl", "group:"+group+",user:"+user.ID))
	}()
	if err := r.refused(ctx, "who was a member of a group reads with the same token", read, bearer(token)); err != nil {
		return err
	}
	if err := r.addMember(ctx, group, user.ID); err != nil {
		return err
	}
	if err := r.graph(ctx, http.MethodDelete, "groups/"+group, nil, nil); err != nil {
		return err
	}
	if err := r.refused(ctx, "a member of a group that was deleted reads", read, bearer(token)); err != nil {
		return err
	}
	again, err := r.newGroup(ctx, name)
	if err != nil {
		return err
	}
	r.check("a group of the same name has another id", again != group, again)
	if err := r.addMember(ctx, again, user.ID); err != nil {
		return err
	}
	if err := r.refused(ctx, "a member of a group of the same name reads", read, bearer(token)); err != nil {
		return err
	}
	if err := r.reuseIDs(ctx, group); err != nil {
		return err
	}
	return r.reuseNames(ctx, user, token)
}

// reuseIDs tries to make things with the id of the group that was.
func (r *raid) reuseIDs(ctx context.Context, id string) error {
	for kind, body := range map[string]map[string]any{
		"groups": {"displayName": "raid-reuse", "mailNickname": "raid-reuse", "mailEnabled": false, "securityEnabled": true},
		"users": {
			"accountEnabled": true, "displayName": "raid-reuse", "mailNickname": "raid-reuse", "userPrincipalName": "raid-reuse@ownlake.local",
			"passwordProfile": map[string]any{"password": password, "forceChangePasswordNextSignIn": false},
		},
		"applications": {"displayName": "raid-reuse"},
	} {
		body["id"], body["objectId"] = id, id
		status, err := r.status(ctx, http.MethodPost, r.cloud+"/v1.0/"+kind, r.graphToken, body)
		if err != nil {
			return err
		}
		found, err := r.status(ctx, http.MethodGet, r.cloud+"/v1.0/directoryObjects/"+id, r.graphToken, nil)
		if err != nil {
			return err
		}
		r.check("the id of a group that was deleted is given to none of the "+kind, found == http.StatusNotFound, http.StatusText(status)+", then "+http.StatusText(found))
	}
	return nil
}

// reuseNames deletes a user whom lists name, and makes one of the same name.
func (r *raid) reuseNames(ctx context.Context, user object, token string) error {
	list := get(at("grouped/f?action=read"))
	if _, err := r.do(ctx, patch(at("grouped?action=setAccessControlRecursive&mode=modify"), "", "x-ms-acl", "user:"+user.ID+":r-x")); err != nil {
		return err
	}
	if err := r.allowed(ctx, "a user reads what a list names", list, bearer(token)); err != nil {
		return err
	}
	if err := r.graph(ctx, http.MethodDelete, "users/"+user.ID, nil, nil); err != nil {
		return err
	}
	if err := r.refused(ctx, "a user who was deleted reads with the same token", list, bearer(token)); err != nil {
		return err
	}
	if _, err := r.newUser(ctx, "raid-member"); err != nil {
		return err
	}
	if err := r.refused(ctx, "the former token of a user of the same name reads", list, bearer(token)); err != nil {
		return err
	}
	again, err := r.userToken(ctx, "raid-member@ownlake.local", password, storageScope)
	if err != nil {
		return err
	}
	return r.refused(ctx, "another user of the same name reads", list, bearer(again))
}

// byRoles tries to get more in the tenant than one has: groups, roles, keys, secrets.
func (r *raid) byRoles(ctx context.Context) error {
	tokens := map[string][2]string{}
	for _, who := range []string{"raid-reader", "raid-writer", "raid-stranger"} {
		var pair [2]string
		for i, scope := range []string{graphScope, r.cloud + "/.default"} {
			var err error
			if pair[i], err = r.userToken(ctx, who+"@ownlake.local", password, scope); err != nil {
				return err
			}
		}
		tokens[who] = pair
	}
	dataverse, err := r.service(ctx, appDataverseLake)
	if err != nil {
		return err
	}
	ids := map[string]string{"raid-reader": r.reader.ID, "raid-writer": r.writer.ID, "raid-stranger": r.stranger.ID}
	subscription := strings.Join(strings.Split(r.account, "/")[:3], "/")
	for who, t := range tokens {
		self := map[string]string{"@odata.id": r.cloud + "/v1.0/directoryObjects/" + ids[who]}
		assignment := map[string]any{"properties": map[string]string{
			"principalId": ids[who], "principalType": "User", "roleDefinitionId": subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + access.StorageBlobDataOwner,
		}}
		for _, a := range []struct {
			name, method, address, token string
			body                         any
		}{
			{"joins the contributor group", http.MethodPost, "/v1.0/groups/" + r.contributors + "/members/$ref", t[0], self},
			{"becomes an owner of the reader group", http.MethodPost, "/v1.0/groups/" + r.readers + "/owners/$ref", t[0], self},
			{"removes an owner of the reader group", http.MethodDelete, "/v1.0/groups/" + r.readers + "/owners/" + dataverse.ID + "/$ref", t[0], nil},
			{"deletes the reader group", http.MethodDelete, "/v1.0/groups/" + r.readers, t[0], nil},
			{"gives the Dataverse service a secret", http.MethodPost, "/v1.0/servicePrincipals/" + dataverse.ID + "/addPassword", t[0], map[string]any{}},
			{"gives another's application a secret", http.MethodPost, "/v1.0/servicePrincipals/" + r.signer.ID + "/addPassword", t[0], map[string]any{}},
			{"sets the administrator's password", http.MethodPatch, "/v1.0/users/" + r.user, t[0], map[string]any{"passwordProfile": map[string]any{"password": password}}},
			{"lists the account's keys", http.MethodPost, r.account + "/listKeys?api-version=2023-05-01", t[1], map[string]any{}},
			{"makes a new key", http.MethodPost, r.account + "/regenerateKey?api-version=2023-05-01", t[1], map[string]string{"keyName": "key1"}},
			{"gives itself a role", http.MethodPut, r.account + "/providers/Microsoft.Authorization/roleAssignments/" + uuid.NewString() + "?api-version=2022-04-01", t[1], assignment},
			{"opens the container by Resource Manager", http.MethodPatch, r.account + "/blobServices/default/containers/" + container + "?api-version=2023-05-01", t[1], map[string]any{"properties": map[string]string{"publicAccess": "Container"}}},
			{"lets the account open containers", http.MethodPatch, r.account + "?api-version=2023-05-01", t[1], map[string]any{"properties": map[string]bool{"allowBlobPublicAccess": true}}},
		} {
			status, err := r.status(ctx, a.method, r.cloud+a.address, a.token, a.body)
			if err != nil {
				return err
			}
			r.check(who+" "+a.name, status == http.StatusForbidden, http.StatusText(status))
		}
	}
	return r.byTakingBack(ctx)
}

// byTakingBack takes a role away, and a key, from those who have signatures by them.
func (r *raid) byTakingBack(ctx context.Context) error {
	key, secret, err := r.delegation(ctx, r.signerToken)
	if err != nil {
		return err
	}
	sign := r.signedWith(key.token(), container, "", secret)
	byIt := func(q *http.Request) error { return sign(q, "") }
	read := get(at("open/f?action=read"))
	if err := r.allowed(ctx, "a signature by a role reads", read, byIt); err != nil {
		return err
	}
	var found struct{ Value []struct{ ID string } }
	if err := r.sendJSON(ctx, http.MethodGet, r.cloud+r.account+"/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=principalId+eq+'"+r.signer.ID+"'", r.managerToken, nil, &found); err != nil {
		return err
	}
	for _, a := range found.Value {
		if err := r.manage(ctx, http.MethodDelete, a.ID, "2022-04-01", nil, nil); err != nil {
			return err
		}
	}
	err = r.until(ctx, "the role that was taken back does not count", func() (bool, error) {
		a, err := r.ask(ctx, read, bearer(r.signerToken))
		return a.isRefusal(), err
	})
	if err != nil {
		return err
	}
	if err := r.refused(ctx, "a signature by a role that was taken back", read, byIt); err != nil {
		return err
	}
	return r.byFormerKey(ctx)
}

// byFormerKey signs by a key, and makes a new one in its place.
func (r *raid) byFormerKey(ctx context.Context) error {
	var keys struct {
		Keys []struct{ KeyName, Value string }
	}
	if err := r.manage(ctx, http.MethodPost, r.account+"/listKeys", "2023-05-01", nil, &keys); err != nil {
		return err
	}
	key, err := base64.StdEncoding.DecodeString(keys.Keys[1].Value)
	if err != nil {
		return err
	}
	sign := r.signedWith(sas.Token{sas.Resource: "c", sas.Permissions: letters}, container, "", key)
	byIt := func(q *http.Request) error { return sign(q, "") }
	read := get(at("open/f?action=read"))
	if err := r.allowed(ctx, "a signature by the account's second key reads", read, byIt); err != nil {
		return err
	}
	if err := r.manage(ctx, http.MethodPost, r.account+"/regenerateKey", "2023-05-01", map[string]string{"keyName": keys.Keys[1].KeyName}, nil); err != nil {
		return err
	}
	return r.refused(ctx, "a signature by the key that was replaced", read, byIt)
}
