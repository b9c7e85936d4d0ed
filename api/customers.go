package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/search"
)

// Customers finds customers. insights/search implements it.
type Customers interface {
	// Search returns a page of the customers that fit; NotFound where nothing was unified yet.
	Search(ctx context.Context, env insights.EnvironmentID, q search.Query) (search.Found, error)
	// Customer returns one customer and the columns of Customer.
	Customer(ctx context.Context, env insights.EnvironmentID, id string) (search.Customer, []insights.Column, error)
	// Rows returns the rows of a table that have a text in a column; none where there is no such table or column.
	Rows(ctx context.Context, env insights.EnvironmentID, table, column, text string) ([]map[string]any, error)
}

type customersInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Search      string                 `query:"search" maxLength:"500" doc:"Words, beginnings of words, an e-mail address, a phone number, a key or a CustomerId; empty: all"`
	After       string                 `query:"after" maxLength:"100" doc:"Where the page begins: next of the one before"`
	Limit       int                    `query:"limit" minimum:"1" maximum:"500" default:"20"`
}

func (r *routes) searchCustomers(ctx context.Context, in *customersInput) (*output[search.Found], error) {
	return answer(r.o.Services.Customers.Search(ctx, in.Environment, search.Query{Text: in.Search, After: in.After, Limit: in.Limit}))
}

type customerInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Customer    string                 `path:"customer" maxLength:"200" doc:"The CustomerId"`
}

// CustomerCard is a customer with where it comes from.
type CustomerCard struct {
	ID     string          `json:"id"`
	Fields []CustomerField `json:"fields"`
	// Records are those of the sources that are this customer.
	Records []CustomerRecord `json:"records"`
	// History has the changes of records from and to this customer: merged, split, moved.
	History []map[string]any `json:"history"`
}

// CustomerField is a value of a customer.
type CustomerField struct {
	Name         string                `json:"name"`
	Type         insights.DataType     `json:"type"`
	SemanticType insights.SemanticType `json:"semanticType,omitempty"`
	Value        any                   `json:"value"`
	From         string                `json:"from,omitempty" doc:"The table that the value is of"`
}

// CustomerRecord is a record of a source.
type CustomerRecord struct {
	Table  string         `json:"table"`
	Key    string         `json:"key"`
	Fields map[string]any `json:"fields"`
}

// maxCardRecords bounds the records of a card.
const maxCardRecords = 100

func (r *routes) getCustomer(ctx context.Context, in *customerInput) (*output[CustomerCard], error) {
	c, columns, err := r.o.Services.Customers.Customer(ctx, in.Environment, in.Customer)
	if err != nil {
		return nil, err
	}
	card := CustomerCard{ID: c.ID, Fields: []CustomerField{}, Records: []CustomerRecord{}, History: []map[string]any{}}
	from := map[string]any{}
	sources, err := r.o.Services.Customers.Rows(ctx, in.Environment, insights.CustomerSourcesTable, "CustomerId", c.ID)
	if err != nil {
		return nil, err
	}
	if len(sources) > 0 {
		from = sources[0]
	}
	for _, col := range columns {
		if value, has := c.Fields[col.Name]; has {
			table, _ := from[col.Name].(string)
			if col.Name == "CustomerId" {
				table = ""
			}
			card.Fields = append(card.Fields, CustomerField{col.Name, col.Type, col.SemanticType, value, table})
		}
	}
	for _, column := range []string{"CustomerId", "PreviousCustomerId"} {
		changes, err := r.o.Services.Customers.Rows(ctx, in.Environment, insights.CustomerHistoryTable, column, c.ID)
		if err != nil {
			return nil, err
		}
		card.History = append(card.History, changes...)
	}
	if err := r.addRecords(ctx, in.Environment, c, &card); err != nil {
		return nil, err
	}
	return answer(card, nil)
}

// addRecords finds the records of the sources by the keys that Customer has: a column TABLE_KEY of each table, and one
// with further keys.
func (r *routes) addRecords(ctx context.Context, env insights.EnvironmentID, c search.Customer, card *CustomerCard) error {
	tables, err := r.o.Services.Tables.List(ctx, env)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Process != insights.Ingestion || t.PrimaryKey == "" {
			continue
		}
		column := t.Table + "_" + t.PrimaryKey
		for _, key := range keysOf(c.Fields[column], c.Fields[column+"_Alternate"]) {
			if len(card.Records) == maxCardRecords {
				return nil
			}
			rows, err := r.o.Services.Customers.Rows(ctx, env, t.Table, t.PrimaryKey, key)
			if err != nil {
				return err
			}
			for _, row := range rows {
				card.Records = append(card.Records, CustomerRecord{t.Table, key, row})
			}
		}
	}
	return nil
}

// keysOf are a key and the further ones: a list with semicolons between, in quotes where a key has some itself.
func keysOf(key, alternates any) []string {
	var keys []string
	add := func(k string) {
		if k != "" && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	if key != nil {
		add(fmt.Sprint(key))
	}
	if alternates == nil {
		return keys
	}
	for rest := fmt.Sprint(alternates); rest != ""; {
		if quoted, isQuoted := strings.CutPrefix(rest, `"`); isQuoted {
			one, after, closed := cutQuoted(quoted)
			if !closed {
				return keys
			}
			add(one)
			rest = strings.TrimPrefix(after, ";")
			continue
		}
		one, after, _ := strings.Cut(rest, ";")
		add(one)
		rest = after
	}
	return keys
}

// cutQuoted reads to the closing quote; two quotes stand for one.
func cutQuoted(text string) (one, after string, closed bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, `"`)
		if !found {
			return "", "", false
		}
		b.WriteString(before)
		next, isDouble := strings.CutPrefix(rest, `"`)
		if !isDouble {
			return b.String(), rest, true
		}
		b.WriteByte('"')
		text = next
	}
}

type profileInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Table       string                 `path:"table" maxLength:"300"`
}

// Profiles describes columns by their values. insights/pipeline implements it.
type Profiles interface {
	// Profile describes every column of a table; NotFound if there is no such table.
	Profile(ctx context.Context, env insights.EnvironmentID, table string) (insights.TableProfile, error)
}

func (r *routes) getProfile(ctx context.Context, in *profileInput) (*output[insights.TableProfile], error) {
	return answer(r.o.Services.Profiles.Profile(ctx, in.Environment, in.Table))
}

func (r *routes) getTable(ctx context.Context, in *profileInput) (*tagged[insights.Snapshot], error) {
	tables, err := r.o.Services.Tables.List(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if t.Table == in.Table {
			return answerTagged(ctx, t, nil)
		}
	}
	return nil, errs.E(errs.NotFound, errs.Item(in.Table), "there is no such table")
}
