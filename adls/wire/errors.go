package wire

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Error codes that arise on the wire, before a store is asked. The store's own are in package lake.
const (
	CodeAuthenticationFailed          errs.Code = "AuthenticationFailed"
	CodeNoAuthenticationInformation   errs.Code = "NoAuthenticationInformation"
	CodeInvalidAuthenticationInfo     errs.Code = "InvalidAuthenticationInfo"
	CodeUnauthorizedBlobOverwrite     errs.Code = "UnauthorizedBlobOverwrite"
	CodeCannotVerifyCopySource        errs.Code = "CannotVerifyCopySource"
	CodeForbiddenByEncryptionPolicy   errs.Code = "RequestForbiddenByContainerEncryptionPolicy"
	CodeResourceNotFound              errs.Code = "ResourceNotFound"
	CodeNotImplemented                errs.Code = "NotImplemented"
	CodeUnsupportedHTTPVerb           errs.Code = "UnsupportedHttpVerb"
	CodeInvalidHeaderValue            errs.Code = "InvalidHeaderValue"
	CodeMissingRequiredHeader         errs.Code = "MissingRequiredHeader"
	CodeInvalidQueryParameterValue    errs.Code = "InvalidQueryParameterValue"
	CodeMissingRequiredQueryParameter errs.Code = "MissingRequiredQueryParameter"
	CodeOutOfRangeInput               errs.Code = "OutOfRangeInput"
	CodeRequestBodyTooLarge           errs.Code = "RequestBodyTooLarge"
	CodeIncompleteBody                errs.Code = "InvalidInput"
	CodeContentLengthMustBeZero       errs.Code = "ContentLengthMustBeZero"
	CodeInvalidXMLDocument            errs.Code = "InvalidXmlDocument"
	CodeInvalidXMLNodeValue           errs.Code = "InvalidXmlNodeValue"
	CodeBlockListTooLong              errs.Code = "BlockListTooLong"
	CodeCRC64Mismatch                 errs.Code = "Crc64Mismatch"
	CodeInvalidMetadata               errs.Code = "InvalidMetadata"
	CodeMetadataTooLarge              errs.Code = "MetadataTooLarge"
	CodePublicAccessNotPermitted      errs.Code = "PublicAccessNotPermitted"
	CodeCORSPreflightFailure          errs.Code = "CorsPreflightFailure"
	CodeNoPendingCopyOperation        errs.Code = "NoPendingCopyOperation"
	CodeLeaseIDMismatchWithContainer  errs.Code = "LeaseIdMismatchWithContainerOperation"
	CodeLeaseNotPresentWithContainer  errs.Code = "LeaseNotPresentWithContainerOperation"
	CodeKeysNotPermitted              errs.Code = "KeyBasedAuthenticationNotPermitted"
	CodeAuthorizationFailure          errs.Code = "AuthorizationFailure"
	CodeAccountRequiresHTTPS          errs.Code = "AccountRequiresHttps"
	CodeInternalError                 errs.Code = "InternalError"
	CodeServerBusy                    errs.Code = "ServerBusy"
)

// answer is what an error code looks like on the wire.
type answer struct {
	status  int
	blob    errs.Code // the blob endpoint's name for it where that differs
	message string
}

var answers = map[errs.Code]answer{
	lake.CodeFilesystemNotFound:                  {404, "ContainerNotFound", "The specified filesystem does not exist."},
	lake.CodeFilesystemAlreadyExists:             {409, "ContainerAlreadyExists", "The specified filesystem already exists."},
	lake.CodePathNotFound:                        {404, "BlobNotFound", "The specified path does not exist."},
	lake.CodePathAlreadyExists:                   {409, "BlobAlreadyExists", "The specified path already exists."},
	lake.CodePathConflict:                        {409, "", "The specified path, or an element of the path, exists and its resource type is invalid for this operation."},
	lake.CodeResourceTypeMismatch:                {409, "", "The request was issued to a path of a type that the operation does not serve."},
	lake.CodeSourcePathNotFound:                  {404, "", "The source path for a rename operation does not exist."},
	lake.CodeInvalidRenameSourcePath:             {409, "", "The source path for a rename operation is invalid."},
	lake.CodeRenameDestinationParentPathNotFound: {404, "", "The parent directory of the destination path does not exist."},
	lake.CodeDirectoryNotEmpty:                   {409, "DirectoryIsNotEmpty", "The recursive query parameter value must be true to delete a non-empty directory."},
	lake.CodeConditionNotMet:                     {412, "", "The condition specified using HTTP conditional header(s) is not met."},
	lake.CodeSourceConditionNotMet:               {412, "", "The source condition specified using HTTP conditional header(s) is not met."},
	lake.CodeInvalidRange:                        {416, "", "The range specified is invalid for the current size of the resource."},
	lake.CodeInvalidFlushPosition:                {400, "", "The uploaded data is not contiguous or the position query parameter value is not equal to the length of the file after appending the uploaded data."},
	lake.CodeInvalidBlockList:                    {400, "", "The specified block list is invalid."},
	lake.CodeInvalidBlobOrBlock:                  {400, "", "The specified blob or block content is invalid."},
	lake.CodeInvalidResourceName:                 {400, "", "The specified resource name is invalid."},
	lake.CodeInvalidURI:                          {400, "", "The request URI is invalid."},
	lake.CodeInvalidACL:                          {400, "", "The access control list value is invalid."},
	lake.CodeInvalidPermission:                   {400, "", "The permission value is invalid."},
	lake.CodeInvalidInput:                        {400, "", "One of the request inputs is not valid."},
	lake.CodeMD5Mismatch:                         {400, "", "The MD5 value specified in the request did not match the MD5 value calculated by the server."},
	lake.CodeTagsTooLarge:                        {400, "", "The tags specified exceed the maximum permissible limit."},
	lake.CodeInvalidTags:                         {400, "", "The tags specified are invalid. They contain characters that are not permitted."},
	lake.CodeInvalidBlobType:                     {409, "", "The blob type is invalid for this operation."},
	lake.CodeBlobArchived:                        {409, "", "This operation is not permitted on an archived blob."},
	lake.CodeBlobIsSealed:                        {409, "", "The specified blob is sealed and its contents can't be modified unless the blob is re-created after a delete."},
	lake.CodeBlockCountExceedsLimit:              {409, "", "The committed block count cannot exceed the maximum limit of 50,000 blocks."},
	lake.CodeAppendPositionConditionNotMet:       {412, "", "The append position condition specified was not met."},
	lake.CodeMaxBlobSizeConditionNotMet:          {412, "", "The max blob size condition specified was not met."},
	lake.CodeInsufficientStorage:                 {507, "", "The lake's disk is full."},

	CodeAuthenticationFailed:                    {403, "", "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature."},
	CodeNoAuthenticationInformation:             {401, "", "Server failed to authenticate the request. The request has no Authorization header."},
	CodeInvalidAuthenticationInfo:               {400, "", "The authentication information was not provided in the correct format. Verify the value of Authorization header."},
	"AuthorizationPermissionMismatch":           {403, "", "This request is not authorized to perform this operation using this permission."},
	"AuthorizationProtocolMismatch":             {403, "", "This request is not authorized to perform this operation using this protocol."},
	"AuthorizationSourceIPMismatch":             {403, "", "This request is not authorized to perform this operation using this source IP."},
	"AuthorizationServiceMismatch":              {403, "", "This request is not authorized to perform this operation using this service."},
	"AuthorizationResourceTypeMismatch":         {403, "", "This request is not authorized to perform this operation using this resource type."},
	CodeUnauthorizedBlobOverwrite:               {403, "", "This request is not authorized to perform blob overwrites."},
	CodeForbiddenByEncryptionPolicy:             {403, "", "The request is forbidden by the container encryption policy."},
	CodeCannotVerifyCopySource:                  {403, "", "The copy source could not be verified."},
	CodeResourceNotFound:                        {404, "", "The specified resource does not exist."},
	CodeNotImplemented:                          {501, "", "The requested operation is not implemented on the specified resource."},
	CodeUnsupportedHTTPVerb:                     {405, "", "The resource doesn't support specified Http Verb."},
	CodeInvalidHeaderValue:                      {400, "", "The value for one of the HTTP headers is not in the correct format."},
	CodeMissingRequiredHeader:                   {400, "", "An HTTP header that's mandatory for this request is not specified."},
	CodeInvalidQueryParameterValue:              {400, "", "Value for one of the query parameters specified in the request URI is invalid."},
	CodeMissingRequiredQueryParameter:           {400, "", "A query parameter that's mandatory for this request is not specified."},
	CodeOutOfRangeInput:                         {400, "", "One of the request inputs is out of range."},
	CodeRequestBodyTooLarge:                     {413, "", "The request body is too large and exceeds the maximum permissible limit."},
	CodeContentLengthMustBeZero:                 {400, "", "The Content-Length request header must be zero."},
	CodeInvalidXMLDocument:                      {400, "", "XML specified is not syntactically valid."},
	CodeBlockListTooLong:                        {400, "", "The block list may not contain more than 50,000 blocks."},
	CodeCRC64Mismatch:                           {400, "", "The CRC64 value specified in the request did not match the CRC64 value calculated by the server."},
	CodeInvalidMetadata:                         {400, "", "The metadata specified is invalid. It has characters that are not permitted."},
	CodeMetadataTooLarge:                        {400, "", "The size of the specified metadata exceeds the maximum size permitted."},
	CodePublicAccessNotPermitted:                {409, "", "Public access is not permitted on this storage account."},
	CodeKeysNotPermitted:                        {403, "", "Key based authentication is not permitted on this storage account."},
	CodeAuthorizationFailure:                    {403, "", "This request is not authorized to perform this operation."},
	CodeAccountRequiresHTTPS:                    {400, "", "The account being accessed does not support http."},
	CodeCORSPreflightFailure:                    {403, "", "CORS not enabled or no matching rule found for this request."},
	CodeNoPendingCopyOperation:                  {409, "", "There is currently no pending copy operation."},
	CodeLeaseIDMismatchWithContainer:            {412, "", "The lease ID specified did not match the lease ID for the container."},
	CodeLeaseNotPresentWithContainer:            {412, "", "There is currently no lease on the container."},
	lake.CodeSnapshotsPresent:                   {409, "", "This operation is not permitted because the blob has snapshots."},
	lake.CodeLeaseAlreadyPresent:                {409, "", "There is already a lease present."},
	lake.CodeLeaseIDMismatchWithLease:           {409, "", "The lease ID specified did not match the lease ID for the resource with the specified lease operation."},
	lake.CodeLeaseNotPresentWithLease:           {409, "", "There is currently no lease on the resource."},
	lake.CodeLeaseIsBreakingAndCannotBeAcquired: {409, "", "The lease ID matched, but the lease is currently in breaking state and cannot be acquired until it is broken."},
	lake.CodeLeaseIsBreakingAndCannotBeChanged:  {409, "", "The lease ID matched, but the lease is currently in breaking state and cannot be changed."},
	lake.CodeLeaseIsBrokenAndCannotBeRenewed:    {409, "", "The lease ID matched, but the lease has been broken explicitly and cannot be renewed."},
	lake.CodeLeaseIDMissing:                     {412, "", "There is currently a lease on the resource and no lease ID was specified in the request."},
	lake.CodeLeaseIDMismatch:                    {412, "", "The lease ID specified did not match the lease ID for the resource."},
	lake.CodeLeaseNotPresent:                    {412, "", "There is currently no lease on the resource."},
	lake.CodeLeaseLost:                          {412, "", "A lease ID was specified, but the lease for the resource has expired."},
	CodeInvalidXMLNodeValue:                     {400, "", "The XML node value specified is not in the correct format."},
	CodeInternalError:                           {500, "", "Server encountered an internal error. Please try again after some time."},
	CodeServerBusy:                              {503, "", "The server is currently unable to receive requests. Please retry your request."},
}

// codeOfKind gives an error without a known code the one that fits its kind.
var codeOfKind = map[errs.Kind]errs.Code{
	errs.NotFound:     CodeResourceNotFound,
	errs.Exists:       lake.CodePathAlreadyExists,
	errs.Invalid:      lake.CodeInvalidInput,
	errs.Permission:   CodeAuthenticationFailed,
	errs.Unauthorized: CodeAuthenticationFailed,
	errs.Precondition: lake.CodeConditionNotMet,
	errs.Conflict:     lake.CodePathConflict,
	errs.Unavailable:  CodeServerBusy,
	errs.Canceled:     CodeServerBusy,
}

// Failure is an error as the wire shows it.
type Failure struct {
	Status  int
	Code    string
	Message string
	// Detail explains a failed authentication, as the service does for whoever debugs a signature.
	Detail string
}

// FailureOf translates an error for an endpoint. Failures of our own say nothing of their cause: that is for
// the log.
func FailureOf(e Endpoint, err error) Failure {
	code := errs.CodeOf(err)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		code = CodeRequestBodyTooLarge
	}
	a, ok := answers[code]
	if !ok {
		if code, ok = codeOfKind[errs.KindOf(err)]; !ok {
			code = CodeInternalError
		}
		a = answers[code]
	}
	f := Failure{Status: a.status, Code: string(code), Message: a.message}
	if e == Blob && a.blob != "" {
		f.Code = string(a.blob)
		f.Message = strings.NewReplacer("filesystem", "container", "specified path", "specified blob").Replace(f.Message)
	}
	notTaken := code == CodeInvalidAuthenticationInfo && errs.Is(err, errs.Unauthorized)
	if notTaken {
		// A token that is not taken; a header that is none is a bad request.
		f.Status = http.StatusUnauthorized
		f.Message = "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
	}
	switch {
	case code == CodeAuthenticationFailed, notTaken:
		f.Detail = err.Error()
	case a.status < http.StatusInternalServerError || code == CodeNotImplemented || code == lake.CodeInsufficientStorage:
		f.Message += " " + err.Error()
	}
	return f
}

// authenticateHeader is what asks a caller who it is.
const authenticateHeader = "WWW-Authenticate"

// has reports whether [Set] has set a header, in whatever case.
func has(h http.Header, name string) bool { return len(h[name]) > 0 }

type xmlError struct {
	XMLName xml.Name `xml:"Error"`
	Code    string   `xml:"Code"`
	Message string   `xml:"Message"`
	Detail  string   `xml:"AuthenticationErrorDetail,omitempty"`
}

type jsonError struct {
	Code    string           `json:"code"`
	Message string           `json:"message"`
	Detail  *jsonErrorDetail `json:"detail,omitempty"`
}

type jsonErrorDetail struct {
	AuthenticationErrorDetail string `json:"AuthenticationErrorDetail"`
}

// WriteError answers a request with an error. The answer to HEAD, and 304, have no body. A read whose
// If-None-Match or If-Modified-Since does not hold is answered 304, as HTTP asks.
func WriteError(w http.ResponseWriter, r *http.Request, e Endpoint, err error) Failure {
	f := FailureOf(e, err)
	if f.Code == string(lake.CodeConditionNotMet) && notModified(r) {
		f.Status = http.StatusNotModified
	}
	h := w.Header()
	Set(h, "x-ms-error-code", f.Code)
	if f.Code == string(CodeNoAuthenticationInformation) && !has(h, authenticateHeader) {
		Set(h, authenticateHeader, "SharedKey")
	}
	delete(h, "Content-Length")
	if r.Method == http.MethodHead || f.Status == http.StatusNotModified {
		w.WriteHeader(f.Status)
		return f
	}
	f.Message += "\nRequestId:" + h.Get(RequestIDHeader)
	body, contentType := f.body(e)
	Set(h, "Content-Type", contentType)
	Set(h, "Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(f.Status)
	_, _ = w.Write(body)
	return f
}

func notModified(r *http.Request) bool {
	h := r.Header
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && h.Get("If-Match") == "" && h.Get("If-Unmodified-Since") == "" &&
		(h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != "")
}

func (f Failure) body(e Endpoint) (body []byte, contentType string) {
	if e == Blob {
		body, err := xml.Marshal(xmlError{Code: f.Code, Message: f.Message, Detail: f.Detail})
		if err != nil {
			panic(err) // three strings always marshal
		}
		return append([]byte(xml.Header), body...), "application/xml"
	}
	j := jsonError{Code: f.Code, Message: f.Message}
	if f.Detail != "" {
		j.Detail = &jsonErrorDetail{f.Detail}
	}
	body, err := json.Marshal(map[string]jsonError{"error": j})
	if err != nil {
		panic(err) // three strings always marshal
	}
	return body, "application/json;charset=utf-8"
}
