package unify

import (
	"context"
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/table"
)

// Clusters calls visit for every ingested record that the current Customer holds, alternates included: its table, its key
// as text, and its customer. The order is that of Customer. It is what measuring against a known truth needs.
func Clusters(ctx context.Context, s engine.Session, f *table.Folder, visit func(source, key, customerID string) error) error {
	const op errs.Op = "unify.Clusters"
	customer, err := f.Current(ctx, insights.Merge, insights.CustomerTable)
	if err != nil {
		return errs.E(op, err)
	}
	tables, err := f.List(ctx)
	if err != nil {
		return errs.E(op, err)
	}
	files, err := f.Open(ctx, customer)
	if err != nil {
		return errs.E(op, err)
	}
	defer func() { _ = files.Close() }()
	for _, t := range tables {
		alternates := t.Table + "_" + t.PrimaryKey + alternateSuffix
		if _, ok := columnOf(customer, alternates); t.Process != insights.Ingestion || t.PrimaryKey == "" || !ok {
			continue
		}
		if err := visitKeys(ctx, s, files.Relation(), alternates, func(key, id string) error { return visit(t.Table, key, id) }); err != nil {
			return errs.E(op, errs.Item(t.Table), err)
		}
	}
	return nil
}

func visitKeys(ctx context.Context, s engine.Session, relation, alternates string, visit func(key, customerID string) error) error {
	list := engine.QuoteIdent(alternates)
	rows, err := s.Query(ctx, fmt.Sprintf("SELECT %s, %s FROM (SELECT unnest(%s) AS key, %s AS id FROM %s WHERE %s IS NOT NULL)",
		unquotedKeySQL("key"), "id", splitKeysSQL(list), customerIDColumn, relation, list))
	if err != nil {
		return err
	}
	var key, id string
	var failed error
	err = scanAll(rows, func() {
		if failed == nil {
			failed = visit(strings.Clone(key), id)
		}
	}, &key, &id)
	if err != nil {
		return err
	}
	return failed
}
