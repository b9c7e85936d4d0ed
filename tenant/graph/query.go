package graph

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

const (
	defaultTop = 100
	maxTop     = 999
)

// query is the query options of a request.
type query struct {
	filter    filter
	choose    []string // properties that are wanted; none means all
	top       int
	count     bool
	orderBy   string // a property; empty for the object id
	backwards bool
	after     [2]string // the last item's order and id, of the page before
}

// parseQuery reads the options. One that is not known is Invalid, as a list without it would be another list.
func parseQuery(values url.Values) (query, error) {
	q := query{top: defaultTop}
	for name, list := range values {
		value := list[0]
		var err error
		switch strings.ToLower(name) {
		case "$filter":
			q.filter, err = parseFilter(value)
		case "$select":
			q.choose = append(strings.Split(value, ","), "id")
		case "$top":
			if q.top, err = strconv.Atoi(value); err != nil || q.top < 1 || q.top > maxTop {
				err = errs.E(errs.Invalid, codeBadRequest, "Invalid page size specified: '"+shown(value)+"'. Must be between 1 and 999 inclusive.")
			}
		case "$count":
			q.count = strings.EqualFold(value, "true")
		case "$orderby":
			err = q.parseOrder(value)
		case "$skiptoken":
			err = q.parseSkipToken(value)
		case "api-version", "$format", "$expand", "client-request-id":
			if strings.EqualFold(name, "$expand") && value != "" {
				err = unsupported(name)
			}
		default:
			if strings.HasPrefix(name, "$") {
				err = unsupported(name)
			}
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func unsupported(option string) error {
	return errs.E(errs.Invalid, codeUnsupportedQuery, "Unsupported Query: "+shown(option),
		errs.Hint("use $filter, $select, $top, $count, $orderby and $skiptoken"))
}

func (q *query) parseOrder(text string) error {
	name, direction, _ := strings.Cut(strings.TrimSpace(text), " ")
	if !strings.EqualFold(name, "displayName") && !strings.EqualFold(name, "userPrincipalName") && !strings.EqualFold(name, "id") {
		return unsupported("$orderby " + text)
	}
	q.orderBy, q.backwards = name, strings.EqualFold(strings.TrimSpace(direction), "desc")
	return nil
}

func (q *query) parseSkipToken(text string) error {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	order, id, ok := strings.Cut(string(plain), "\x00")
	if err != nil || !ok {
		return errs.E(errs.Invalid, codeBadRequest, "The skip token is not one of this service.", errs.Hint("follow @odata.nextLink as it is"))
	}
	q.after = [2]string{order, id}
	return nil
}

// key is where an item stands in the order.
func (q *query) key(item map[string]any) [2]string {
	id, _ := item["id"].(string)
	if q.orderBy == "" {
		return [2]string{"", id}
	}
	order, _ := member(item, q.orderBy).(string)
	return [2]string{strings.ToLower(order), id}
}

func (q *query) compare(a, b [2]string) int {
	if q.backwards {
		a, b = b, a
	}
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

// list answers with the page of the items that the query asks for. kind says what they are, as the context has it.
func (r *request) list(kind string, items []map[string]any) (*answer, error) {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if q.filter != nil {
		items = slices.DeleteFunc(items, func(item map[string]any) bool { return !q.filter(item) })
	}
	slices.SortFunc(items, func(a, b map[string]any) int { return q.compare(q.key(a), q.key(b)) })
	body := map[string]any{"@odata.context": r.service.base + "/$metadata#" + kind}
	if q.count {
		body["@odata.count"] = len(items)
	}
	if q.after[1] != "" {
		items = slices.DeleteFunc(items, func(item map[string]any) bool { return q.compare(q.key(item), q.after) <= 0 })
	}
	if len(items) > q.top {
		items = items[:q.top]
		last := q.key(items[q.top-1])
		body["@odata.nextLink"] = r.nextLink(last)
	}
	for i := range items {
		items[i] = q.project(items[i])
	}
	body["value"] = items
	return &answer{status: http.StatusOK, body: body}, nil
}

// nextLink is the request's own address with where to go on.
func (r *request) nextLink(last [2]string) string {
	values := r.URL.Query()
	values.Set("$skiptoken", base64.RawURLEncoding.EncodeToString([]byte(last[0]+"\x00"+last[1])))
	return r.service.base + r.URL.Path + "?" + values.Encode()
}

// project leaves the properties that are wanted.
func (q *query) project(item map[string]any) map[string]any {
	if len(q.choose) == 0 {
		return item
	}
	chosen := map[string]any{}
	for name, value := range item {
		if strings.HasPrefix(name, "@") || slices.ContainsFunc(q.choose, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), name) }) {
			chosen[name] = value
		}
	}
	return chosen
}

// one answers with a single item.
func (r *request) one(status int, kind string, item map[string]any) (*answer, error) {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	body := q.project(item)
	body["@odata.context"] = r.service.base + "/$metadata#" + kind + "/$entity"
	return &answer{status: status, body: body}, nil
}
