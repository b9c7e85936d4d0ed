package unify

import (
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/insights/engine"
)

// customerIDColumn is the key of Customer.
const customerIDColumn = "CustomerId"

// customerIDSQL is a new customer's id: a hash of 32 hexadecimal digits over the name of the first table in match order that
// has a winner of the customer, and the winner's key (the rule of 2022 of UNI-15). It follows from the data, so that
// another order of rows or another server gives the same id. keys are, per
// table, the winner's key as text, or NULL.
//
// Where that id is another customer's, who has the winner no more, a further attempt gives another.
func customerIDSQL(tables, keys []string, attempt int) string {
	salt := ""
	if attempt > 1 {
		salt = fmt.Sprintf(", '#%d'", attempt)
	}
	var cases strings.Builder
	for i, table := range tables {
		fmt.Fprintf(&cases, " WHEN %s IS NOT NULL THEN md5(concat(%s, %s%s))", keys[i], engine.QuoteText(table+"/"), keys[i], salt)
	}
	return "CASE" + cases.String() + " END"
}
