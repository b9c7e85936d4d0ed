package odata

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// answer is one request's.
type answer struct {
	*Service
	request *http.Request
	model   *Model
	w       http.ResponseWriter
	level   string // of metadata
}

// resource answers for what a path names.
func (a *answer) resource(r resource, values url.Values) error {
	set := r.set
	if r.follow != nil {
		set = a.model.Set(r.follow.Target)
	}
	o, err := parseOptions(a.model, set, values)
	if err != nil {
		return err
	}
	if _, skips := values["$skip"]; skips && a.NoSkip {
		return invalid("Skip Clause is not supported in CRM")
	}
	if r.follow != nil {
		return a.followed(r, o, values)
	}
	switch {
	case r.count:
		return a.countOnly(o)
	case r.key == nil:
		return a.collection(o, values)
	case o.query.Filter != nil || o.query.Search != nil || o.top >= 0 || o.query.Skip > 0 || o.query.After != nil || o.query.Count:
		return invalid("one row cannot be filtered, searched or counted")
	case r.property != nil:
		return a.property(r, o)
	}
	o.query.Filter = equal(r.set.Property(r.set.Key), r.key.Value)
	return a.entity(o)
}

// equal compares a property with a value of its type.
func equal(p *Property, value any) Expr {
	return &Binary{Operator: Eq, Left: &Member{p}, Right: &Literal{p.Type, value}, kind: Boolean}
}

// followed answers for the rows that a row is related to.
func (a *answer) followed(r resource, o *options, values url.Values) error {
	from := r.set.Property(r.follow.From)
	row, err := a.one(Query{Set: r.set, Filter: equal(r.set.Property(r.set.Key), r.key.Value), Select: []*Property{from}})
	if err != nil {
		return err
	}
	if row.Values[0] == nil {
		if !r.follow.Many {
			a.w.WriteHeader(http.StatusNoContent)
			return nil
		}
		o.query.Limit, o.top = 0, 0
	}
	related := equal(o.query.Set.Property(r.follow.To), row.Values[0])
	o.query.Filter = both(related, o.query.Filter)
	switch {
	case r.count:
		return a.countOnly(o)
	case r.follow.Many:
		return a.collection(o, values)
	}
	return a.entity(o)
}

func both(left, right Expr) Expr {
	if right == nil {
		return left
	}
	return &Binary{Operator: And, Left: left, Right: right, kind: Boolean}
}

// one reads the row of a key.
func (a *answer) one(q Query) (Row, error) {
	q.Limit = 1
	result, err := a.Source.Read(a.request.Context(), q)
	if err != nil {
		return Row{}, err
	}
	if len(result.Rows) == 0 {
		return Row{}, notFound("there is no row with this key")
	}
	return result.Rows[0], nil
}

func (a *answer) countOnly(o *options) error {
	o.query.Count, o.query.Limit, o.query.After = true, 0, nil
	result, err := a.Source.Read(a.request.Context(), o.query)
	if err != nil {
		return err
	}
	a.w.Header().Set("Content-Type", "text/plain;charset=utf-8")
	_, _ = a.w.Write([]byte(strconv.FormatInt(result.Count, 10))) // who hangs up needs no answer
	return nil
}

// collection answers with a page of rows, and with the link to the next where there are more.
func (a *answer) collection(o *options, values url.Values) error {
	var err error
	if a.level, err = metadataLevel(a.request, o.format); err != nil {
		return err
	}
	size := int64(a.pageSize(a.w, a.request))
	wanted := size + 1
	if o.top >= 0 {
		wanted = min(wanted, o.top)
	}
	o.query.Limit = wanted
	result, err := a.Source.Read(a.request.Context(), o.query)
	if err != nil {
		return err
	}
	doc := object{}
	a.context(&doc, o, "")
	if o.query.Count {
		doc.add("@odata.count", result.Count)
	}
	rows := result.Rows
	if int64(len(rows)) > size {
		rows = rows[:size]
		link, err := a.nextLink(o, values, rows[size-1], size)
		if err != nil {
			return err
		}
		doc.add("@odata.nextLink", link)
	}
	objects, err := a.objects(o, rows)
	if err != nil {
		return err
	}
	doc.add("value", objects)
	return writeJSON(a.w, a.level, doc)
}

// nextLink has the options of the request, and the token of the page's last row.
func (a *answer) nextLink(o *options, values url.Values, last Row, size int64) (string, error) {
	token, err := skipToken(last.Order)
	if err != nil {
		return "", errs.E(errs.Internal, err)
	}
	next := maps.Clone(values)
	next.Del("$skip")
	next.Set("$skiptoken", token)
	if o.top >= 0 {
		next.Set("$top", strconv.FormatInt(o.top-size, 10))
	}
	var query []string
	for _, name := range slices.Sorted(maps.Keys(next)) {
		for _, value := range next[name] {
			// A dollar sign needs no escape, and not all clients know that it may have one.
			query = append(query, strings.ReplaceAll(url.QueryEscape(name), "%24", "$")+"="+strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
		}
	}
	path := strings.TrimPrefix(a.request.URL.EscapedPath(), a.Path)
	return a.Base + path + "?" + strings.Join(query, "&"), nil
}

func (a *answer) entity(o *options) error {
	var err error
	if a.level, err = metadataLevel(a.request, o.format); err != nil {
		return err
	}
	row, err := a.one(o.query)
	if err != nil {
		return err
	}
	objects, err := a.objects(o, []Row{row})
	if err != nil {
		return err
	}
	if tag := etag(o.query.Set); tag != "" {
		a.w.Header().Set("ETag", tag)
		if slices.Contains(strings.Split(strings.ReplaceAll(a.request.Header.Get("If-None-Match"), " ", ""), ","), tag) {
			a.w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	doc := object{}
	a.context(&doc, o, "/$entity")
	doc = append(doc, objects[0]...)
	return writeJSON(a.w, a.level, doc)
}

func etag(s *EntitySet) string {
	if s.Version == "" {
		return ""
	}
	return `W/"` + s.Version + `"`
}

// property answers with one value.
func (a *answer) property(r resource, o *options) error {
	var err error
	if a.level, err = metadataLevel(a.request, o.format); err != nil && !r.raw {
		return err
	}
	key := r.set.Property(r.set.Key)
	row, err := a.one(Query{Set: r.set, Filter: equal(key, r.key.Value), Select: []*Property{r.property}})
	if err != nil {
		return err
	}
	value := row.Values[0]
	if value == nil {
		a.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if r.raw {
		text, isText := value.(string)
		if !isText {
			raw, err := json.Marshal(rendered(value, r.property.Type))
			if err != nil {
				return errs.E(errs.Internal, err)
			}
			text = strings.Trim(string(raw), `"`)
		}
		a.w.Header().Set("Content-Type", "text/plain;charset=utf-8")
		_, _ = a.w.Write([]byte(text)) // who hangs up needs no answer
		return nil
	}
	doc := object{}
	if a.level != "none" {
		doc.add("@odata.context", a.Base+"$metadata#"+r.set.Name+"("+keyText(r.key)+")/"+r.property.Name)
	}
	doc.add("value", rendered(value, r.property.Type))
	return writeJSON(a.w, a.level, doc)
}

func keyText(l *Literal) string {
	switch v := l.Value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		if l.Kind == String {
			return "'" + url.PathEscape(strings.ReplaceAll(v, "'", "''")) + "'"
		}
		return v
	}
	return ""
}

// context says what the rows are of (P 10).
func (a *answer) context(doc *object, o *options, suffix string) {
	if a.level == "none" {
		return
	}
	doc.add("@odata.context", a.Base+"$metadata#"+o.query.Set.Name+o.projection()+suffix)
}

// projection is what was selected and expanded, as contexts have it.
func (o *options) projection() string {
	list := slices.Clone(o.selected)
	for _, x := range o.expand {
		list = append(list, x.navigation.Name+parenthesised(x.options.projection()))
	}
	if len(list) == 0 {
		return ""
	}
	return "(" + strings.Join(list, ",") + ")"
}

func parenthesised(s string) string {
	if s == "" {
		return "()"
	}
	return s
}

// object is a JSON object in the order that it was made in.
type object []struct {
	name  string
	value any
}

func (o *object) add(name string, value any) {
	*o = append(*o, struct {
		name  string
		value any
	}{name, value})
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, field := range o {
		if i > 0 {
			text = append(text, ',')
		}
		name, err := json.Marshal(field.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(field.value)
		if err != nil {
			return nil, err
		}
		text = append(append(append(text, name...), ':'), value...)
	}
	return append(text, '}'), nil
}

// rendered is a value as JSON has it.
func rendered(value any, t Type) any {
	switch v := value.(type) {
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 1):
			return "INF"
		case math.IsInf(v, -1):
			return "-INF"
		}
	case string:
		if t == Decimal {
			return json.Number(v)
		}
	}
	return value
}

// objects are rows as JSON has them, with what is expanded.
func (a *answer) objects(o *options, rows []Row) ([]object, error) {
	list := make([]object, len(rows))
	set := o.query.Set
	tag := etag(set)
	for i, row := range rows {
		list[i] = make(object, 0, len(row.Values)+1)
		if a.level == "full" {
			list[i].add("@odata.type", "#"+a.model.Namespace+"."+set.Type)
		}
		if tag != "" && a.level != "none" {
			list[i].add("@odata.etag", tag)
		}
		for j, p := range o.query.Select[:o.yields()] {
			if a.level == "full" && p.Type != String && p.Type != Boolean && p.Type != Double {
				list[i].add(p.Name+"@odata.type", "#"+strings.TrimPrefix(string(p.Type), "Edm."))
			}
			list[i].add(p.Name, rendered(row.Values[j], p.Type))
		}
	}
	for _, x := range o.expand {
		if err := a.expand(o, x, rows, list); err != nil {
			return nil, err
		}
	}
	return list, nil
}
