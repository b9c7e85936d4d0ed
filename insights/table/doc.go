// Package table keeps an environment's tables on a lake: immutable Parquet or CSV files, one model.json per
// process that points at the current ones, and a Delta log beside Parquet files.
//
//	ci_<environmentId>/<Process>/model.json
//	ci_<environmentId>/<Process>/<Table>/part-<run>-<n>.parquet
//	ci_<environmentId>/<Process>/<Table>/_delta_log/00000000000000000007.json
//
// # How a change becomes visible
//
// [Commit.Write] adds files that nothing points at. [Commit.Publish] then appends to the Delta logs of the changed
// tables, each an atomic put-if-absent, and replaces model.json last, in one put that requires the ETag it was
// read with. model.json is the truth: before it is replaced every reader of it sees the former tables, complete;
// afterwards the new ones. It comes last because a Delta log can be mended from it, by one more
// version, while the reverse would mean taking back what readers of model.json have seen. A crash between
// the two leaves a log ahead of model.json (complete files of the killed run, never a mix); the next Publish
// that touches the table, Abort, or Vacuum writes a version that leads the log back. Commits of different
// tables of a process merge; two commits of one table do not, the later one is refused as a Conflict.
//
// Everything that a snapshot says is in model.json: what the format has no property for is in annotations
// (model.go lists them).
//
// # How values are written
//
// Parquet: Zstandard, string, guid and json as UTF-8 text, time as text "12:30:00.25" (Spark and Delta have no
// such type), dateTime as an instant in microseconds UTC. The infinite dates and times that some databases have
// are written as null, as no reader of files knows them. Delta logs are of protocol (1,2), without checkpoints:
// readers replay a version per publication, which is quick for some thousand of them.
// Column names with blanks or any of ,;{}()= are legal in Parquet and model.json, but Spark's Delta writer
// refuses to append to such a table.
//
// CSV, by the rules of model.json 1.0: no header, UTF-8 without byte order mark, every value quoted and quotes
// doubled, lines end in "\n", nothing between delimiters is null and "" the empty text, 2018-01-02T12:00:00Z, true and
// false. Line breaks inside values become one blank, as many readers split lines first: Parquet
// keeps them.
//
// The package knows lakes through lake.Store and engines through engine.Session only.
package table
