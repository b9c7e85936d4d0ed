// Package source makes ingested tables of data sources: CSV and Parquet files on local disk or in a lake, and CDM
// folders.
//
// # Two steps
//
// A plan is made from a sample of the files: encoding, delimiter, quote, header, the columns' types and date
// formats, the primary key. Then every byte is read once: records are found, checked against the plan, and
// written, canonically, to a staging file that the engine only has to convert; what does not fit goes to the
// table's _corrupt table with file, line, column, value, reason and the record's text (SRC-15). The reader decides
// what a record is and what fits, not the engine, so that rows in = rows out + corrupt rows holds by
// construction, and the engine's count is checked against it. Where the whole file refutes what the sample
// suggested (a leading zero in a column of numbers, a day above 12 where months were possible), the plan is
// mended and the file read once more.
//
// # What a record is
//
// Fields are separated by one character and may be quoted; inside quotes a doubled quote stands for one, and line
// breaks and delimiters have no meaning. A quote inside an unquoted field is text. Lines end in LF or CR LF; a lone
// CR ends a line only in files that end their lines so. Empty lines are no records. A record is corrupt if text
// follows a closing quote, if a quote is never closed, if the number of fields is not that of the header (or,
// without one, of most records), or if it holds a NUL byte or bytes that are not of the file's encoding. A broken
// record that spans lines spoils its first line only: reading goes on with the next one, so an unclosed quote
// cannot swallow the records after it.
//
// # What fits
//
// Values are not changed but parsed: blanks around numbers and dates are ignored, text stays as it is. An empty
// field, quoted or not, is missing; in typed columns so are NULL, null and \N. Types that are declared are
// law. Inferred ones need nearly all values to fit: 999 of 1,000 for numbers, booleans and GUIDs, 49 of 50 (or all
// but one) for dates, whose form leaves little doubt; otherwise the column is text. Columns of digits stay text where a
// leading zero occurs or the name says identifier, phone or postal code. A date that could be day/month or
// month/day in all rows is ambiguous: the column stays text and a warning says so. Times without zone are UTC.
//
// The package knows files and values. It reaches lakes through [Lakes], writes through insights/table, and knows
// no engine in particular.
package source
