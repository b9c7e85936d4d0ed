// Package insights holds the words of the pipeline: environments and their data storage, data sources, tables
// and columns, unification, runs. Types carry json and yaml tags, as a project's YAML files, the definitions
// kept in the lake and the API all use these same words.
//
// It is pure: no I/O, no SQL. insights/source fills tables from files, insights/unify makes Customer of them,
// insights/table keeps tables on a lake, insights/catalog keeps definitions and history there, and
// insights/pipeline runs it all.
package insights
