package microsoft

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/ownlake/ownlake/errs"
)

// graph calls Microsoft Graph v1.0.
type graph struct {
	base     string // with /v1.0
	scope    string
	pipeline runtime.Pipeline
}

func newGraph(o Options) graph {
	scope := o.Cloud.Graph + "/.default"
	c := o.client()
	return graph{base: o.Cloud.Graph + "/v1.0", scope: scope, pipeline: runtime.NewPipeline("ownlake", "", runtime.PipelineOptions{
		PerRetry: []policy.Policy{runtime.NewBearerTokenPolicy(o.credential(), []string{scope}, nil)},
	}, &c)}
}

// query are the query options of a request.
type query map[string]string

// address is below /v1.0, of segments that are escaped as they need it.
func (g graph) address(q query, segments ...string) string {
	var b strings.Builder
	b.WriteString(g.base)
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	separator := "?"
	for name, value := range q {
		// Graph does not take "+" for a space in every option.
		b.WriteString(separator + name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
		separator = "&"
	}
	return b.String()
}

// do sends a request, with a body unless that is nil, and reads the answer into a value unless that is nil.
func (g graph) do(ctx context.Context, method, address string, body, into any) error {
	req, err := runtime.NewRequest(ctx, method, address)
	if err != nil {
		return errs.E(errs.Invalid, err)
	}
	req.Raw().Header.Set("Accept", "application/json")
	if body != nil {
		if err := runtime.MarshalAsJSON(req, body); err != nil {
			return err
		}
	}
	resp, err := g.pipeline.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if !runtime.HasStatusCode(resp, http.StatusOK, http.StatusCreated, http.StatusNoContent) {
		return runtime.NewResponseError(resp)
	}
	if into == nil {
		return nil
	}
	text, err := runtime.Payload(resp)
	if err != nil {
		return unanswered(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return errs.E(errs.Unavailable, "the service answers what is not JSON", err)
	}
	return nil
}

// maxPages is far more than the owners, members or groups of one name of any tenant fill.
const maxPages = 10_000

// list reads all pages of a collection.
func list[T any](ctx context.Context, g graph, address string) ([]T, error) {
	all := []T{}
	for range maxPages {
		var page struct {
			Value []T    `json:"value"`
			Next  string `json:"@odata.nextLink"`
		}
		if err := g.do(ctx, http.MethodGet, address, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Value...)
		if page.Next == "" {
			return all, nil
		}
		if !g.owns(page.Next) {
			return nil, errs.E(errs.Unavailable, "the service sends the list's next page to another host")
		}
		address = page.Next
	}
	return nil, errs.E(errs.Unavailable, "the service's list does not end")
}

// owns reports whether an address that the service named is one of its own, which may have our token.
func (g graph) owns(address string) bool {
	u, err := url.Parse(address)
	own, ownErr := url.Parse(g.base)
	return err == nil && ownErr == nil && u.Scheme == own.Scheme && strings.EqualFold(u.Host, own.Host) && u.User == nil
}

// text writes a text as filters have it.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// onceUnlessThrottled makes a request that must not be done twice: it is repeated where the service says that it did not
// do it, and not where there was no answer.
func onceUnlessThrottled(ctx context.Context, o policy.RetryOptions) context.Context {
	o.ShouldRetry = func(resp *http.Response, err error) bool {
		return err == nil && resp.StatusCode == http.StatusTooManyRequests
	}
	return policy.WithRetryOptions(ctx, o)
}
