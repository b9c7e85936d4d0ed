package odata

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

const (
	version     = "4.0"
	contentJSON = "application/json"
	contentXML  = "application/xml"
)

// DefaultPageSize is how many rows a page has where nobody asks for fewer.
const DefaultPageSize = 1000

// Service answers requests of GET and HEAD from a source. It keeps nothing between requests, and is safe for concurrent use.
type Service struct {
	Source Source
	// Base is the address of the service document, with a slash at the end, as the caller of this request sees it.
	Base string
	// Path is the part of Base that requests' paths begin with.
	Path string
	// PageSize is the most rows of a page; 0 is [DefaultPageSize].
	PageSize int
	// NoSkip refuses $skip, as Dataverse does.
	NoSkip bool
	// ReadOnly is the error of requests that would change something; nil is [http.StatusMethodNotAllowed] with a text.
	ReadOnly error
	// Log, if not nil, is told failures that the caller gets no text of.
	Log func(context.Context, error)
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.serve(w, r); err != nil {
		if s.Log != nil && (errs.Is(err, errs.Internal) || errs.Is(err, errs.Other) || errs.Is(err, errs.Corrupt)) {
			s.Log(r.Context(), err)
		}
		Fail(w, err)
	}
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return s.refuse(w, r)
	}
	if v := r.Header.Get("OData-MaxVersion"); v != "" && v < version {
		return invalid("this service speaks version %s, and the request takes %s at most", version, shorten(v, 10))
	}
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), s.Path)
	if !ok {
		return notFound("there is no resource here")
	}
	m, err := s.Source.Model(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("OData-Version", version)
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return invalid("the query is not escaped as it must be")
	}
	switch path {
	case "":
		return s.document(w, r, m, values)
	case "$metadata":
		return s.metadata(w, r, m, values)
	case "$batch":
		return unimplemented("$batch is not served")
	}
	resource, err := parsePath(m, strings.TrimSuffix(path, "/"))
	if err != nil {
		return err
	}
	a := &answer{Service: s, request: r, model: m, w: w}
	return a.resource(resource, values)
}

// refuse answers what would change something.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request) error {
	if s.ReadOnly != nil {
		return s.ReadOnly
	}
	w.Header().Set("Allow", "GET, HEAD")
	return statusError{http.StatusMethodNotAllowed, errs.E(errs.Invalid, errs.Code("MethodNotAllowed"), r.Method+" is not served: the tables can be read only")}
}

// metadataLevel reads which control information the caller asks for, from $format or else from Accept.
func metadataLevel(r *http.Request, format string) (string, error) {
	accepted := format
	if accepted == "" {
		accepted = r.Header.Get("Accept")
	}
	if format == "json" || accepted == "" {
		return "minimal", nil
	}
	for item := range strings.SplitSeq(accepted, ",") {
		media, parameters, _ := strings.Cut(strings.ReplaceAll(item, " ", ""), ";")
		if media != contentJSON && media != "*/*" && media != "application/*" {
			continue
		}
		for p := range strings.SplitSeq(parameters, ";") {
			if _, level, ok := strings.Cut(p, "odata.metadata="); ok && (level == "none" || level == "full") {
				return level, nil
			}
			if level, ok := strings.CutPrefix(p, "metadata="); ok && (level == "none" || level == "full") {
				return level, nil
			}
		}
		return "minimal", nil
	}
	return "", statusError{http.StatusNotAcceptable, errs.E(errs.Invalid, errs.Code("NotAcceptable"), "rows are served as "+contentJSON)}
}

func (s *Service) document(w http.ResponseWriter, r *http.Request, m *Model, values url.Values) error {
	level, err := metadataLevel(r, values.Get("$format"))
	if err != nil {
		return err
	}
	list := []map[string]string{}
	for i := range m.Sets {
		list = append(list, map[string]string{"name": m.Sets[i].Name, "kind": "EntitySet", "url": m.Sets[i].Name})
	}
	doc := map[string]any{"value": list}
	if level != "none" {
		doc["@odata.context"] = s.Base + "$metadata"
	}
	return writeJSON(w, level, doc)
}

// metadata answers with XML unless JSON is asked for.
func (s *Service) metadata(w http.ResponseWriter, r *http.Request, m *Model, values url.Values) error {
	format := values.Get("$format")
	if format == "json" || format == contentJSON || format == "" && strings.HasPrefix(r.Header.Get("Accept"), contentJSON) {
		return writeJSON(w, "", metadataJSON(m))
	}
	text, err := metadataXML(m)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	w.Header().Set("Content-Type", contentXML+";charset=utf-8")
	_, _ = w.Write(text) // who hangs up needs no answer
	return nil
}

// WriteJSON answers with a document that is no row, such as what a function returns.
func WriteJSON(w http.ResponseWriter, doc any) error {
	w.Header().Set("OData-Version", version)
	return writeJSON(w, "minimal", doc)
}

func writeJSON(w http.ResponseWriter, level string, doc any) error {
	text, err := json.Marshal(doc)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	content := contentJSON
	if level != "" {
		content += ";odata.metadata=" + level
	}
	w.Header().Set("Content-Type", content+";charset=utf-8")
	_, _ = w.Write(text) // who hangs up needs no answer
	return nil
}

// pageSize is the most rows of a page: the caller may ask for fewer (P 8.2.8.7, maxpagesize).
func (s *Service) pageSize(w http.ResponseWriter, r *http.Request) int {
	size := s.PageSize
	if size == 0 {
		size = DefaultPageSize
	}
	for _, header := range r.Header.Values("Prefer") {
		for p := range strings.SplitSeq(header, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
			n, err := strconv.Atoi(strings.Trim(value, `"`))
			if (name == "odata.maxpagesize" || name == "maxpagesize") && err == nil && n > 0 {
				w.Header().Set("Preference-Applied", name+"="+strconv.Itoa(min(n, size)))
				size = min(n, size)
			}
		}
	}
	return size
}
