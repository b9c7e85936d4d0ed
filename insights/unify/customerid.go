package unify

import (
	"crypto/md5" //nolint:gosec // G501: a short name for a record and not a secret
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/insights/engine"
)

// customerIDColumn is the key of Customer.
const customerIDColumn = "CustomerId"

// customerID is the id of the customer whose first winner in match order has that key: a hash of 32 hexadecimal digits
// over the table's name and the key (the rule of UNI-15). It follows from the data, so that another run, another order of
// rows or another server gives the same id; it changes when the winner does.
func customerID(table, key string) string {
	sum := md5.Sum([]byte(table + "/" + key)) //nolint:gosec // G401: see the import
	return hex.EncodeToString(sum[:])
}

// customerIDSQL is customerID in SQL, of the keys of each table in match order, of which the first that is not NULL
// counts. keys are texts.
func customerIDSQL(tables, keys []string) string {
	var cases strings.Builder
	for i, table := range tables {
		fmt.Fprintf(&cases, " WHEN %s IS NOT NULL THEN md5(concat(%s, %s))", keys[i], engine.QuoteText(table+"/"), keys[i])
	}
	return "CASE" + cases.String() + " END"
}
