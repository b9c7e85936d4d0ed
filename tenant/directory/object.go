package directory

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// Kind says what an object is, in the words that Microsoft Graph has for its types.
type Kind string

// The kinds of objects.
const (
	KindUser             Kind = "user"
	KindGroup            Kind = "group"
	KindApplication      Kind = "application"
	KindServicePrincipal Kind = "servicePrincipal"
)

// Object is what users, groups, applications and service principals share.
type Object interface {
	ObjectID() access.ObjectID
	ObjectKind() Kind
	Name() string // to be shown
}

// User is a person of the tenant. A user that is not Enabled cannot sign in.
type User struct {
	ID                access.ObjectID `json:"id"`
	UserPrincipalName string          `json:"userPrincipalName"`
	DisplayName       string          `json:"displayName"`
	GivenName         string          `json:"givenName,omitempty"`
	Surname           string          `json:"surname,omitempty"`
	Mail              string          `json:"mail,omitempty"`
	MailNickname      string          `json:"mailNickname,omitempty"`
	Enabled           bool            `json:"enabled"`
	Roles             []Role          `json:"roles,omitempty"`
	Created           time.Time       `json:"created"`
	// MustChangePassword is set for a password that somebody else chose.
	MustChangePassword bool `json:"mustChangePassword,omitempty"`
	// SignInsSince ends sign-ins before it: their refresh tokens are no longer good. A new password sets it.
	SignInsSince time.Time `json:"signInsSince"`

	PasswordHash string `json:"passwordHash,omitempty"`
}

// Group is a security group. Its owners and members are asked for by [Directory.Owners] and [Directory.Members].
type Group struct {
	ID              access.ObjectID `json:"id"`
	DisplayName     string          `json:"displayName"`
	Description     string          `json:"description,omitempty"`
	MailNickname    string          `json:"mailNickname"`
	MailEnabled     bool            `json:"mailEnabled"`
	SecurityEnabled bool            `json:"securityEnabled"`
	Created         time.Time       `json:"created"`
}

// Application is an app registration: what a program is, as opposed to the service principal that it acts as.
type Application struct {
	ID             access.ObjectID `json:"id"`
	AppID          string          `json:"appId"`
	DisplayName    string          `json:"displayName"`
	IdentifierURIs []string        `json:"identifierUris,omitempty"` // audiences of tokens for it
	RedirectURIs   []string        `json:"redirectUris,omitempty"`   // where sign-in may send a browser back to
	// PublicClient lets it use flows that need no secret of its own: device code and password.
	PublicClient bool      `json:"publicClient,omitempty"`
	Created      time.Time `json:"created"`
	// TokenVersion is that of tokens for it as a resource: 1 or 2; 0 means 1.
	TokenVersion int `json:"tokenVersion,omitempty"`
	Credentials
}

// ServicePrincipal is what an application acts as in the tenant; roles and groups are given to it, not to the
// application.
type ServicePrincipal struct {
	ID          access.ObjectID `json:"id"`
	AppID       string          `json:"appId"`
	DisplayName string          `json:"displayName"`
	Enabled     bool            `json:"enabled"`
	// Names are the application id and the identifier URIs by which it can be asked for.
	Names []string `json:"names,omitempty"`
	// WellKnown marks Microsoft's own applications. They have no registration in the tenant; some are public clients.
	WellKnown    bool      `json:"wellKnown,omitempty"`
	PublicClient bool      `json:"publicClient,omitempty"`
	Roles        []Role    `json:"roles,omitempty"`
	Created      time.Time `json:"created"`
	// Permissions are application permissions on Microsoft Graph, such as Group.ReadWrite.All.
	Permissions []string `json:"permissions,omitempty"`
	Credentials
}

// ObjectID returns the user's id.
func (u User) ObjectID() access.ObjectID { return u.ID }

// ObjectKind returns [KindUser].
func (u User) ObjectKind() Kind { return KindUser }

// Name returns the user's display name.
func (u User) Name() string { return u.DisplayName }

// ObjectID returns the group's id.
func (g Group) ObjectID() access.ObjectID { return g.ID }

// ObjectKind returns [KindGroup].
func (g Group) ObjectKind() Kind { return KindGroup }

// Name returns the group's display name.
func (g Group) Name() string { return g.DisplayName }

// ObjectID returns the application's object id, which is not its application id.
func (a Application) ObjectID() access.ObjectID { return a.ID }

// ObjectKind returns [KindApplication].
func (a Application) ObjectKind() Kind { return KindApplication }

// Name returns the application's display name.
func (a Application) Name() string { return a.DisplayName }

// ObjectID returns the service principal's object id, which is not its application id.
func (s ServicePrincipal) ObjectID() access.ObjectID { return s.ID }

// ObjectKind returns [KindServicePrincipal].
func (s ServicePrincipal) ObjectKind() Kind { return KindServicePrincipal }

// Name returns the service principal's display name.
func (s ServicePrincipal) Name() string { return s.DisplayName }

func (u User) clone() User {
	u.Roles = slices.Clone(u.Roles)
	return u
}

func (a Application) clone() Application {
	a.IdentifierURIs, a.RedirectURIs = slices.Clone(a.IdentifierURIs), slices.Clone(a.RedirectURIs)
	a.Credentials = a.Credentials.clone()
	return a
}

func (s ServicePrincipal) clone() ServicePrincipal {
	s.Names, s.Roles, s.Permissions = slices.Clone(s.Names), slices.Clone(s.Roles), slices.Clone(s.Permissions)
	s.Credentials = s.Credentials.clone()
	return s
}

// ParseID reads an object id or an application id: a GUID, in any case, which it returns in lower case. The error is
// Invalid.
func ParseID(text string) (access.ObjectID, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return "", errs.E(errs.Op("directory.ParseID"), errs.Invalid, errs.Item(text), "not the id of an object",
			errs.Hint("ids are GUIDs, such as 62e90394-69f5-4237-9190-012177145e10"))
	}
	return access.ObjectID(id.String()), nil
}

// newID makes an id at random.
func newID() access.ObjectID { return access.ObjectID(uuid.NewString()) }

// fold is how names compare: without regard to case.
func fold(s string) string { return strings.ToLower(s) }
