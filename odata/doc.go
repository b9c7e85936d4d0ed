// Package odata serves tables by OData version 4: the service document, metadata as CSDL XML and JSON, entity sets with
// $filter, $select, $orderby, $top, $skip, $count, $search and $expand, look-up by key, pages that the server decides
// the size of, and the protocol's errors. It serves reading alone.
//
// A [Service] answers requests from a [Source], which holds a [Model] and answers a [Query]. The expressions of a query
// are typed trees ([Expr]): text of a caller is never part of what a source executes. The package knows no store and no
// engine; package odata/relation renders queries for one.
//
// What is not served is refused with 501, as the protocol asks: $apply, $compute, $batch, lambda operators, and paths in
// expressions. Section numbers in comments are those of "OData Version 4.01. Part 1: Protocol" (P) and "Part 2: URL
// Conventions" (U).
package odata
