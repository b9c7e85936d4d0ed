package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/catalog"
	"github.com/ownlake/ownlake/insights/source"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// fakeLakes have one account, in memory, with the environment's folder, another one's, and a container "raw".
type fakeLakes struct{ store lake.Store }

// noLakes have no account.
type noLakes struct{}

func (noLakes) Store(context.Context, insights.Environment) (lake.Store, error) {
	return nil, errs.E(errs.Unavailable, "the account is gone")
}

func (noLakes) Account(context.Context, insights.EnvironmentID) (lake.Store, error) {
	return nil, errs.E(errs.Unavailable, "the account is gone")
}

const endpoint = "https://contoso.dfs.core.windows.net"

func newLakes(t *testing.T) fakeLakes {
	t.Helper()
	store, err := localstore.Open(localstore.Options{
		FS: vfs.NewMem(), Dir: "lake", Clock: func() time.Time { return start }, Logger: slog.New(slog.DiscardHandler),
		Account: lake.AccountProperties{Name: "contoso", Endpoint: endpoint},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	for fs, files := range map[lake.Filesystem][]lake.Path{
		insights.Container: {id.Folder().Join("Merge", "a.csv"), "ci_other/secret.csv"}, "raw": {"in.csv"},
	} {
		if _, err := store.CreateFilesystem(t.Context(), fs, lake.CreateFilesystemOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, p := range files {
			if _, err := store.PutBlob(t.Context(), fs, p, strings.NewReader("0123456789"), lake.PutBlobOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return fakeLakes{store}
}

func (f fakeLakes) Store(context.Context, insights.Environment) (lake.Store, error) {
	return catalog.Scoped(f.store, insights.Container, id.Folder()), nil
}

func (f fakeLakes) Account(context.Context, insights.EnvironmentID) (lake.Store, error) {
	return f.store, nil
}

// withLakes is an API on a lake, and browsers of somebody with the role and of somebody on the machine.
func withLakes(t *testing.T, role insights.Role) (somebody *browser, o *api.Options) {
	t.Helper()
	opts := options(&fakeServices{})
	opts.Services.Lakes = newLakes(t)
	opts.Locate = func(location string) (api.Place, error) {
		p, err := source.Locate(location)
		return api.Place{Local: p.Local, Endpoint: p.Endpoint, Container: string(p.Filesystem), Path: p.Path}, err
	}
	opts.SourceFolders = []string{t.TempDir()}
	assign(t, opts, id, ann, role)
	b := newBrowser(t, api.New(opts))
	b.signInAs(opts, insights.Principal{Kind: insights.UserPrincipal, ID: ann})
	return b, &opts
}

const own = env + "/lake/customerinsights"

func TestTheLakeIsSeenAsFarAsRolesGo(t *testing.T) {
	t.Parallel()
	b, _ := withLakes(t, insights.Administrator)
	folder := string(id.Folder())
	if info := decode[api.LakeInfo](t, b.want(200, "GET", env+"/lake", "")); info.Whole || len(info.Containers) != 1 || info.Folder != folder {
		t.Errorf("an administrator of the environment sees %+v", info)
	}
	if info := decode[api.LakeInfo](t, b.want(200, "GET", env+"/lake", "", asMachine)); !info.Whole || len(info.Containers) != 2 {
		t.Errorf("an administrator of the server sees %+v", info)
	}
	page := decode[api.LakePage](t, b.want(200, "GET", own+"?path="+folder, ""))
	if len(page.Items) != 1 || page.Items[0].Name != "Merge" || !page.Items[0].Directory {
		t.Errorf("the folder holds %+v", page.Items)
	}
	for _, path := range []string{own + "?path=", own + "?path=ci_other", own + "/file?path=ci_other/secret.csv", own + "/file?path=" + folder + "/../ci_other/secret.csv", env + "/lake/raw"} {
		if w := b.do("GET", path, ""); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s answers %d: %s", path, w.Code, w.Body)
		}
	}
	b.want(200, "GET", own+"/file?path=ci_other/secret.csv", "", asMachine)
}

func TestFilesAreReadByRange(t *testing.T) {
	t.Parallel()
	b, _ := withLakes(t, insights.Viewer)
	file := own + "/file?path=" + string(id.Folder()) + "/Merge/a.csv"
	for header, want := range map[string]string{"": "0123456789", "bytes=2-4": "234", "bytes=8-": "89", "bytes=-3": "789", "bytes=5-99": "56789", "lines=1-2": "0123456789"} {
		w := b.do("GET", file, "", func(r *http.Request) { r.Header.Set("Range", header) })
		if w.Body.String() != want || (w.Code == http.StatusPartialContent) != (len(want) < 10) {
			t.Errorf("range %q: status %d, %q; want %q", header, w.Code, w.Body, want)
		}
		if kind := w.Header().Get("Content-Type"); kind != "application/octet-stream" {
			t.Errorf("the content's type is %q; a browser must not run what a lake holds", kind)
		}
	}
	b.want(416, "GET", file, "", func(r *http.Request) { r.Header.Set("Range", "bytes=10-") })
	b.want(404, "GET", file+"x", "")
	b.want(403, "PUT", file, "new")
}

func TestFilesAreWrittenRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	b, _ := withLakes(t, insights.Administrator)
	dir := string(id.Folder()) + "/New"
	b.want(201, "POST", own+"/directories", `{"path":"`+dir+`"}`)
	b.want(200, "PUT", own+"/file?path="+dir+"/a.csv", "abc")
	e := decode[api.LakeEntry](t, b.want(200, "GET", own+"/entry?path="+dir+"/a.csv", ""))
	if e.Bytes != 3 || e.ETag == "" {
		t.Errorf("the file is %+v", e)
	}
	b.want(412, "PUT", own+"/file?path="+dir+"/a.csv", "abc", header("If-Match", `"0x8D"`))
	b.want(409, "PUT", own+"/file?path="+dir+"/a.csv", "abc", header("If-None-Match", "*"))
	b.want(200, "POST", own+"/rename", `{"from":"`+dir+`/a.csv","to":"`+dir+`/b.csv"}`)
	b.want(200, "PUT", own+"/file?path="+dir+"/c.csv", "abc")
	b.want(409, "POST", own+"/rename", `{"from":"`+dir+`/c.csv","to":"`+dir+`/b.csv"}`)
	acl := decode[api.LakeAccess](t, b.want(200, "GET", own+"/acl?path="+dir, ""))
	if len(acl.Entries) < 3 || acl.Owner == "" {
		t.Errorf("the list is %+v", acl)
	}
	b.want(409, "DELETE", own+"/entry?path="+dir, "")
	b.want(204, "DELETE", own+"/entry?path="+dir+"&recursive=true", "")
	b.want(404, "GET", own+"/entry?path="+dir, "")
}

func TestFilesAreUploadedForDataSources(t *testing.T) {
	t.Parallel()
	b, _ := withLakes(t, insights.Contributor)
	u := decode[api.Upload](t, b.want(200, "PUT", env+"/uploads/my%20contacts.csv", "id\n1\n"))
	if want := endpoint + "/customerinsights/" + string(id.Folder()) + "/Uploads/my%20contacts.csv"; u.Location != want || u.Bytes != 5 {
		t.Errorf("the upload is %+v, want 5 bytes at %s", u, want)
	}
	if list := decode[[]api.Upload](t, b.want(200, "GET", env+"/uploads", "")); len(list) != 1 || list[0] != u {
		t.Errorf("the uploads are %+v, want %+v", list, u)
	}
	b.want(200, "POST", env+"/sources/inspect", `{"source":{"name":"CRM","tables":[{"name":"Contacts","location":"`+u.Location+`"}]}}`)
	for _, name := range []string{"..", "a%2Fb", "%2e%2e%2fx", "a*b", ".hidden"} {
		if w := b.do("PUT", env+"/uploads/"+name, "x"); w.Code < 400 || w.Code >= 500 {
			t.Errorf("upload as %s answers %d: %s", name, w.Code, w.Body)
		}
	}
}

func TestSourcesReadNothingThatTheirAuthorMayNotSee(t *testing.T) {
	t.Parallel()
	b, o := withLakes(t, insights.Contributor)
	allowed := o.SourceFolders[0]
	if err := os.Symlink("/etc", filepath.Join(allowed, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(allowed, "a.csv"), []byte("id\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for location, want := range map[string]int{
		"/etc/passwd":            403,
		allowed + "/a.csv":       200,
		allowed + "/*.csv":       200,
		allowed + "/link/passwd": 403,
		allowed + "/../../etc/*": 403,
		"relative.csv":           403,
		endpoint + "/customerinsights/ci_other/secret.csv":                       403,
		endpoint + "/customerinsights/*/secret.csv":                              403,
		endpoint + "/customerinsights/" + string(id.Folder()) + "/Uploads/a.csv": 200,
		endpoint + "/raw/in.csv":                                                 200, // it is the environment's own account
		"https://other.dfs.core.windows.net/raw/in.csv":                          403,
		"abfss://customerinsights@contoso.dfs.core.windows.net/ci_other/x.csv":   403,
	} {
		ds := `{"name":"CRM","tables":[{"name":"Contacts","location":"` + location + `"}]}`
		b.want(want, "POST", env+"/sources/inspect", `{"source":`+ds+`}`)
		b.want(want, "PUT", env+"/definitions", `{"sources":[`+ds+`]}`)
		b.want(200, "POST", env+"/sources/inspect", `{"source":`+ds+`}`, asMachine)
	}
	b.want(200, "PUT", env+"/definitions", `{"sources":[{"name":"CRM","folder":"/cdm"}]}`) // it is declared already
	b.want(403, "PUT", env+"/definitions", `{"sources":[{"name":"CRM","folder":"/elsewhere"}]}`)
}

func TestARunIsFollowed(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newHandler(&fakeServices{}))
	w := b.want(200, "GET", env+"/runs/"+string(runID)+"/events", "", asMachine)
	text := w.Body.String()
	if !strings.HasPrefix(text, "event: run\ndata: {") || !strings.HasSuffix(text, "event: done\ndata: {\"status\":\"Completed with warnings\"}\n\n") {
		t.Errorf("the events are %s", text)
	}
	if kind := w.Header().Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("their type is %q", kind)
	}
	b.want(404, "GET", env+"/runs/x/events", "", asMachine)
}
