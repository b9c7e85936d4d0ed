package azurestore

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func TestAnswersOfBothEndpointsBecomeTheKindsAndCodesOfTheLake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		sent   string
		kind   errs.Kind
		code   errs.Code
	}{
		{404, "ContainerNotFound", errs.NotFound, lake.CodeFilesystemNotFound},
		{404, "FilesystemNotFound", errs.NotFound, lake.CodeFilesystemNotFound},
		{404, "BlobNotFound", errs.NotFound, lake.CodePathNotFound},
		{404, "PathNotFound", errs.NotFound, lake.CodePathNotFound},
		{404, "", errs.NotFound, lake.CodePathNotFound},
		{409, "ContainerAlreadyExists", errs.Exists, lake.CodeFilesystemAlreadyExists},
		{409, "BlobAlreadyExists", errs.Exists, lake.CodePathAlreadyExists},
		{409, "PathAlreadyExists", errs.Exists, lake.CodePathAlreadyExists},
		{409, "DirectoryNotEmpty", errs.Conflict, lake.CodeDirectoryNotEmpty},
		{412, "ConditionNotMet", errs.Precondition, lake.CodeConditionNotMet},
		{412, "SourceConditionNotMet", errs.Precondition, lake.CodeSourceConditionNotMet},
		{304, "", errs.Precondition, lake.CodeConditionNotMet},
		{416, "InvalidRange", errs.Invalid, lake.CodeInvalidRange},
		{400, "InvalidBlockList", errs.Invalid, lake.CodeInvalidBlockList},
		{400, "Md5Mismatch", errs.Invalid, lake.CodeMD5Mismatch},
		{403, "AuthenticationFailed", errs.Unauthorized, "AuthenticationFailed"},
		{401, "NoAuthenticationInformation", errs.Unauthorized, "NoAuthenticationInformation"},
		{403, "AuthorizationFailure", errs.Permission, "AuthorizationFailure"},
		{403, "AuthorizationPermissionMismatch", errs.Permission, "AuthorizationPermissionMismatch"},
		{507, "InsufficientStorage", errs.Unavailable, lake.CodeInsufficientStorage},
		{501, "NotImplemented", errs.Unavailable, "NotImplemented"},
	} {
		t.Run(strconv.Itoa(c.status)+c.sent, func(t *testing.T) {
			t.Parallel()
			s := fakeService(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.sent != "" {
					w.Header().Set("x-ms-error-code", c.sent)
				}
				w.WriteHeader(c.status)
			})
			_, err := s.Properties(t.Context(), "fs1", "a", lake.Conditions{IfNoneMatch: "e"})
			if errs.KindOf(err) != c.kind || errs.CodeOf(err) != c.code {
				t.Errorf("got kind %v and code %q, want %v and %q (%v)", errs.KindOf(err), errs.CodeOf(err), c.kind, c.code, err)
			}
		})
	}
}

func TestAnErrorSaysWhatTheServiceSaidOnOneLine(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"dfs":  `{"error":{"code":"PathConflict","message":"The directory is busy.\nRequestId:1\nTime:2"}}`,
		"blob": "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>PathConflict</Code><Message>The directory is busy.\nRequestId:1\nTime:2</Message></Error>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fakeService(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("x-ms-error-code", "PathConflict")
				w.WriteHeader(http.StatusConflict)
				_, _ = w.Write([]byte(body))
			})
			err := s.Delete(t.Context(), "fs1", "a", lake.DeleteOptions{})
			if got, want := err.Error(), "fs1/a: The directory is busy."; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestAnAddressWhereNobodyListensIsNamedInTheHint(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Endpoint: "http://" + address, Account: "acct", Key: testKey, RetryDelay: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Account(t.Context())
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(string(errs.HintOf(err)), address) {
		t.Errorf("got %v with hint %q, want kind unavailable and a hint with %s", err, errs.HintOf(err), address)
	}
}

func TestAServerThatIsNoStorageAccountIsSaidToBeNone(t *testing.T) {
	t.Parallel()
	serve := func(start func(*httptest.Server), answer http.HandlerFunc) string {
		server := httptest.NewUnstartedServer(answer)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		start(server)
		t.Cleanup(server.Close)
		return strings.Replace(server.URL, "https:", "http:", 1)
	}
	for name, endpoint := range map[string]string{
		"404":              serve((*httptest.Server).Start, http.NotFound),
		"a page":           serve((*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }),
		"TLS, without TLS": serve((*httptest.Server).StartTLS, http.NotFound),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(Options{Endpoint: endpoint, Account: "acct", Key: testKey})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Account(t.Context())
			if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "is not a storage account") {
				t.Errorf("got %v of kind %v, want kind unavailable, and that this is not a storage account", err, errs.KindOf(err))
			}
		})
	}
}

func TestACancelledCallIsCanceledAndNotUnavailable(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	s := fakeService(t, func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := s.Properties(ctx, "fs1", "a", lake.Conditions{}); !errs.Is(err, errs.Canceled) {
		t.Errorf("got %v of kind %v, want kind canceled", err, errs.KindOf(err))
	}
}

func TestARootDirectoryIsNeverTakenForItsFilesystem(t *testing.T) {
	t.Parallel()
	s := fakeService(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the service was asked %s %s", r.Method, r.URL)
	})
	root := lake.Location{Filesystem: "fs1"}
	ctx := t.Context()
	_, created := s.Create(ctx, "fs1", "", lake.CreateOptions{IsDirectory: true})
	_, put := s.PutBlob(ctx, "fs1", "", strings.NewReader(""), lake.PutBlobOptions{})
	_, set := s.SetProperties(ctx, "fs1", "", lake.PropertyUpdate{Metadata: &lake.Metadata{}}, lake.Conditions{})
	_, renamed := s.Rename(ctx, root, lake.Location{Filesystem: "fs1", Path: "a"}, lake.RenameOptions{})
	_, read := s.Read(ctx, "fs1", "", lake.ReadOptions{})
	for name, err := range map[string]error{
		"Create": created, "PutBlob": put, "SetProperties": set, "Rename": renamed, "Read": read,
		"Delete": s.Delete(ctx, "fs1", "", lake.DeleteOptions{Recursive: true}),
	} {
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: got %v, want kind invalid", name, err)
		}
	}
}
