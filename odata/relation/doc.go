// Package relation reads entity sets of package odata out of SQL relations: it renders a query for insights/engine, and
// serves an environment's tables. Expressions become SQL by a walk over their typed tree; every value of a caller is an
// argument of the statement, and every name in its text is a column's, quoted.
package relation
