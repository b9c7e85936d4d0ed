package graph

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/tenant/directory"
)

// organization tells which tenant it is. Everybody who is signed in may know.
func (s *service) organization(r *request) (*answer, error) {
	t := s.directory.Tenant()
	return r.list("organization", []map[string]any{{
		"id": t.ID, "displayName": t.DisplayName, "createdDateTime": date(t.Created), "tenantType": "AAD", "countryLetterCode": nil,
		"verifiedDomains": []any{map[string]any{"name": t.Domain, "isDefault": true, "isInitial": true, "type": "Managed", "capabilities": ""}},
	}})
}

func (s *service) domains(r *request) (*answer, error) {
	if err := r.mayRead("Domain.Read.All"); err != nil {
		return nil, err
	}
	return r.list("domains", []map[string]any{{
		"id": s.directory.Tenant().Domain, "authenticationType": "Managed", "isDefault": true, "isInitial": true, "isVerified": true, "isRoot": true,
	}})
}

const (
	// groupUnified is the template of the settings of groups, the same in every tenant.
	groupUnified     = "62375ab9-6b52-47ed-826b-58e47e0e304b"
	groupUnifiedName = "Group.Unified"
	enableCreation   = "EnableGroupCreation"
)

// settingID is that of the tenant's one group setting.
func (s *service) settingID() string {
	return uuid.NewSHA1(uuid.MustParse(s.directory.Tenant().ID), []byte(groupUnifiedName)).String()
}

// listGroupSettings shows whether users may create groups. As in Entra there is no setting until somebody makes one; here
// there is one while creation is off.
func (s *service) listGroupSettings(r *request) (*answer, error) {
	if err := r.mayRead(); err != nil {
		return nil, err
	}
	items := []map[string]any{}
	if s.directory.Settings().DisableGroupCreation {
		items = append(items, s.groupSetting())
	}
	return r.list("groupSettings", items)
}

func (s *service) groupSetting() map[string]any {
	return map[string]any{
		"id": s.settingID(), "displayName": groupUnifiedName, "templateId": groupUnified,
		"values": []any{map[string]any{"name": enableCreation, "value": strconv.FormatBool(!s.directory.Settings().DisableGroupCreation)}},
	}
}

func (s *service) setGroupSettings(r *request) (*answer, error) {
	if err := r.mayConfigure(); err != nil {
		return nil, err
	}
	if id := r.PathValue("setting"); id != "" && id != s.settingID() {
		return nil, missing(id)
	}
	var b struct {
		TemplateID string `json:"templateId"`
		Values     []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"values"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if b.TemplateID != "" && !strings.EqualFold(b.TemplateID, groupUnified) {
		return nil, badRequest("Only settings of the template " + groupUnifiedName + " exist in this tenant.")
	}
	settings := s.directory.Settings()
	for _, v := range b.Values {
		enabled, err := strconv.ParseBool(strings.ToLower(v.Value))
		if !strings.EqualFold(v.Name, enableCreation) {
			continue
		}
		if err != nil {
			return nil, badRequest("The value of " + enableCreation + " must be true or false.")
		}
		settings.DisableGroupCreation = !enabled
	}
	if err := s.directory.SetSettings(settings); err != nil {
		return nil, err
	}
	if r.Method == http.MethodPatch {
		return noContent()
	}
	return r.one(http.StatusCreated, "groupSettings", s.groupSetting())
}

func (s *service) deleteGroupSettings(r *request) (*answer, error) {
	if err := r.mayConfigure(); err != nil {
		return nil, err
	}
	settings := s.directory.Settings()
	if r.PathValue("setting") != s.settingID() || !settings.DisableGroupCreation {
		return nil, missing(r.PathValue("setting"))
	}
	settings.DisableGroupCreation = false
	if err := s.directory.SetSettings(settings); err != nil {
		return nil, err
	}
	return noContent()
}

// getAuthorizationPolicy shows the same setting where security groups have it.
func (s *service) getAuthorizationPolicy(r *request) (*answer, error) {
	if err := r.mayRead("Policy.Read.All"); err != nil {
		return nil, err
	}
	return r.one(http.StatusOK, "policies/authorizationPolicy", map[string]any{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "allowInvitesFrom": "none",
		"defaultUserRolePermissions": map[string]any{
			"allowedToCreateApps": true, "allowedToReadOtherUsers": true,
			"allowedToCreateSecurityGroups": !s.directory.Settings().DisableGroupCreation,
		},
	})
}

func (s *service) updateAuthorizationPolicy(r *request) (*answer, error) {
	if err := r.mayConfigure(); err != nil {
		return nil, err
	}
	var b struct {
		Permissions struct {
			CreateGroups *bool `json:"allowedToCreateSecurityGroups"`
		} `json:"defaultUserRolePermissions"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	settings := s.directory.Settings()
	if b.Permissions.CreateGroups != nil {
		settings.DisableGroupCreation = !*b.Permissions.CreateGroups
	}
	if err := s.directory.SetSettings(settings); err != nil {
		return nil, err
	}
	return noContent()
}

// listRoles shows the directory roles. Their ids are those of their templates, as a tenant of its own needs no others.
func (s *service) listRoles(r *request) (*answer, error) {
	if err := r.mayRead("RoleManagement.Read.Directory"); err != nil {
		return nil, err
	}
	return r.list("directoryRoles", renderAll(directory.Roles(), func(info directory.RoleInfo) map[string]any {
		return map[string]any{"id": string(info.Role), "roleTemplateId": string(info.Role), "displayName": info.Name, "description": info.Name}
	}))
}
