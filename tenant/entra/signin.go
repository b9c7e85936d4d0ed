package entra

import (
	"log/slog"
	"net/http"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// signInUser checks a user's password. An unknown user and a wrong password are one answer.
func (s *Service) signInUser(r *http.Request, name, password string) (directory.User, *failure) {
	u, f := s.checkUser(r, name, password)
	if f == nil && u.MustChangePassword {
		f = fail(invalidGrant, 50055, "The password is expired: it has to be changed on the sign-in page before it can be used.")
		f.suberror = "user_password_expired"
	}
	return u, f
}

// checkUser is signInUser also for users who must change their password first.
func (s *Service) checkUser(r *http.Request, name, password string) (directory.User, *failure) {
	key := limitKey(r, "user", name)
	if wait := s.failures.locked(key); wait > 0 {
		f := fail(invalidGrant, 50053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.")
		f.retryAfter = wait
		return directory.User{}, f
	}
	u, err := s.directory.CheckPassword(name, password)
	switch {
	case err == nil:
		s.failures.succeeded(key)
		s.logger.InfoContext(r.Context(), "signed in", slog.String("user", u.UserPrincipalName))
		return u, nil
	case errs.CodeOf(err) == directory.CodeDisabled:
		return u, fail(invalidGrant, 50057, "The user account is disabled.")
	}
	s.failures.failed(key)
	s.logger.WarnContext(r.Context(), "sign-in failed", slog.String("user", shown(name)))
	return u, fail(invalidGrant, 50126, "Error validating credentials due to invalid username or password.")
}
