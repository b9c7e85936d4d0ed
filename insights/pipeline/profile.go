package pipeline

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

const (
	topValues = 10
	buckets   = 20
)

// Profile describes every column of a table by its values; NotFound if there is no such table. It reads the whole table.
func (t Tables) Profile(ctx context.Context, env insights.EnvironmentID, name string) (insights.TableProfile, error) {
	const op errs.Op = "pipeline.Tables.Profile"
	snapshot, err := t.Current(ctx, env, name)
	if err != nil {
		return insights.TableProfile{}, errs.E(op, err)
	}
	out := insights.TableProfile{Table: snapshot.Table, Run: snapshot.Run, Rows: snapshot.Rows(), Columns: []insights.ColumnProfile{}}
	err = t.Relation(ctx, env, snapshot, func(s engine.Session, relation string) error {
		for _, c := range snapshot.Columns {
			one, err := profileColumn(ctx, s, relation, c)
			if err != nil {
				return errs.E(errs.Item(c.Name), err)
			}
			out.Columns = append(out.Columns, one)
		}
		return nil
	})
	return out, errs.Wrap(op, err)
}

func profileColumn(ctx context.Context, s engine.Session, relation string, c insights.Column) (insights.ColumnProfile, error) {
	p := insights.ColumnProfile{Name: c.Name, Type: c.Type, Top: []insights.ValueCount{}}
	name := engine.QuoteIdent(c.Name)
	present := name + " IS NOT NULL"
	if c.Type == insights.String || c.Type == insights.JSON {
		present += " AND " + name + " <> ''"
	}
	shown := strings.TrimSuffix(jsonColumns([]insights.Column{c}), " AS "+name)
	from := fmt.Sprintf("(SELECT %s FROM %s WHERE %s)", name, relation, present)
	query := fmt.Sprintf("SELECT (SELECT count(*) FROM %[1]s) - count(*), count(DISTINCT %[2]s), min(%[3]s), max(%[3]s) FROM %[4]s", relation, name, shown, from)
	if c.Type == insights.Decimal { // as texts they have another order
		query = fmt.Sprintf("SELECT (SELECT count(*) FROM %[1]s) - count(*), count(DISTINCT %[2]s), CAST(min(%[2]s) AS VARCHAR), CAST(max(%[2]s) AS VARCHAR) FROM %[3]s", relation, name, from)
	}
	err := each(ctx, s, query, func(rows *sql.Rows) error { return rows.Scan(&p.Missing, &p.Distinct, &p.Min, &p.Max) })
	if err != nil {
		return p, err
	}
	query = fmt.Sprintf("SELECT %s AS v, count(*) AS n FROM %s GROUP BY ALL ORDER BY n DESC, v LIMIT %d", shown, from, topValues)
	err = each(ctx, s, query, func(rows *sql.Rows) error {
		var v insights.ValueCount
		err := rows.Scan(&v.Value, &v.Rows)
		p.Top = append(p.Top, v)
		return err
	})
	if err == nil && p.Distinct > 1 {
		p.Histogram, err = histogram(ctx, s, from, c)
	}
	return p, err
}

// histogram counts the values of a number, or of a date by its seconds, in parts of equal width.
func histogram(ctx context.Context, s engine.Session, from string, c insights.Column) ([]insights.Bucket, error) {
	name := engine.QuoteIdent(c.Name)
	number, back := "CAST("+name+" AS DOUBLE)", "%s"
	switch c.Type {
	case insights.Int64, insights.Double, insights.Decimal:
	case insights.Date:
		number, back = "epoch(CAST("+name+" AS TIMESTAMP))", "strftime(make_timestamp(CAST((%s) * 1000000 AS BIGINT)), '%%Y-%%m-%%d')"
	case insights.DateTime:
		number, back = "epoch("+name+")", "strftime(make_timestamp(CAST((%s) * 1000000 AS BIGINT)), '%%Y-%%m-%%dT%%H:%%M:%%SZ')"
	default:
		return nil, nil
	}
	query := fmt.Sprintf(`WITH v AS (SELECT %s AS x FROM %s), e AS (SELECT min(x) AS lo, (max(x) - min(x)) / %d AS w FROM v WHERE isfinite(x)),
		b AS (SELECT least(CAST(floor((x - lo) / w) AS BIGINT), %d) AS i, count(*) AS n FROM v, e WHERE isfinite(x) AND w > 0 GROUP BY ALL)
		SELECT %s, %s, coalesce(n, 0) FROM e, range(%d) r(i) LEFT JOIN b ON b.i = r.i WHERE w > 0 ORDER BY r.i`,
		number, from, buckets, buckets-1, fmt.Sprintf(back, "lo + r.i * w"), fmt.Sprintf(back, "lo + (r.i + 1) * w"), buckets)
	var list []insights.Bucket
	err := each(ctx, s, query, func(rows *sql.Rows) error {
		var b insights.Bucket
		err := rows.Scan(&b.From, &b.To, &b.Rows)
		list = append(list, b)
		return err
	})
	return list, err
}

// each calls visit with each row of a query.
func each(ctx context.Context, s engine.Session, query string, visit func(*sql.Rows) error) error {
	rows, err := s.Query(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return errs.E(errs.Internal, err)
		}
	}
	return rows.Err()
}
