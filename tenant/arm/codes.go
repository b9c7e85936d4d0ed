package arm

import (
	"fmt"
	"net/url"
	"regexp"

	"github.com/ownlake/ownlake/errs"
)

// Error codes of Resource Manager itself.
const (
	codeAuthorizationFailed  errs.Code = "AuthorizationFailed"
	codeInvalidToken         errs.Code = "InvalidAuthenticationToken"
	codeNoToken              errs.Code = "AuthenticationFailed"
	codeNotFound             errs.Code = "NotFound"
	codeMethodNotAllowed     errs.Code = "MethodNotAllowed"
	codeInvalidResourceType  errs.Code = "InvalidResourceType"
	codeInvalidNamespace     errs.Code = "InvalidResourceNamespace"
	codeInvalidSubscription  errs.Code = "InvalidSubscriptionId"
	codeInvalidContent       errs.Code = "InvalidRequestContent"
	codeInvalidFilter        errs.Code = "InvalidFilter"
	codeMissingVersion       errs.Code = "MissingApiVersionParameter"
	codeInvalidVersion       errs.Code = "InvalidApiVersionParameter"
	codePrincipalNotFound    errs.Code = "PrincipalNotFound"
	codeUnmatchedType        errs.Code = "UnmatchedPrincipalType"
	codePropertyCannotBeSet  errs.Code = "AccountPropertyCannotBeSet"
	codePublicAccess         errs.Code = "PublicAccessNotPermitted"
	codeNotRegistered        errs.Code = "MissingSubscriptionRegistration"
	codeContainerNotFound    errs.Code = "ContainerNotFound"
	codeInvalidConditionText errs.Code = "InvalidRoleAssignmentCondition"
)

func invalid(code errs.Code, format string, args ...any) error {
	return errs.E(errs.Invalid, code, fmt.Sprintf(format, args...))
}

// versionForm is that of all versions; which there are is not looked at, as clients are newer than this server.
var versionForm = regexp.MustCompile(`^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(-(preview|alpha|beta|privatepreview))?$`)

// knownVersions are told to a client whose version has not the form of one.
const knownVersions = "2025-08-01,2024-01-01,2023-05-01,2022-12-01,2022-04-01,2021-04-01"

func checkVersion(q url.Values) error {
	v := q["api-version"]
	switch {
	case len(v) == 0 || v[0] == "":
		return invalid(codeMissingVersion, "The api-version query parameter (?api-version=) is required for all requests.")
	case len(v) > 1 || !versionForm.MatchString(v[0]):
		return invalid(codeInvalidVersion, "The api-version '%s' is invalid. The supported versions are '%s'.", v[0], knownVersions)
	}
	return nil
}
