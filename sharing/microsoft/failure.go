package microsoft

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/ownlake/ownlake/errs"
)

// kinds are what the services' codes mean, where the status says it too coarsely.
var kinds = map[errs.Code]errs.Kind{
	// Graph ("Microsoft Graph error responses and resource types").
	"Request_ResourceNotFound":                errs.NotFound,
	"Authorization_RequestDenied":             errs.Permission,
	"Request_MultipleObjectsWithSameKeyValue": errs.Exists,
	// Resource Manager and the storage provider.
	"PrincipalNotFound":                     errs.NotFound,
	"RoleDefinitionDoesNotExist":            errs.NotFound,
	"SubscriptionNotFound":                  errs.NotFound,
	"RoleAssignmentExists":                  errs.Exists,
	"ContainerAlreadyExists":                errs.Exists,
	"InvalidAuthenticationTokenTenant":      errs.Unauthorized,
	"RoleAssignmentLimitExceeded":           errs.Conflict,
	"CannotDeleteLastRbacAdminAssignment":   errs.Conflict,
	"CannotDeleteLastRoleAssignment":        errs.Conflict,
	"AuthorizationPermissionMismatch":       errs.Permission,
	codeNetwork:                             errs.Unavailable,
	"EndpointUnsupportedAccountFeatures":    errs.Conflict,
	"HierarchicalNamespaceNotEnabled":       errs.Conflict,
	"AccountIsDisabled":                     errs.Unavailable,
	"FeatureNotYetSupportedForHierarchical": errs.Conflict,
}

// codeNetwork is what a storage account answers to addresses that its firewall does not let in.
const codeNetwork errs.Code = "AuthorizationFailure"

// hints tell what to do about some codes.
var hints = map[errs.Code]errs.Hint{
	codeNetwork:                          "the account's network rules keep this address out: let it in, or go to where it may in",
	"EndpointUnsupportedAccountFeatures": "use a storage account with hierarchical namespace",
	"HierarchicalNamespaceNotEnabled":    "use a storage account with hierarchical namespace",
	"InvalidAuthenticationTokenTenant":   "sign in to the tenant that the subscription belongs to",
}

// failure turns an error of a client into one of ours: the kind from the service's code and status, and the service's
// own words. Nil stays nil.
func failure(op errs.Op, item errs.Item, err error) error {
	if err == nil {
		return nil
	}
	if r, ok := errors.AsType[*azcore.ResponseError](err); ok {
		code := errs.Code(r.ErrorCode)
		return errs.E(op, kindOf(r.StatusCode, code), code, item, message(r.RawResponse, r.StatusCode, code), hints[code])
	}
	if errs.KindOf(err) != errs.Other {
		return errs.E(op, item, err)
	}
	return errs.E(op, item, signInFailure(err))
}

func kindOf(status int, code errs.Code) errs.Kind {
	if k, ok := kinds[code]; ok {
		return k
	}
	switch status {
	case http.StatusUnauthorized:
		return errs.Unauthorized
	case http.StatusForbidden:
		return errs.Permission
	case http.StatusNotFound, http.StatusGone:
		return errs.NotFound
	case http.StatusConflict:
		return errs.Conflict
	case http.StatusPreconditionFailed:
		return errs.Precondition
	case http.StatusTooManyRequests, http.StatusRequestTimeout:
		return errs.Unavailable
	}
	if status >= http.StatusInternalServerError {
		return errs.Unavailable
	}
	return errs.Invalid
}

// message is what the service says, which is {"error":{"message"}} with all three of them; a HEAD has no body.
func message(resp *http.Response, status int, code errs.Code) string {
	var body struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if resp != nil {
		if text, err := runtime.Payload(resp); err == nil && json.Unmarshal(text, &body) == nil && body.Error.Message != "" {
			// Storage adds the id of the request and the time on lines of their own.
			first, _, _ := strings.Cut(body.Error.Message, "\n")
			return strings.TrimSpace(first)
		}
	}
	if code != "" {
		return "the service answers " + string(code)
	}
	return "the service answers " + http.StatusText(status)
}

// signInFailure tells a refused sign-in from a service that does not answer.
func signInFailure(err error) error {
	if _, ok := errors.AsType[*signInError](err); !ok {
		return unanswered(err)
	}
	a, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	switch {
	case !ok:
		return errs.E(errs.Unauthorized, "nobody is signed in", err)
	case a.RawResponse == nil:
		// Its text has several lines, and it has no cause.
		return unanswered(errors.New(strings.Join(strings.Fields(a.Error()), " ")))
	case a.RawResponse.StatusCode >= http.StatusInternalServerError || a.RawResponse.StatusCode == http.StatusTooManyRequests:
		return errs.E(errs.Unavailable, "the sign-in service answers "+a.RawResponse.Status)
	}
	text := signInMessage(a.RawResponse)
	return errs.E(errs.Unauthorized, "the sign-in was refused: "+text, signInHint(text))
}

// signInHints tell what to do about some codes of the sign-in service ("Microsoft Entra authentication and authorization
// error codes").
var signInHints = map[string]errs.Hint{
	"AADSTS7000215": "give the secret's value, not its id; it is shown once, when it is made",
	"AADSTS7000222": "the secret has expired: make another at the app registration, and give its value",
	"AADSTS700016":  "compare the application (client) id; it must be registered in this tenant, or have a service principal there",
	"AADSTS90002":   "compare the tenant's id",
	"AADSTS700027":  "register the certificate at the app registration: what signs must be known there",
	"AADSTS7000112": "the application is disabled: an administrator of the directory enables it",
	"AADSTS70021":   "add a federated credential to the application whose issuer and subject are those of this machine's token",
	"AADSTS700213":  "add a federated credential to the application whose issuer and subject are those of this machine's token",
}

func signInHint(message string) errs.Hint {
	code, _, _ := strings.Cut(message, ":")
	if hint, ok := signInHints[code]; ok {
		return hint
	}
	return "check the tenant, the name and the secret"
}

// signInMessage is the first line of what the sign-in service says, "AADSTS…: …".
func signInMessage(resp *http.Response) string {
	var body struct {
		Description string `json:"error_description"`
	}
	if text, err := runtime.Payload(resp); err == nil && json.Unmarshal(text, &body) == nil && body.Description != "" {
		first, _, _ := strings.Cut(body.Description, "\n")
		return strings.TrimSpace(first)
	}
	return resp.Status
}

// unanswered is the error of a request that had no answer, or half of one.
func unanswered(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return errs.E(errs.Unavailable, "the service does not answer in time", err)
	}
	return errs.E(errs.Unavailable, "the service does not answer", err)
}
