package graph

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// groupBody is a group as clients send it. What is nil is left as it is.
type groupBody struct {
	DisplayName     *string  `json:"displayName"`
	Description     *string  `json:"description"`
	MailNickname    *string  `json:"mailNickname"`
	MailEnabled     *bool    `json:"mailEnabled"`
	SecurityEnabled *bool    `json:"securityEnabled"`
	GroupTypes      []string `json:"groupTypes"`
	Owners          []string `json:"owners@odata.bind"`
	Members         []string `json:"members@odata.bind"`
}

func (b groupBody) apply(g *directory.Group) {
	set(&g.DisplayName, b.DisplayName)
	set(&g.Description, b.Description)
	set(&g.MailNickname, b.MailNickname)
	set(&g.MailEnabled, b.MailEnabled)
	set(&g.SecurityEnabled, b.SecurityEnabled)
}

// findGroup is the group that the path names.
func (r *request) findGroup() (directory.Group, error) {
	g, err := r.service.directory.Group(access.ObjectID(r.PathValue("id")))
	if err != nil {
		return g, missing(r.PathValue("id"))
	}
	return g, nil
}

func (s *service) listGroups(r *request) (*answer, error) {
	if err := r.mayRead("Group.Read.All", "GroupMember.Read.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All"); err != nil {
		return nil, err
	}
	return r.list("groups", renderAll(s.directory.Groups(), s.group))
}

func (s *service) getGroup(r *request) (*answer, error) {
	g, err := r.findGroup()
	if err == nil {
		err = r.mayReadGroup(g.ID)
	}
	if err != nil {
		return nil, err
	}
	return r.one(http.StatusOK, "groups", s.group(g))
}

// createGroup makes a group. A user who creates one without naming owners is its owner.
func (s *service) createGroup(r *request) (*answer, error) {
	if err := r.mayCreateGroup(); err != nil {
		return nil, err
	}
	var b groupBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if b.DisplayName == nil || b.MailNickname == nil || b.MailEnabled == nil || b.SecurityEnabled == nil {
		return nil, badRequest("displayName, mailNickname, mailEnabled and securityEnabled must be specified.")
	}
	if len(b.GroupTypes) > 0 {
		return nil, badRequest("Only security groups exist in this tenant: leave groupTypes empty.")
	}
	var g directory.Group
	b.apply(&g)
	owners, err := s.references(b.Owners)
	if err != nil {
		return nil, err
	}
	members, err := s.references(b.Members)
	if err != nil {
		return nil, err
	}
	if len(owners) == 0 && r.isUser() {
		owners = []access.ObjectID{r.caller.Principal.ID}
	}
	if g, err = s.directory.CreateGroup(g, owners, members); err != nil {
		return nil, err
	}
	a, err := r.one(http.StatusCreated, "groups", s.group(g))
	if err == nil {
		a.location = s.base + "/groups/" + string(g.ID)
	}
	return a, err
}

func (s *service) updateGroup(r *request) (*answer, error) {
	g, err := r.findGroup()
	if err == nil {
		err = r.mayChangeGroup(g.ID)
	}
	if err != nil {
		return nil, err
	}
	var b groupBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if _, err := s.directory.UpdateGroup(g.ID, b.apply); err != nil {
		return nil, err
	}
	for _, reference := range b.Members {
		id, err := s.reference(reference)
		if err == nil {
			err = s.directory.AddMember(g.ID, id)
		}
		if err != nil {
			return nil, referenceError("members", err)
		}
	}
	return noContent()
}

func (s *service) deleteGroup(r *request) (*answer, error) {
	g, err := r.findGroup()
	if err == nil {
		err = r.mayChangeGroup(g.ID)
	}
	if err == nil {
		err = s.directory.Delete(g.ID)
	}
	if err != nil {
		return nil, err
	}
	return noContent()
}

func (s *service) listMembers(r *request) (*answer, error) {
	return s.listOfGroup(r, s.directory.Members)
}

func (s *service) listTransitiveMembers(r *request) (*answer, error) {
	return s.listOfGroup(r, s.directory.TransitiveMembers)
}

func (s *service) listOfGroup(r *request, of func(access.ObjectID) []directory.Object) (*answer, error) {
	g, err := r.findGroup()
	if err == nil {
		err = r.mayReadGroup(g.ID)
	}
	if err != nil {
		return nil, err
	}
	return r.list("directoryObjects", renderAll(of(g.ID), s.renderTyped))
}

func (s *service) addMember(r *request) (*answer, error) {
	g, err := r.findGroup()
	if err == nil {
		err = r.mayChangeMembers(g.ID)
	}
	if err != nil {
		return nil, err
	}
	id, err := r.referenceBody()
	if err != nil {
		return nil, err
	}
	if err := s.directory.AddMember(g.ID, id); err != nil {
		return nil, referenceError("members", err)
	}
	return noContent()
}

func (s *service) removeMember(r *request) (*answer, error) {
	g, err := r.findGroup()
	if err == nil {
		err = r.mayChangeMembers(g.ID)
	}
	if err != nil {
		return nil, err
	}
	if err := s.directory.RemoveMember(g.ID, access.ObjectID(r.PathValue("other"))); err != nil {
		return nil, referenceError("members", err)
	}
	return noContent()
}

// referenceBody reads the body of a request that adds a reference.
func (r *request) referenceBody() (access.ObjectID, error) {
	var b struct {
		ID string `json:"@odata.id"`
	}
	if err := r.decode(&b); err != nil {
		return "", err
	}
	return r.service.reference(b.ID)
}

func (s *service) references(list []string) ([]access.ObjectID, error) {
	var ids []access.ObjectID
	for _, text := range list {
		id, err := s.reference(text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// reference reads an object's address, which may be Microsoft's or ours: both name the same object. Scripts write its
// parts in any case (reference BYOL, section 1, step 4).
func (s *service) reference(text string) (access.ObjectID, error) {
	invalid := errs.E(errs.Invalid, codeBadRequest, "Invalid URL format specified in @odata.id: '"+shown(text)+"'.",
		errs.Hint("use "+s.base+"/directoryObjects/ID"))
	u, err := url.Parse(text)
	if err != nil {
		return "", invalid
	}
	own, err := url.Parse(s.base)
	if err != nil || u.Host != "" && !strings.EqualFold(u.Host, own.Host) && !strings.EqualFold(u.Host, "graph.microsoft.com") {
		return "", invalid
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if u.Host != "" || len(parts) == 3 {
		if len(parts) < 2 || !strings.EqualFold(parts[0], "v1.0") && !strings.EqualFold(parts[0], "beta") {
			return "", invalid
		}
		parts = parts[1:]
	}
	if len(parts) != 2 {
		return "", invalid
	}
	id, err := directory.ParseID(parts[1])
	if err != nil {
		return "", invalid
	}
	o, err := s.directory.Object(id)
	if err != nil || !isKind(parts[0], o.ObjectKind()) {
		return "", missing(parts[1])
	}
	return id, nil
}

// isKind reports whether a segment of an address can lead to objects of a kind.
func isKind(segment string, k directory.Kind) bool {
	return strings.EqualFold(segment, "directoryObjects") || strings.EqualFold(segment, string(k)+"s")
}

// referenceError puts the directory's errors about pairs into Graph's words, which scripts look for.
func referenceError(property string, err error) error {
	switch {
	case errs.CodeOf(err) == directory.CodeAlready:
		return errs.E(errs.Exists, codeRequest, "One or more added object references already exist for the following modified properties: '"+property+"'.")
	case errs.CodeOf(err) == directory.CodeLastOwner:
		return errs.E(errs.Conflict, codeRequest, "The group must have at least one owner, hence this owner cannot be removed.")
	}
	return err
}
