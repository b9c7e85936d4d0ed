// Package table keeps an environment's tables on a lake: immutable Parquet or CSV files, a model.json per process
// that points at the current ones, and a Delta log beside Parquet files.
package table
