package unify

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/table"
)

// The columns of the product's output tables.
const (
	alternateSuffix   = "_Alternate"
	groupIDColumn     = "Deduplication_GroupId"
	winnerIDColumn    = "Deduplication_WinnerId"
	trueObjectColumn  = "TrueObjectId"
	modifiedColumn    = "ConflationMatchPairs_ModifiedOn"
	trueObjectSuffix  = "__00"
	alternateDivider  = ";"
	membersNamePrefix = "unify_members_"
	joinedNamePrefix  = "unify_joined_"
)

// writeMatches writes the tables of process Match and returns what there is to say of them.
func (w *work) writeMatches(m *matching, started time.Time) (*insights.MatchStatistics, error) {
	ofRecord, count, leads := m.customers()
	for i := range w.inputs {
		if err := w.appendMembers(m, i, ofRecord, leads[i]); err != nil {
			return nil, err
		}
		if err := w.appendJoined(m.groups[i], i); err != nil {
			return nil, err
		}
	}
	commit := w.Folder.Begin(insights.Match, w.Run)
	if err := w.publishMatches(commit, int64(count), started); err != nil {
		commit.Abort(context.WithoutCancel(w.ctx)) // a cancelled run leaves no files either
		return nil, err
	}
	return w.statistics(m, ofRecord, count), nil
}

func (w *work) publishMatches(commit *table.Commit, customers int64, started time.Time) error {
	for i := range w.inputs {
		query, spec := w.deduplicationTable(i)
		if _, err := commit.Write(w.ctx, w.Session, query, spec, w.progress); err != nil {
			return err
		}
	}
	query, spec := w.matchPairsTable(customers, started)
	if _, err := commit.Write(w.ctx, w.Session, query, spec, w.progress); err != nil {
		return err
	}
	if err := w.dropOthers(commit); err != nil {
		return err
	}
	return commit.Publish(w.ctx)
}

// dropOthers removes the deduplication tables of tables that are not unified any more.
func (w *work) dropOthers(commit *table.Commit) error {
	kept := map[string]bool{insights.ConflationMatchPairs: true}
	for _, t := range w.inputs {
		kept[insights.DeduplicationTable(t.name)] = true
	}
	current, err := w.Folder.List(w.ctx)
	if err != nil {
		return err
	}
	for _, s := range current {
		if s.Process == insights.Match && !kept[s.Table] {
			commit.Drop(s.Table)
		}
	}
	return nil
}

// appendMembers makes a table of what matching found, a row per record: its group of duplicates and its customer (NULL
// if it is left out), whether it is the group's winner and the customer's lead of this table, and whether the group and
// the customer have more records of this table.
func (w *work) appendMembers(m *matching, i int, ofRecord, leads []int32) error {
	d := m.groups[i]
	from, to := m.records.span(i)
	perCustomer := make([]int32, len(leads))
	for _, c := range ofRecord[from:to] {
		if c >= 0 {
			perCustomer[c]++
		}
	}
	name := fmt.Sprint(membersNamePrefix, i)
	if err := w.Session.Exec(w.ctx, "CREATE OR REPLACE TABLE "+name+
		" (record INTEGER, duplicates INTEGER, customer INTEGER, winner BOOLEAN, lead BOOLEAN, has_duplicates BOOLEAN, has_others BOOLEAN)"); err != nil {
		return err
	}
	report := w.report("storing the matches of " + w.inputs[i].name)
	return w.Session.Append(w.ctx, name, func(add func(...any) error) error {
		for x := from; x < to; x++ {
			g, c := d.groups[x-from], ofRecord[x]
			var customer any
			lead, others := false, false
			if c >= 0 {
				customer, lead, others = c, leads[c] == x, perCustomer[c] > 1
			}
			if err := add(x-from, g, customer, d.winners[g] == x, lead, d.sizes[g] > 1, others); err != nil {
				return err
			}
			if (x-from)&0xffff == 0 {
				report(int64(x-from), int64(to-from))
			}
		}
		return nil
	})
}

// appendJoined makes a table of the rules that joined groups of duplicates, and their scores.
func (w *work) appendJoined(d *duplicates, i int) error {
	rules := w.decidersOf(i)
	columns := []string{"duplicates INTEGER"}
	for k := range rules {
		columns = append(columns, fmt.Sprintf("rule_%d VARCHAR, score_%d DOUBLE", k, k))
	}
	name := fmt.Sprint(joinedNamePrefix, i)
	if err := w.Session.Exec(w.ctx, "CREATE OR REPLACE TABLE "+name+" ("+strings.Join(columns, ", ")+")"); err != nil {
		return err
	}
	return w.Session.Append(w.ctx, name, func(add func(...any) error) error {
		for g, all := range d.joined {
			row := make([]any, len(columns)*2-1)
			row[0] = g
			for at, j := range all {
				row[1+2*at], row[2+2*at] = rules[j.rule], math.Round(float64(j.score)*1e6)/1e6
			}
			if err := add(row...); err != nil {
				return err
			}
		}
		return nil
	})
}

// decidersOf names what may join duplicates of a table: its rules, and the model.
func (w *work) decidersOf(i int) []string {
	var list []string
	for _, r := range w.inputs[i].duplicates {
		list = append(list, r.name)
	}
	if w.plan.model.used {
		list = append(list, modelName)
	}
	return list
}

// deduplicationTable is the query and the columns of a table's deduplication output: a row per group of duplicates,
// with the winner's values.
func (w *work) deduplicationTable(i int) (string, table.Spec) {
	t := w.inputs[i]
	names := newNames(t.key.Name, t.key.Name+alternateSuffix, groupIDColumn, winnerIDColumn)
	out := columnList{}
	out.add(t.key, "k.key")
	out.addText(t.key.Name+alternateSuffix, "coalesce(a.keys, "+quotedKeySQL("k.key")+")")
	out.addText(groupIDColumn, "CAST(m.duplicates + 1 AS VARCHAR)")
	for k := range w.decidersOf(i) {
		out.addText(names.free(numbered("Rule", k)), fmt.Sprintf("j.rule_%d", k))
		out.add(insights.Column{Name: names.free(numbered("Score", k)), Type: insights.Double}, fmt.Sprintf("j.score_%d", k))
	}
	winner := t.key
	winner.Name, winner.SemanticType = winnerIDColumn, ""
	out.add(winner, "k.key")
	for _, c := range t.mappedColumns() {
		value := "r." + engine.QuoteIdent(c.Name)
		c.Name = names.free(c.Name)
		out.add(c, value)
	}
	members := fmt.Sprint(membersNamePrefix, i)
	query := fmt.Sprintf(`SELECT %s FROM %s m JOIN %s k ON k.record = m.record JOIN %s r ON r.%s = k.key `+
		`LEFT JOIN (%s) a ON a.id = m.duplicates LEFT JOIN %s j ON j.duplicates = m.duplicates WHERE m.winner ORDER BY m.record`,
		out.sql(), members, t.keys, t.relation, t.keyIdent(),
		alternatesSQL(members, t.keys, "duplicates", "has_duplicates"), fmt.Sprint(joinedNamePrefix, i))
	return query, table.Spec{
		Table: insights.DeduplicationTable(t.name), Description: "Records of " + t.name + " without duplicates",
		Columns: out.columns, PrimaryKey: t.key.Name, Fingerprint: w.Fingerprint,
	}
}

// numbered names the first column plainly and numbers the further ones, as in Rule, Rule_2.
func numbered(name string, k int) string {
	if k == 0 {
		return name
	}
	return fmt.Sprintf("%s_%d", name, k+1)
}

// matchPairsTable is the query and the columns of ConflationMatchPairs: a row per customer, with the keys and the
// values of its lead record of each table.
func (w *work) matchPairsTable(customers int64, started time.Time) (string, table.Spec) {
	names := newNames(trueObjectColumn, modifiedColumn)
	for _, t := range w.inputs {
		names.take(keyColumn(t.planTable), keyColumn(t.planTable)+alternateSuffix)
	}
	out := columnList{}
	out.addText(trueObjectColumn, "concat(CAST(c.customer + 1 AS VARCHAR), "+engine.QuoteText(trueObjectSuffix)+")")
	var from strings.Builder
	fmt.Fprintf(&from, "(SELECT CAST(range AS INTEGER) AS customer FROM range(%d)) c", customers)
	for i, t := range w.inputs {
		alias := fmt.Sprint("t", i)
		key := t.key
		key.Name, key.SemanticType = keyColumn(t.planTable), ""
		out.add(key, alias+".key")
		out.addText(key.Name+alternateSuffix, alias+".keys")
		lead := columnList{}
		for n, c := range t.mappedColumns() {
			lead.add(insights.Column{Name: fmt.Sprint("v", n)}, "r."+engine.QuoteIdent(c.Name))
			value := fmt.Sprintf("%s.v%d", alias, n)
			c.Name = names.free(t.name + "_" + c.Name)
			out.add(c, value)
		}
		fmt.Fprintf(&from, " LEFT JOIN (%s) %s ON %s.customer = c.customer", w.leadsSQL(i, lead), alias, alias)
	}
	out.add(insights.Column{Name: modifiedColumn, Type: insights.DateTime}, "TIMESTAMP "+engine.QuoteText(started.Format(time.DateTime)))
	return "SELECT " + out.sql() + " FROM " + from.String() + " ORDER BY c.customer", table.Spec{
		Table: insights.ConflationMatchPairs, Description: "Which records of which tables are the same customer",
		Columns: out.columns, PrimaryKey: trueObjectColumn, Fingerprint: w.Fingerprint,
	}
}

// keyColumn names a table's key in ConflationMatchPairs and Customer: with data source and table, as two sources may
// both have a table Contacts.
func keyColumn(t planTable) string { return t.name + "_" + t.key.Name }

// leadsSQL yields per customer the key, all keys and the values of a table's lead record.
func (w *work) leadsSQL(i int, values columnList) string {
	t := w.inputs[i]
	members := fmt.Sprint(membersNamePrefix, i)
	more := ""
	if len(values.columns) > 0 {
		more = ", " + values.sql()
	}
	return fmt.Sprintf(`SELECT m.customer, k.key, coalesce(a.keys, %s) AS keys%s FROM %s m JOIN %s k ON k.record = m.record `+
		`JOIN %s r ON r.%s = k.key LEFT JOIN (%s) a ON a.id = m.customer WHERE m.lead`,
		quotedKeySQL("k.key"), more, members, t.keys, t.relation, t.keyIdent(), alternatesSQL(members, t.keys, "customer", "has_others"))
}

// alternatesSQL joins the keys of groups of several records, in the order of keys. Groups of one record are left out:
// lists of all of them would not fit into memory.
func alternatesSQL(members, keys, group, several string) string {
	return fmt.Sprintf("SELECT m.%s AS id, string_agg(%s, %s ORDER BY m.record) AS keys FROM %s m JOIN %s k ON k.record = m.record WHERE m.%s GROUP BY m.%s",
		group, quotedKeySQL("k.key"), engine.QuoteText(alternateDivider), members, keys, several, group)
}

// quotedKeySQL is a key as an item of a list of keys: as text, in quotes if it is empty, holds the divider or begins
// with a quote, so that lists can be taken apart again.
func quotedKeySQL(key string) string {
	text := "CAST(" + key + " AS VARCHAR)"
	return fmt.Sprintf(`CASE WHEN contains(%[1]s, %[2]s) OR starts_with(%[1]s, '"') OR %[1]s = '' THEN concat('"', replace(%[1]s, '"', '""'), '"') ELSE %[1]s END`,
		text, engine.QuoteText(alternateDivider))
}

// columnList is the select list of an output table with the columns it makes.
type columnList struct {
	columns []insights.Column
	terms   []string
}

func (l *columnList) add(c insights.Column, value string) {
	c.Format = "" // how a source wrote it
	l.columns = append(l.columns, c)
	l.terms = append(l.terms, value+" AS "+engine.QuoteIdent(c.Name))
}

func (l *columnList) addText(name, value string) {
	l.add(insights.Column{Name: name, Type: insights.String}, value)
}

func (l *columnList) sql() string { return strings.Join(l.terms, ", ") }

// names are the columns that a table has so far.
type names map[string]bool

func newNames(taken ...string) names {
	n := names{}
	n.take(taken...)
	return n
}

func (n names) take(list ...string) {
	for _, name := range list {
		n[strings.ToLower(name)] = true
	}
}

// free takes the name, or the name with a number if another column has it.
func (n names) free(name string) string {
	wanted := name
	for i := 2; n[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s_%d", wanted, i)
	}
	n.take(name)
	return name
}
