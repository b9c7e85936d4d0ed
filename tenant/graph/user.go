package graph

import (
	"net/http"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// userBody is a user as clients send it. What is nil is left as it is.
type userBody struct {
	AccountEnabled    *bool   `json:"accountEnabled"`
	DisplayName       *string `json:"displayName"`
	MailNickname      *string `json:"mailNickname"`
	UserPrincipalName *string `json:"userPrincipalName"`
	GivenName         *string `json:"givenName"`
	Surname           *string `json:"surname"`
	Mail              *string `json:"mail"`
	PasswordProfile   *struct {
		Password   string `json:"password"`
		MustChange *bool  `json:"forceChangePasswordNextSignIn"`
	} `json:"passwordProfile"`
}

func (b userBody) apply(u *directory.User) {
	set(&u.Enabled, b.AccountEnabled)
	set(&u.DisplayName, b.DisplayName)
	set(&u.MailNickname, b.MailNickname)
	set(&u.UserPrincipalName, b.UserPrincipalName)
	set(&u.GivenName, b.GivenName)
	set(&u.Surname, b.Surname)
	set(&u.Mail, b.Mail)
}

func set[T any](at, value *T) {
	if value != nil {
		*at = *value
	}
}

// findUser is the user that the path names: by object id or name, or "me".
func (r *request) findUser() (directory.User, error) {
	id := r.PathValue("id")
	if id == "" {
		if !r.isUser() {
			return directory.User{}, errs.E(errs.Invalid, codeBadRequest, "/me request is only valid with delegated authentication flow.")
		}
		id = string(r.caller.Principal.ID)
	}
	u, err := r.service.directory.User(id)
	if err != nil {
		return u, missing(id)
	}
	return u, nil
}

// missing is Graph's answer for what is not there.
func missing(id string) error {
	return errs.E(errs.NotFound, codeNotFound, "Resource '"+shown(id)+"' does not exist or one of its queried reference-property objects are not present.")
}

func (s *service) listUsers(r *request) (*answer, error) {
	if err := r.mayRead("User.Read.All", "User.ReadWrite.All"); err != nil {
		return nil, err
	}
	return r.list("users", renderAll(s.directory.Users(), s.user))
}

func (s *service) getUser(r *request) (*answer, error) {
	u, err := r.findUser()
	if err == nil {
		err = r.mayReadSelf(u.ID)
	}
	if err != nil {
		return nil, err
	}
	return r.one(http.StatusOK, "users", s.user(u))
}

func (s *service) createUser(r *request) (*answer, error) {
	if err := r.mayChangeUser(nil); err != nil {
		return nil, err
	}
	var b userBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if b.AccountEnabled == nil || b.DisplayName == nil || b.MailNickname == nil || b.UserPrincipalName == nil || b.PasswordProfile == nil {
		return nil, badRequest("accountEnabled, displayName, mailNickname, userPrincipalName and passwordProfile must be specified.")
	}
	var u directory.User
	b.apply(&u)
	u.MustChangePassword = b.PasswordProfile.MustChange == nil || *b.PasswordProfile.MustChange
	u, err := s.directory.CreateUser(u, b.PasswordProfile.Password)
	if err != nil {
		return nil, err
	}
	return r.one(http.StatusCreated, "users", s.user(u))
}

func (s *service) updateUser(r *request) (*answer, error) {
	u, err := r.findUser()
	if err != nil {
		return nil, missing(r.PathValue("id"))
	}
	if err := r.mayChangeUser(u.Roles); err != nil {
		return nil, err
	}
	var b userBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if _, err := s.directory.UpdateUser(u.ID, b.apply); err != nil {
		return nil, err
	}
	if b.PasswordProfile != nil {
		mustChange := b.PasswordProfile.MustChange == nil || *b.PasswordProfile.MustChange
		if err := s.directory.SetPassword(u.ID, b.PasswordProfile.Password, mustChange); err != nil {
			return nil, err
		}
	}
	return noContent()
}

func (s *service) deleteUser(r *request) (*answer, error) {
	u, err := r.findUser()
	if err != nil {
		return nil, missing(r.PathValue("id"))
	}
	if err := r.mayChangeUser(u.Roles); err != nil {
		return nil, err
	}
	if r.isSelf(u.ID) {
		return nil, badRequest("You cannot delete yourself.")
	}
	if err := s.directory.Delete(u.ID); err != nil {
		return nil, err
	}
	return noContent()
}

// changePassword lets users change their own, by the present one.
func (s *service) changePassword(r *request) (*answer, error) {
	u, err := r.findUser()
	if err == nil {
		err = allow(r.isSelf(u.ID), "the user whose password it is")
	}
	if err != nil {
		return nil, err
	}
	var b struct {
		Current string `json:"currentPassword"`
		New     string `json:"newPassword"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if _, err := s.directory.CheckPassword(u.UserPrincipalName, b.Current); err != nil {
		return nil, badRequest("The specified password does not match the current one.")
	}
	if err := s.directory.SetPassword(u.ID, b.New, false); err != nil {
		return nil, err
	}
	return noContent()
}
