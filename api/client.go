package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Client calls the API. Its errors are of type *errs.Error with the kind, code and hint that the server gave; a server
// that cannot be reached is Unavailable. It is safe for concurrent use.
type Client struct {
	address string
	token   string
	http    *http.Client
}

// ClientOptions say which server to call.
type ClientOptions struct {
	Address string // such as "http://127.0.0.1:10010", without [BasePath]
	Token   string
	// Transport carries the requests: [InProcess], or nil for the network.
	Transport http.RoundTripper
}

// NewClient makes a client. It sends nothing yet.
func NewClient(o ClientOptions) *Client {
	transport := o.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	// No timeout: exports and checks of far accounts take their time, and callers give a context.
	return &Client{address: strings.TrimSuffix(o.Address, "/"), token: o.Token, http: &http.Client{Transport: transport}}
}

// Version says which ownlake answers.
func (c *Client) Version(ctx context.Context) (v VersionInfo, err error) {
	return v, c.get(ctx, &v, nil, "version")
}

// SignInLink makes a link that signs in once.
func (c *Client) SignInLink(ctx context.Context) (link SignInLink, err error) {
	return link, c.send(ctx, http.MethodPost, nil, &link, nil, "session", "links")
}

// Regions lists the regions an environment can have.
func (c *Client) Regions(ctx context.Context) (list []insights.RegionInfo, err error) {
	return list, c.get(ctx, &list, nil, "regions")
}

// ApplyProject makes an environment, found by its name or created, and its definitions those given. If a
// prerequisite stops the creation, the result holds the outcomes.
func (c *Client) ApplyProject(ctx context.Context, q insights.EnvironmentRequest, d insights.Definitions) (AppliedProject, error) {
	var result AppliedProject
	err := c.send(ctx, http.MethodPut, projectBody{newEnvironmentBody(q), d}, &result, nil, "project")
	if err != nil {
		result.Prerequisites = prerequisitesOf(err)
	}
	return result, err
}

// Environments lists the environments.
func (c *Client) Environments(ctx context.Context) (list []insights.Environment, err error) {
	return list, c.get(ctx, &list, nil, "environments")
}

// Environment returns one environment.
func (c *Client) Environment(ctx context.Context, id insights.EnvironmentID) (env insights.Environment, err error) {
	return env, c.get(ctx, &env, nil, "environments", string(id))
}

// CreateEnvironment checks and creates. The outcomes are returned in both cases.
func (c *Client) CreateEnvironment(ctx context.Context, q insights.EnvironmentRequest) (insights.Environment, []insights.Prerequisite, error) {
	var result CreatedEnvironment
	err := c.send(ctx, http.MethodPost, newEnvironmentBody(q), &result, nil, "environments")
	if err != nil {
		return result.Environment, prerequisitesOf(err), err
	}
	return result.Environment, result.Prerequisites, nil
}

// CheckEnvironment asks the prerequisites.
func (c *Client) CheckEnvironment(ctx context.Context, q insights.EnvironmentRequest) (lines []insights.Prerequisite, err error) {
	return lines, c.send(ctx, http.MethodPost, newEnvironmentBody(q), &lines, nil, "environments", "check")
}

// ConnectAccount finds the environments of an account. The outcomes are returned in both cases.
func (c *Client) ConnectAccount(ctx context.Context, q insights.ConnectionRequest) (ConnectedAccount, error) {
	var result ConnectedAccount
	err := c.send(ctx, http.MethodPost, newConnectionBody(q), &result, nil, "environments", "connect")
	if err != nil {
		result.Prerequisites = prerequisitesOf(err)
	}
	return result, err
}

// UpdateConnection changes by what the account of an environment is reached. The outcomes are returned in both cases.
func (c *Client) UpdateConnection(ctx context.Context, id insights.EnvironmentID, q insights.ConnectionRequest) ([]insights.Prerequisite, error) {
	var lines []insights.Prerequisite
	err := c.send(ctx, http.MethodPut, newConnectionBody(q), &lines, nil, "environments", string(id), "connection")
	if err != nil {
		return prerequisitesOf(err), err
	}
	return lines, nil
}

// BeginCloudSignIn starts a sign-in to the cloud of an account of one's own.
func (c *Client) BeginCloudSignIn(ctx context.Context, q insights.SignInRequest) (s insights.SignIn, err error) {
	return s, c.send(ctx, http.MethodPost, cloudSignInBody{
		Method: q.Method, Cloud: q.Cloud, Tenant: q.Tenant, ManagerToken: q.ManagerToken.Reveal(),
		StorageToken: q.StorageToken.Reveal(), GraphToken: q.GraphToken.Reveal(),
	}, &s, nil, "cloud-sign-ins")
}

// EndCloudSignIn forgets a sign-in.
func (c *Client) EndCloudSignIn(ctx context.Context, id insights.SignInID) error {
	return c.send(ctx, http.MethodDelete, nil, nil, nil, "cloud-sign-ins", string(id))
}

// DeleteEnvironment deletes an environment whose name is repeated.
func (c *Client) DeleteEnvironment(ctx context.Context, id insights.EnvironmentID, confirmName string) (removed insights.RemovedEnvironment, err error) {
	return removed, c.send(ctx, http.MethodDelete, nil, &removed, url.Values{"confirm": {confirmName}}, "environments", string(id))
}

// Status returns the state of an environment.
func (c *Client) Status(ctx context.Context, id insights.EnvironmentID) (s Status, err error) {
	return s, c.get(ctx, &s, nil, "environments", string(id), "status")
}

// Definitions returns what is declared for an environment.
func (c *Client) Definitions(ctx context.Context, id insights.EnvironmentID) (d insights.Definitions, err error) {
	return d, c.get(ctx, &d, nil, "environments", string(id), "definitions")
}

// Apply declares sources and unification.
func (c *Client) Apply(ctx context.Context, id insights.EnvironmentID, d insights.Definitions) (a insights.Applied, err error) {
	return a, c.send(ctx, http.MethodPut, d, &a, nil, "environments", string(id), "definitions")
}

// Sources lists the data sources of an environment.
func (c *Client) Sources(ctx context.Context, id insights.EnvironmentID) (list []insights.DataSource, err error) {
	return list, c.get(ctx, &list, nil, "environments", string(id), "sources")
}

// Inspect looks at the files of a source, or of one table of it.
func (c *Client) Inspect(ctx context.Context, id insights.EnvironmentID, ds insights.DataSource, table string) (list []insights.TableInspection, err error) {
	return list, c.send(ctx, http.MethodPost, inspectBody{ds, table}, &list, nil, "environments", string(id), "sources", "inspect")
}

// Runs lists the newest runs, limit of them at most; 0 means all.
func (c *Client) Runs(ctx context.Context, id insights.EnvironmentID, limit int) (list []insights.Run, err error) {
	return list, c.get(ctx, &list, url.Values{"limit": {strconv.Itoa(limit)}}, "environments", string(id), "runs")
}

// StartRun starts a run and returns at once.
func (c *Client) StartRun(ctx context.Context, id insights.EnvironmentID, o insights.RunOptions) (run insights.Run, err error) {
	return run, c.send(ctx, http.MethodPost, o, &run, nil, "environments", string(id), "runs")
}

// Run returns a run as it is now.
func (c *Client) Run(ctx context.Context, id insights.EnvironmentID, run insights.RunID) (r insights.Run, err error) {
	return r, c.get(ctx, &r, nil, "environments", string(id), "runs", string(run))
}

// CancelRun asks a run to stop and returns it as it is then.
func (c *Client) CancelRun(ctx context.Context, id insights.EnvironmentID, run insights.RunID) (r insights.Run, err error) {
	return r, c.send(ctx, http.MethodPost, nil, &r, nil, "environments", string(id), "runs", string(run), "cancel")
}

// Tables lists the tables of an environment.
func (c *Client) Tables(ctx context.Context, id insights.EnvironmentID) (list []insights.Snapshot, err error) {
	return list, c.get(ctx, &list, nil, "environments", string(id), "tables")
}

// Rows returns the first rows of a table.
func (c *Client) Rows(ctx context.Context, id insights.EnvironmentID, table string, limit int) (rows insights.Rows, err error) {
	return rows, c.get(ctx, &rows, url.Values{"limit": {strconv.Itoa(limit)}}, "environments", string(id), "tables", table, "rows")
}

// Export copies a table to w as one file and returns the number of bytes. An error after the first byte leaves
// half a file in w.
func (c *Client) Export(ctx context.Context, id insights.EnvironmentID, table string, format insights.DataFormat, w io.Writer) (int64, error) {
	resp, err := c.do(ctx, http.MethodGet, nil, url.Values{"format": {string(format)}}, "environments", string(id), "tables", table, "export")
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, resp.Body)
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return n, errs.E(errs.Op("api.Client.Export"), transportKind(err), errs.Item(table), "the export ended early", err)
	}
	return n, nil
}

func (c *Client) get(ctx context.Context, into any, query url.Values, path ...string) error {
	return c.send(ctx, http.MethodGet, nil, into, query, path...)
}

// send makes a request and decodes the answer.
func (c *Client) send(ctx context.Context, method string, body, into any, query url.Values, path ...string) error {
	resp, err := c.do(ctx, method, body, query, path...)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusNoContent {
		err = decodeBody(resp.Body, into)
	}
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return errs.E(errs.Op("api.Client"), transportKind(err), errs.Item(c.address), "the server's answer cannot be read", err)
	}
	return nil
}

// decodeBody reads one JSON value. Numbers of table rows stay as they were written.
func decodeBody(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	return d.Decode(into)
}

// do makes a request. The caller closes the body of the answer, which is a success.
func (c *Client) do(ctx context.Context, method string, body any, query url.Values, path ...string) (*http.Response, error) {
	const op errs.Op = "api.Client"
	req, err := c.request(ctx, method, body, query, path)
	if err != nil {
		return nil, errs.E(op, errs.Internal, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, errs.E(op, transportKind(err), errs.Item(c.address), errs.Hint("see whether the server is running: ownlake serve"), err)
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	return nil, errs.E(op, readProblem(resp))
}

func (c *Client) request(ctx context.Context, method string, body any, query url.Values, path []string) (*http.Request, error) {
	target, err := url.Parse(c.address + BasePath)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = url.PathEscape(name)
	}
	target = target.JoinPath(names...)
	target.RawQuery = query.Encode()
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// transportKind is the kind of a failure on the way.
func transportKind(err error) errs.Kind {
	if errors.Is(err, context.Canceled) {
		return errs.Canceled
	}
	return errs.Unavailable
}

// maxProblem bounds what is read of a failure's body.
const maxProblem = 4 << 20

// readProblem turns a failure's answer back into the error it was made from.
func readProblem(resp *http.Response) error {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	var p Problem
	if err != nil || json.Unmarshal(data, &p) != nil || p.Kind == "" {
		return errs.E(kindOfStatus(resp.StatusCode), fmt.Sprintf("the server answered %s", resp.Status), err)
	}
	kind, known := errs.ParseKind(p.Kind)
	if !known {
		kind = kindOfStatus(resp.StatusCode)
	}
	return withPrerequisites(p.Prerequisites, errs.E(kind, errs.Code(p.Code), errs.Hint(p.Hint), p.cause()))
}

// cause is the error behind a problem document: its list of problems, if it has one.
func (p *Problem) cause() error {
	if len(p.Errors) == 0 {
		return errors.New(p.Detail)
	}
	problems := make(insights.Problems, len(p.Errors))
	for i, e := range p.Errors {
		problems[i] = insights.Problem{Path: e.Location, Message: e.Message, Hint: e.Hint}
	}
	return &insights.ProblemsError{Problems: problems}
}

// prerequisitesOf returns the outcomes that an error carries.
func prerequisitesOf(err error) []insights.Prerequisite {
	if stopped, ok := errors.AsType[*prerequisitesError](err); ok {
		return stopped.lines
	}
	return nil
}
