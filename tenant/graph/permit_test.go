package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/tenant/directory"
)

// TestWhoMayDoWhat tries every operation as every kind of caller. Each cell runs on objects of its own. A letter stands
// for a caller:
//
//	a Global Administrator, g Groups Administrator, u User Administrator, p Application Administrator, r Global Reader,
//	m a user without roles, o the owner of the object, s an application without rights, d an application with
//	Directory.Read.All, w an application with Group.ReadWrite.All, b an application that owns the object
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	const everybody = "agupmrosdwb"
	b := newBed(t)
	callers := newCallers(b)
	for _, op := range []struct {
		name string
		may  string // callers that may; all others must get 403
		call func(c caller, at objects) (method, address string, body any)
	}{
		{"read a group", "agupmrodwb", get("/groups/%[1]s")},
		{"list groups", "agupmrodw", get("/groups")},
		{"list members", "agupmrodwb", get("/groups/%[1]s/members")},
		{"list owners", "agupmrodwb", get("/groups/%[1]s/owners")},
		{"create a group", "agupmrow", func(caller, objects) (string, string, any) { return "POST", "/groups", newGroup("new") }},
		{"rename a group", "aguowb", send("PATCH", "/groups/%[1]s", m{"displayName": "x"})},
		{"delete a group", "aguowb", send("DELETE", "/groups/%[1]s", nil)},
		{"add a member", "aguowb", func(c caller, at objects) (string, string, any) {
			return "POST", "/groups/" + at.group + "/members/$ref", m{"@odata.id": c.bed.Server.URL + "/v1.0/directoryObjects/" + at.user}
		}},
		{"add an owner", "aguowb", func(c caller, at objects) (string, string, any) {
			return "POST", "/groups/" + at.group + "/owners/$ref", m{"@odata.id": c.bed.Server.URL + "/v1.0/directoryObjects/" + at.user}
		}},
		{"list users", "agupmrod", get("/users")},
		{"read a user", "agupmrod", get("/users/%[2]s")},
		{"create a user", "au", func(_ caller, at objects) (string, string, any) {
			return "POST", "/users", m{
				"accountEnabled": true, "displayName": "new", "mailNickname": "new", "userPrincipalName": "new" + at.user + "@ownlake.local",
				"passwordProfile": m{"password": "Correct-Horse-9"},
			}
		}},
		{"set a user's password", "au", send("PATCH", "/users/%[2]s", m{"passwordProfile": m{"password": "Other-Horse-10"}})},
		{"set an administrator's password", "a", send("PATCH", "/users/%[3]s", m{"passwordProfile": m{"password": "Other-Horse-10"}})},
		{"delete a user", "au", send("DELETE", "/users/%[2]s", nil)},
		{"delete an administrator", "a", send("DELETE", "/users/%[3]s", nil)},
		{"list applications", "agupmrod", get("/applications")},
		{"register an application", "agupmro", send("POST", "/applications", m{"displayName": "new"})},
		{"make a secret", "apob", send("POST", "/applications/%[4]s/addPassword", m{})},
		{"make a secret of a powerful application", "a", send("POST", "/applications/%[5]s/addPassword", m{})},
		{"delete an application", "apob", send("DELETE", "/applications/%[4]s", nil)},
		{"list service principals", "agupmrod", get("/servicePrincipals")},
		{"read the tenant", everybody, get("/organization")},
		{"list directory roles", "agupmrod", get("/directoryRoles")},
		{"give a directory role", "a", func(c caller, at objects) (string, string, any) {
			return "POST", "/directoryRoles/roleTemplateId=" + string(directory.GroupsAdministrator) + "/members/$ref",
				m{"@odata.id": c.bed.Server.URL + "/v1.0/directoryObjects/" + at.user}
		}},
		{"stop group creation", "a", send("PATCH", "/policies/authorizationPolicy", m{"defaultUserRolePermissions": m{"allowedToCreateSecurityGroups": true}})},
		{"read group settings", "agupmrod", get("/groupSettings")},
	} {
		for _, letter := range everybody {
			c := callers[letter]
			method, address, body := op.call(c, newObjects(b, c, letter == 'o' || letter == 'b'))
			a := c.do(method, address, body)
			if may := strings.ContainsRune(op.may, letter); may && a.Status >= 300 || !may && (a.Status != 403 || errorCode(a) != "Authorization_RequestDenied") {
				t.Errorf("%s as %c: %s %s: %d, may: %t\n%s", op.name, letter, method, address, a.Status, may, a.Text)
			}
		}
	}
}

func get(address string) func(caller, objects) (string, string, any) {
	return send("GET", address, nil)
}

func send(method, address string, body any) func(caller, objects) (string, string, any) {
	return func(_ caller, at objects) (string, string, any) {
		if strings.Contains(address, "%") {
			return method, fmt.Sprintf(address, at.group, at.user, at.administrator, at.application, at.powerful), body
		}
		return method, address, body
	}
}

// objects are what operations are tried on.
type objects struct{ group, user, administrator, application, powerful string }

func newObjects(b *bed, c caller, owned bool) objects {
	b.t.Helper()
	n := len(b.Directory.Users())
	user, administrator := b.User(fmt.Sprint("user", n)), b.User(fmt.Sprint("administrator", n), directory.GroupsAdministrator)
	app, _, _ := b.Application("application")
	powerful, _, _ := b.Application("powerful", directory.GlobalAdministrator)
	g, err := b.Directory.CreateGroup(directory.Group{DisplayName: "g", MailNickname: "g", SecurityEnabled: true}, nil, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if owned {
		claims, err := b.Entra.Verify(b.t.Context(), c.token, "00000003-0000-0000-c000-000000000000")
		if err != nil {
			b.t.Fatal(err)
		}
		for _, id := range []string{string(g.ID), string(app.ID), string(powerful.ID)} {
			if err := b.Directory.AddOwner(access.ObjectID(id), claims.Principal.ID); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	return objects{string(g.ID), string(user.ID), string(administrator.ID), string(app.ID), string(powerful.ID)}
}

func newCallers(b *bed) map[rune]caller {
	b.t.Helper()
	callers := map[rune]caller{
		'a': b.as(b.User("a", directory.GlobalAdministrator)),
		'g': b.as(b.User("g", directory.GroupsAdministrator)),
		'u': b.as(b.User("u", directory.UserAdministrator)),
		'p': b.as(b.User("p", directory.ApplicationAdministrator)),
		'r': b.as(b.User("r", directory.GlobalReader)),
		'm': b.as(b.User("m")),
		'o': b.as(b.User("o")),
	}
	_, callers['s'] = b.app("s")
	_, callers['b'] = b.app("b")
	for letter, permission := range map[rune]string{'d': "Directory.Read.All", 'w': "Group.ReadWrite.All"} {
		sp, c := b.app(string(letter))
		if _, err := b.Directory.UpdateServicePrincipal(string(sp.ID), func(sp *directory.ServicePrincipal) { sp.Permissions = []string{permission} }); err != nil {
			b.t.Fatal(err)
		}
		callers[letter] = c
	}
	return callers
}

func TestGroupCreationCanBeDisabled(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	admin, user := b.as(b.User("admin", directory.GlobalAdministrator)), b.as(b.User("ann"))
	user.want(201, "POST", "/groups", newGroup("before"))
	a := admin.want(201, "POST", "/groupSettings", m{
		"templateId": "62375ab9-6b52-47ed-826b-58e47e0e304b", "values": []m{{"name": "EnableGroupCreation", "value": "False"}},
	})
	if a := user.want(403, "POST", "/groups", newGroup("after")); errorCode(a) != "Authorization_RequestDenied" {
		t.Errorf("creating a group: %s", a.Text)
	}
	admin.want(201, "POST", "/groups", newGroup("administrators"))
	if got := user.want(200, "GET", "/policies/authorizationPolicy", nil); !strings.Contains(got.Text, `"allowedToCreateSecurityGroups":false`) {
		t.Errorf("policy: %s", got.Text)
	}
	admin.want(204, "DELETE", "/groupSettings/"+a.String("id"), nil)
	user.want(201, "POST", "/groups", newGroup("again"))
}

// TestTheDataverseServiceKeepsMembers is what Dataverse does as the owner of the groups of a shared lake.
func TestTheDataverseServiceKeepsMembers(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	admin := b.as(b.User("admin", directory.GlobalAdministrator))
	service, err := b.Directory.ServicePrincipal(directory.AppDataverseLake)
	if err != nil {
		t.Fatal(err)
	}
	secret := admin.want(200, "POST", "/servicePrincipals/"+string(service.ID)+"/addPassword", m{"passwordCredential": m{"displayName": "box"}}).String("secretText")
	dataverse := caller{b, b.AppToken(directory.AppDataverseLake, secret, graphScope)}
	owned := admin.want(201, "POST", "/groups", newGroup("readers")).String("id")
	other := admin.want(201, "POST", "/groups", newGroup("others")).String("id")
	admin.want(204, "POST", "/groups/"+owned+"/owners/$ref", m{"@odata.id": b.Server.URL + "/v1.0/directoryObjects/" + string(service.ID)})
	app, err := b.Directory.ServicePrincipal(directory.AppJourneysSegmentation)
	if err != nil {
		t.Fatal(err)
	}
	member := m{"@odata.id": b.Server.URL + "/v1.0/directoryObjects/" + string(app.ID)}
	dataverse.want(204, "POST", "/groups/"+owned+"/members/$ref", member)
	dataverse.want(403, "POST", "/groups/"+other+"/members/$ref", member)
	if got := b.Directory.GroupsOf(app.ID); len(got) != 1 || string(got[0]) != owned {
		t.Errorf("groups of the application: %v", got)
	}
}

func TestTheLastGlobalAdministratorStays(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	u := b.User("admin", directory.GlobalAdministrator)
	c := b.as(u)
	members := "/directoryRoles/roleTemplateId=" + string(directory.GlobalAdministrator) + "/members/"
	c.want(400, "DELETE", members+string(u.ID)+"/$ref", nil)
	c.want(400, "DELETE", "/users/"+string(u.ID), nil)
	other := b.User("other")
	c.want(204, "POST", members+"$ref", m{"@odata.id": b.Server.URL + "/v1.0/users/" + string(other.ID)})
	c.want(400, "POST", members+"$ref", m{"@odata.id": b.Server.URL + "/v1.0/users/" + string(other.ID)})
	c.want(204, "DELETE", members+string(u.ID)+"/$ref", nil)
	if a := c.want(403, "DELETE", members+string(other.ID)+"/$ref", nil); errorCode(a) != "Authorization_RequestDenied" {
		t.Errorf("a token from before the role was taken: %s", a.Text)
	}
}

func TestApplicationsFromRegistrationToToken(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	c := b.as(b.User("ann"))
	app := c.want(201, "POST", "/applications", m{"displayName": "loader", "identifierUris": []string{"api://loader"}, "api": m{"requestedAccessTokenVersion": 2}})
	appID, id := app.String("appId"), app.String("id")
	sp := c.want(201, "POST", "/servicePrincipals", m{"appId": appID}).String("id")
	if a := c.want(400, "POST", "/servicePrincipals", m{"appId": appID}); !strings.Contains(a.Text, "already in use") {
		t.Errorf("a second service principal: %s", a.Text)
	}
	made := c.want(200, "POST", "/applications/"+id+"/addPassword", m{"passwordCredential": m{"displayName": "one"}})
	loader := caller{b, b.AppToken(appID, made.String("secretText"), graphScope)}
	loader.want(200, "GET", "/servicePrincipals/"+sp, nil)
	loader.want(403, "GET", "/users", nil)
	if a := c.want(200, "GET", "/applications"+filter("identifierUris/any(s:s eq 'api://loader')"), nil); len(ids(a)) != 1 || strings.Contains(a.Text, made.String("secretText")) {
		t.Errorf("applications: %s", a.Text)
	}
	c.want(204, "POST", "/applications/"+id+"/removePassword", m{"keyId": made.String("keyId")})
	if a := b.Post("/"+b.ID()+"/oauth2/v2.0/token", "client_id", appID, "client_secret", made.String("secretText"), "grant_type", "client_credentials", "scope", graphScope); a.AADSTS() != 7000215 {
		t.Errorf("a removed secret: %s", a.Text)
	}
	c.want(204, "PATCH", "/servicePrincipals/"+sp, m{"accountEnabled": false})
	loader.want(401, "GET", "/servicePrincipals/"+sp, nil)
	c.want(204, "DELETE", "/applications/"+id, nil)
	c.want(404, "GET", "/servicePrincipals/"+sp, nil)
}

func TestUsersFromCreationToDeletion(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	c := b.as(b.User("admin", directory.UserAdministrator))
	id := c.want(201, "POST", "/users", m{
		"accountEnabled": true, "displayName": "Ben", "mailNickname": "ben", "userPrincipalName": "ben@ownlake.local",
		"passwordProfile": m{"password": "Correct-Horse-9", "forceChangePasswordNextSignIn": false},
	}).String("id")
	u, err := b.Directory.User(id)
	if err != nil {
		t.Fatal(err)
	}
	ben := b.as(u)
	ben.want(400, "POST", "/me/changePassword", m{"currentPassword": "wrong", "newPassword": "Better-Horse-10"})
	ben.want(400, "POST", "/me/changePassword", m{"currentPassword": "Correct-Horse-9", "newPassword": "weak"})
	ben.want(204, "POST", "/me/changePassword", m{"currentPassword": "Correct-Horse-9", "newPassword": "Better-Horse-10"})
	c.want(400, "POST", "/users", m{
		"accountEnabled": true, "displayName": "Ben", "mailNickname": "ben", "userPrincipalName": "BEN@ownlake.local", "passwordProfile": m{"password": "Correct-Horse-9"},
	})
	c.want(204, "PATCH", "/users/ben@ownlake.local", m{"displayName": "Benjamin", "mail": "ben@contoso.com"})
	if got := ids(c.want(200, "GET", "/users"+filter("mail eq 'BEN@contoso.com' and accountEnabled eq true"), nil)); len(got) != 1 || got[0] != id {
		t.Errorf("users by mail: %v", got)
	}
	c.want(204, "DELETE", "/users/"+id, nil)
	c.want(404, "GET", "/users/"+id, nil)
}
