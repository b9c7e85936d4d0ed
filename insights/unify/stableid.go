package unify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/table"
)

// Customers keep their ids (UNI-15). A former customer's id goes to the customer who has most of its records; of two
// former customers made one, the id of more records stays; of a customer that was parted, one part keeps the id. A part
// without an id takes back one that its records had before, if nobody has it, and else gets a new one: the hash of its
// first winner's key (see [customerIDSQL]), so that equal data of a new environment have equal ids.
//
// What records were called before is the table CustomerHistory, a row for each change of a record's customer.

// The columns of CustomerHistory, and of Customer what is taken from it.
const (
	previousIDColumn  = "PreviousCustomerId"
	changedColumn     = "ChangedOn"
	runColumn         = "RunId"
	eventColumn       = "Event"
	sourceTableColumn = "SourceTable"
	sourceKeyColumn   = "SourceKey"
)

// The tables that assigning ids makes in the session.
const (
	idsName      = "unify_ids"      // (customer, id)
	formerName   = "unify_former"   // (source, key, id): the records of the former Customer
	edgesName    = "unify_edges"    // (customer, id, n, arrived): how many records of a customer had a former id, and since which run if not from the first
	pastName     = "unify_past"     // the former CustomerHistory
	historyName  = "unify_history"  // the new one
	previousName = "unify_previous" // (customer, ids): what a customer's records were called before
)

// assignIDs makes the tables of ids and history of the customers of ConflationMatchPairs.
func (w *work) assignIDs(pairs string) error {
	w.progress(insights.Progress{Step: "assigning customer ids"})
	for _, do := range []func() error{w.readFormer, w.readPast, w.keepIDs, w.takeBackIDs, func() error { return w.newIDs(pairs) }, w.noteChanges} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// openCurrent opens the current files of a table of process Merge, as long as the work goes. relation is "" if there is
// none.
func (w *work) openCurrent(name string) (s insights.Snapshot, relation string, err error) {
	s, err = w.Folder.Current(w.ctx, insights.Merge, name)
	if errs.Is(err, errs.NotFound) {
		return s, "", nil
	}
	if err != nil {
		return s, "", err
	}
	files, err := w.Folder.Open(w.ctx, s)
	if err != nil {
		return s, "", err
	}
	w.files = append(w.files, files)
	return s, files.Relation(), nil
}

// readFormer reads which record had which id. Records of tables that are unified no more have none.
func (w *work) readFormer() error {
	customer, relation, err := w.openCurrent(insights.CustomerTable)
	if err != nil {
		return err
	}
	selects := []string{"SELECT 0 AS source, '' AS key, '' AS id WHERE false"}
	for i, t := range w.inputs {
		alternates := keyColumn(t.planTable) + alternateSuffix
		if _, ok := columnOf(customer, alternates); relation == "" || !ok {
			continue
		}
		list := engine.QuoteIdent(alternates)
		selects = append(selects, fmt.Sprintf("SELECT %d, %s, id FROM (SELECT unnest(%s) AS key, %s AS id FROM %s WHERE %s IS NOT NULL)",
			i, unquotedKeySQL("key"), splitKeysSQL(list), customerIDColumn, relation, list))
	}
	return w.Session.Exec(w.ctx, "CREATE OR REPLACE TABLE "+formerName+" AS "+strings.Join(selects, " UNION ALL "))
}

// readPast reads the former history.
func (w *work) readPast() error {
	_, relation, err := w.openCurrent(insights.CustomerHistoryTable)
	if err != nil {
		return err
	}
	if relation == "" {
		return w.Session.Exec(w.ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %s (%s TIMESTAMP, %s VARCHAR, %s VARCHAR, %s VARCHAR, %s VARCHAR, %s VARCHAR, %s VARCHAR)",
			pastName, changedColumn, runColumn, eventColumn, sourceTableColumn, sourceKeyColumn, previousIDColumn, customerIDColumn))
	}
	return w.Session.Exec(w.ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %s AS SELECT %s FROM %s", pastName, strings.Join(historyColumns(), ", "), relation))
}

func historyColumns() []string {
	return []string{changedColumn, runColumn, eventColumn, sourceTableColumn, sourceKeyColumn, previousIDColumn, customerIDColumn}
}

// linksSQL yields (source, name, customer, key) of all records that have a customer.
func (w *work) linksSQL() string {
	selects := make([]string, len(w.inputs))
	for i, t := range w.inputs {
		selects[i] = fmt.Sprintf("SELECT %d AS source, %s AS name, customer, key FROM %s%d", i, engine.QuoteText(t.name), linksNamePrefix, i)
	}
	return "(" + strings.Join(selects, " UNION ALL ") + ")"
}

// keepIDs gives former ids to the customers that have their records. Nearly all customers have one former id that is no
// other's; the rest is decided one by one, by the most records, then by those who have had the id for longest. So a change
// and its opposite decide alike, and the second restores what the first did.
func (w *work) keepIDs() error {
	arrived := fmt.Sprintf("(SELECT %s AS name, %s AS key, %s AS id, max(%s) AS run FROM %s GROUP BY ALL)", sourceTableColumn, sourceKeyColumn, customerIDColumn, runColumn, pastName)
	err := w.Session.Exec(w.ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %s AS SELECT l.customer, f.id, count(*) AS n, max(a.run) AS arrived FROM %s l "+
		"JOIN %s f ON f.source = l.source AND f.key = l.key LEFT JOIN %s a ON a.name = l.name AND a.key = l.key AND a.id = f.id GROUP BY l.customer, f.id",
		edgesName, w.linksSQL(), formerName, arrived))
	if err != nil {
		return err
	}
	counted := "(SELECT *, count(*) OVER (PARTITION BY customer) AS ids, count(*) OVER (PARTITION BY id) AS customers FROM " + edgesName + ")"
	if err := w.Session.Exec(w.ctx, "CREATE OR REPLACE TABLE "+idsName+" AS SELECT customer, id FROM "+counted+" WHERE ids = 1 AND customers = 1"); err != nil {
		return err
	}
	return w.giveIDs("SELECT customer, id FROM " + counted + " WHERE ids > 1 OR customers > 1 ORDER BY n DESC, arrived NULLS FIRST, id, customer")
}

// takeBackIDs gives customers without an id one that their records had in the past and nobody has now.
func (w *work) takeBackIDs() error {
	return w.giveIDs(fmt.Sprintf("SELECT l.customer, p.%[1]s AS id FROM %[2]s l JOIN %[3]s p ON p.%[4]s = l.name AND p.%[5]s = l.key "+
		"ANTI JOIN %[6]s i ON i.customer = l.customer ANTI JOIN %[6]s j ON j.id = p.%[1]s GROUP BY l.customer, p.%[1]s "+
		"ORDER BY count(DISTINCT (l.source, l.key)) DESC, max(p.%[7]s) DESC, id, customer",
		previousIDColumn, w.linksSQL(), pastName, sourceTableColumn, sourceKeyColumn, idsName, runColumn))
}

// giveIDs goes through pairs of customer and id, the best first, and gives each customer and each id one at most.
func (w *work) giveIDs(query string) error {
	rows, err := w.Session.Query(w.ctx, query)
	if err != nil {
		return err
	}
	var (
		customer int32
		id       string
		given    = map[int32]string{}
		order    []int32
		taken    = map[string]bool{}
	)
	if err := scanAll(rows, func() {
		if _, has := given[customer]; has || taken[id] {
			return
		}
		given[customer], order = strings.Clone(id), append(order, customer)
		taken[given[customer]] = true
	}, &customer, &id); err != nil {
		return err
	}
	return w.Session.Append(w.ctx, idsName, func(add func(...any) error) error {
		for _, customer := range order {
			if err := add(customer, given[customer]); err != nil {
				return err
			}
		}
		return nil
	})
}

// newIDs gives ids to customers that have none yet: one that nobody has or had.
func (w *work) newIDs(pairs string) error {
	tables, keys := make([]string, len(w.inputs)), make([]string, len(w.inputs))
	for i, t := range w.inputs {
		tables[i], keys[i] = t.name, "CAST(p."+engine.QuoteIdent(keyColumn(t.planTable))+" AS VARCHAR)"
	}
	for attempt := 1; ; attempt++ {
		err := w.Session.Exec(w.ctx, fmt.Sprintf("INSERT INTO %[1]s SELECT customer, id FROM (SELECT *, %[2]s AS id FROM (SELECT *, %[3]s AS customer FROM %[4]s) p) n "+
			"ANTI JOIN %[1]s i ON i.customer = n.customer ANTI JOIN (SELECT id FROM %[1]s UNION ALL SELECT id FROM %[5]s UNION ALL SELECT %[6]s FROM %[7]s) u ON u.id = n.id",
			idsName, customerIDSQL(tables, keys, attempt), customerSQL, pairs, formerName, previousIDColumn, pastName))
		if err != nil {
			return err
		}
		var open int64
		if err := w.row("SELECT (SELECT count(*) FROM "+pairs+") - (SELECT count(*) FROM "+idsName+")", &open); err != nil || open == 0 {
			return err
		}
	}
}

// noteChanges adds to the history what changes with this run: a former customer that is nobody's any more was merged into
// others; a new customer of records that had one was split off; and records moved between customers that stay.
func (w *work) noteChanges() error {
	started, err := startOf(w.Run)
	if err != nil {
		return err
	}
	err = w.Session.Exec(w.ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %[1]s AS SELECT %[2]s FROM %[3]s UNION ALL "+
		"SELECT TIMESTAMP %[4]s, %[5]s, CASE WHEN kept.id IS NULL THEN 'merged' WHEN was.id IS NULL THEN 'split' ELSE 'moved' END, l.name, l.key, f.id, i.id "+
		"FROM %[6]s l JOIN %[7]s f ON f.source = l.source AND f.key = l.key JOIN %[8]s i ON i.customer = l.customer "+
		"LEFT JOIN %[8]s kept ON kept.id = f.id LEFT JOIN (SELECT DISTINCT id FROM %[7]s) was ON was.id = i.id WHERE f.id <> i.id",
		historyName, strings.Join(historyColumns(), ", "), pastName, engine.QuoteText(started.Format("2006-01-02 15:04:05")), engine.QuoteText(string(w.Run)),
		w.linksSQL(), formerName, idsName))
	if err != nil {
		return err
	}
	return w.Session.Exec(w.ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %s AS SELECT customer, string_agg(id, %s ORDER BY id) AS ids FROM ("+
		"SELECT DISTINCT l.customer, h.%s AS id FROM %s l JOIN %s h ON h.%s = l.name AND h.%s = l.key) p ANTI JOIN %s i ON i.customer = p.customer AND i.id = p.id GROUP BY customer",
		previousName, engine.QuoteText(alternateDivider), previousIDColumn, w.linksSQL(), historyName, sourceTableColumn, sourceKeyColumn, idsName))
}

// historyTable is the query and the columns of CustomerHistory.
func (w *work) historyTable() (string, table.Spec) {
	out := columnList{}
	for _, name := range historyColumns() {
		if name == changedColumn {
			out.add(insights.Column{Name: name, Type: insights.DateTime}, name)
			continue
		}
		out.addText(name, name)
	}
	order := slices.Clone(historyColumns())
	return "SELECT " + out.sql() + " FROM " + historyName + " ORDER BY " + strings.Join(order, ", "), table.Spec{
		Table: insights.CustomerHistoryTable, Description: "Records that changed their customer: merged, split, moved",
		Columns: out.columns, Fingerprint: w.Fingerprint,
	}
}
