package relation_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/odata"
	"github.com/ownlake/ownlake/odata/relation"
)

// fakeTables are tables in a session, not in a lake.
type fakeTables struct {
	session   engine.Session
	snapshots []insights.Snapshot
}

func (f fakeTables) List(context.Context) ([]insights.Snapshot, error) { return f.snapshots, nil }

func (f fakeTables) Read(_ context.Context, s insights.Snapshot, use func(engine.Session, string) error) error {
	return use(f.session, engine.QuoteIdent(s.Table))
}

const people = `CREATE TABLE Customer AS SELECT * FROM (VALUES
	('c1', 'Ada',   'Byron',     36,   1.5::DOUBLE,  10.10::DECIMAL(10,2), true,  DATE '1815-12-10', TIME '08:30:00', TIMESTAMP '2024-01-01 10:00:00',        '0b1f6471-1bf0-4dda-aec3-cb9272f09590', 'k1'),
	('c2', 'Zoë',   NULL,        NULL, 'nan'::DOUBLE, NULL,               NULL,  NULL,              NULL,            TIMESTAMP '2024-01-01 10:00:00.25',     NULL,                                   'k2'),
	('c3', 'Alan',  'Turing',    41,   -2,           99.99,               false, DATE '1912-06-23', TIME '23:59:59', NULL,                                   '1b1f6471-1bf0-4dda-aec3-cb9272f09590', NULL),
	('c4', 'ada',   'O''Brien',  36,   1e300,        -0.01,               true,  DATE '1999-12-31', TIME '00:00:00', TIMESTAMP '1999-12-31 23:59:59.999999', NULL,                                   'k9')
) AS t(CustomerId, FirstName, "Last Name", Age, Score, Spent, Loyal, Born, Opens, Seen, Ref, shop_people_id)`

const shop = `CREATE TABLE shop_people AS SELECT * FROM (VALUES ('k1', 'x'), ('k2', 'y'), ('k9', 'z'), ('k3', 'w')) AS t(id, note)`

func newTables(tb testing.TB) fakeTables {
	tb.Helper()
	e, err := duckdb.New(duckdb.Options{Dir: tb.TempDir(), Threads: 2})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := e.Open(tb.Context(), engine.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	for _, sql := range []string{people, shop, "CREATE TABLE Pairs AS SELECT i AS a, i * 2 AS b FROM range(5) t(i)"} {
		if err := s.Exec(tb.Context(), sql); err != nil {
			tb.Fatal(err)
		}
	}
	text := func(name string) insights.Column { return insights.Column{Name: name, Type: insights.String} }
	return fakeTables{s, []insights.Snapshot{
		{Process: insights.Ingestion, Table: "shop_people", PrimaryKey: "id", Run: "r1", Columns: []insights.Column{text("id"), text("note")}},
		{Process: insights.Match, Table: "Pairs", Run: "r2", Columns: []insights.Column{{Name: "a", Type: insights.Int64}, {Name: "b", Type: insights.Int64}}},
		{Process: insights.Merge, Table: "Customer", PrimaryKey: "CustomerId", Run: "r3", Columns: []insights.Column{
			text("CustomerId"), text("FirstName"), text("Last Name"),
			{Name: "Age", Type: insights.Int64},
			{Name: "Score", Type: insights.Double},
			{Name: "Spent", Type: insights.Decimal, Precision: 10, Scale: 2},
			{Name: "Loyal", Type: insights.Boolean},
			{Name: "Born", Type: insights.Date},
			{Name: "Opens", Type: insights.Time},
			{Name: "Seen", Type: insights.DateTime},
			{Name: "Ref", Type: insights.GUID},
			text("shop_people_id"),
		}},
	}}
}

// client asks a service that is served over HTTP.
type client struct {
	tb   testing.TB
	base string
}

func serve(tb testing.TB, o relation.Options, pageSize int) client {
	tb.Helper()
	o.Clock = func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &odata.Service{Source: relation.New(o), Base: server.URL + "/data/", Path: "/data/", PageSize: pageSize, Log: func(_ context.Context, err error) { tb.Error(err) }}
		s.ServeHTTP(w, r)
	}))
	tb.Cleanup(server.Close)
	return client{tb, server.URL + "/data/"}
}

type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// get asks for a path; its query is escaped here.
func (c client) get(path string, header ...string) reply {
	c.tb.Helper()
	path, query, _ := strings.Cut(path, "?")
	address := path
	if !strings.HasPrefix(path, "http") {
		address = c.base + path
	}
	if query != "" {
		list := []string{}
		for item := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(item, "=")
			if !strings.Contains(value, "%") {
				value = strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
			}
			list = append(list, name+"="+value)
		}
		address += "?" + strings.Join(list, "&")
	}
	return c.do(http.MethodGet, address, header...)
}

func (c client) do(method, address string, header ...string) reply {
	c.tb.Helper()
	req, err := http.NewRequestWithContext(c.tb.Context(), method, address, http.NoBody)
	if err != nil {
		c.tb.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.tb.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, text: string(text)}
	_ = json.Unmarshal(text, &r.body) // metadata is XML
	return r
}

// keys are the values of a property in the rows of a reply, joined.
func (r reply) keys(property string) string {
	list, _ := r.body["value"].([]any)
	var keys []string
	for _, item := range list {
		row, _ := item.(map[string]any)
		text, _ := json.Marshal(row[property])
		keys = append(keys, strings.Trim(string(text), `"`))
	}
	return strings.Join(keys, " ")
}
