package azurestore

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// aliases are the codes of the blob endpoint, and the SDK's spellings, of what package lake has one code for.
// Keys are in lower case.
var aliases = map[string]errs.Code{
	"containernotfound":       lake.CodeFilesystemNotFound,
	"filesystemnotfound":      lake.CodeFilesystemNotFound,
	"containeralreadyexists":  lake.CodeFilesystemAlreadyExists,
	"filesystemalreadyexists": lake.CodeFilesystemAlreadyExists,
	"blobnotfound":            lake.CodePathNotFound,
	"resourcenotfound":        lake.CodePathNotFound,
	"blobalreadyexists":       lake.CodePathAlreadyExists,
	"targetconditionnotmet":   lake.CodeConditionNotMet,
	"invalidpathorblock":      lake.CodeInvalidBlobOrBlock,
}

// exists are the codes that are Exists where their status alone would be Conflict.
var exists = map[errs.Code]bool{
	lake.CodeFilesystemAlreadyExists: true,
	lake.CodePathAlreadyExists:       true,
}

// unauthorized are the codes that are Unauthorized where their status may be Permission.
var unauthorized = map[errs.Code]bool{
	"AuthenticationFailed":        true,
	"InvalidAuthenticationInfo":   true,
	"NoAuthenticationInformation": true,
}

// fail makes the error of a call from what an SDK returned; nil stays nil.
func (s *Store) fail(op errs.Op, item errs.Item, err error) error {
	var answer *azcore.ResponseError
	var known *errs.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known) || errs.KindOf(err) == errs.Canceled:
		return errs.E(op, item, err)
	case errors.As(err, &answer):
		return s.answered(op, item, answer)
	}
	return errs.E(op, errs.Unavailable, item, s.unreachable(err), err)
}

// answered maps what the service said.
func (s *Store) answered(op errs.Op, item errs.Item, answer *azcore.ResponseError) error {
	if foreign(answer.RawResponse) {
		return s.foreigner(op, item, answer.RawResponse.Status, answer)
	}
	code := codeOf(answer)
	kind := kindOf(answer.StatusCode, code)
	return errs.E(op, kind, code, item, s.hint(kind, code), &serviceError{message: message(answer), cause: answer})
}

// foreign reports whether an answer is not one of a storage service, which numbers each of its own, but of a
// proxy or another server.
func foreign(resp *http.Response) bool {
	return resp != nil && resp.Header.Get("x-ms-request-id") == ""
}

func (s *Store) foreigner(op errs.Op, item errs.Item, status string, cause error) error {
	return errs.E(op, errs.Unavailable, item, errs.Hint("check the address and that no proxy stands between"),
		&serviceError{message: "what answers at " + s.dfsURL.Host + " is not a storage account: " + status, cause: cause})
}

func codeOf(answer *azcore.ResponseError) errs.Code {
	if code, ok := aliases[strings.ToLower(answer.ErrorCode)]; ok {
		return code
	}
	switch {
	case answer.StatusCode == http.StatusNotModified: // how GET and HEAD say it
		return lake.CodeConditionNotMet
	case answer.ErrorCode != "":
		return errs.Code(answer.ErrorCode)
	case answer.StatusCode == http.StatusNotFound:
		return lake.CodePathNotFound
	case answer.StatusCode == http.StatusPreconditionFailed:
		return lake.CodeConditionNotMet
	}
	return ""
}

func kindOf(status int, code errs.Code) errs.Kind {
	switch {
	case exists[code]:
		return errs.Exists
	case unauthorized[code] || status == http.StatusUnauthorized:
		return errs.Unauthorized
	case code == lake.CodeInsufficientStorage:
		return errs.Unavailable
	}
	switch status {
	case http.StatusForbidden:
		return errs.Permission
	case http.StatusNotFound:
		return errs.NotFound
	case http.StatusConflict:
		return errs.Conflict
	case http.StatusNotModified, http.StatusPreconditionFailed:
		return errs.Precondition
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return errs.Unavailable
	}
	if status >= http.StatusInternalServerError {
		return errs.Unavailable
	}
	return errs.Invalid
}

// Codes that say why a request was refused which was signed as it should be.
const (
	// codeNetwork says that the account's network rules keep the caller's address out.
	codeNetwork errs.Code = "AuthorizationFailure"
	// codeNoKeys says that the account takes tokens only.
	codeNoKeys errs.Code = "KeyBasedAuthenticationNotPermitted"
)

// hint says what to do next where the kind and the code decide it.
func (s *Store) hint(kind errs.Kind, code errs.Code) errs.Hint {
	switch {
	case code == codeNoKeys:
		return errs.Hint("account " + s.account + " takes no keys: connect by a service principal, or allow storage account key access")
	case code == codeNetwork:
		return errs.Hint("the network rules of account " + s.account + " keep this machine out: add its address to the firewall, or reach the account by a private endpoint")
	case kind == errs.Unauthorized && s.renew != "":
		return s.renew
	case kind == errs.Unauthorized:
		return errs.Hint("check that the key is one of account " + s.account + " and that this computer's clock is right")
	case kind == errs.Permission && s.byToken:
		return errs.Hint("give the principal the role Storage Blob Data Contributor of account " + s.account + " or its container; a new role takes effect within minutes")
	case kind == errs.Permission:
		return errs.Hint("ask for a role that allows it, or check the firewall of account " + s.account)
	case kind == errs.Unavailable:
		return errs.Hint(s.dfsURL.Host + " is busy or has a fault; try again")
	default:
		return ""
	}
}

// unreachable says what to check when no answer came.
func (s *Store) unreachable(err error) errs.Hint {
	if hopeless(err) {
		return errs.Hint("check the address " + s.dfsURL.String() + ", its name and its certificate")
	}
	return errs.Hint("check that " + s.dfsURL.String() + " can be reached from here")
}

// serviceError is the service's own sentence. The SDK's text, of many lines, stays behind it for the log.
type serviceError struct {
	message string
	cause   error
}

func (e *serviceError) Error() string { return e.message }
func (e *serviceError) Unwrap() error { return e.cause }

// message takes the first line of the message in an answer's body, JSON from dfs or XML from blob.
func message(answer *azcore.ResponseError) string {
	fallback := fmt.Sprintf("the service answered %d %s", answer.StatusCode, answer.ErrorCode)
	if answer.RawResponse == nil || answer.RawResponse.Body == nil {
		return strings.TrimSpace(fallback)
	}
	// The SDK has read the body and put a copy in its place.
	body, err := io.ReadAll(io.LimitReader(answer.RawResponse.Body, 64<<10))
	if err != nil {
		return strings.TrimSpace(fallback)
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	var dfs struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	var blob struct{ Message string }
	switch {
	case json.Unmarshal(body, &dfs) == nil && dfs.Error.Message != "":
		return firstLine(dfs.Error.Message)
	case xml.Unmarshal(body, &blob) == nil && blob.Message != "":
		return firstLine(blob.Message)
	}
	return strings.TrimSpace(fallback)
}

// firstLine drops the lines with the request's id and time that the service adds.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}
