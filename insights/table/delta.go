package table

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// The protocol of our Delta logs: the oldest, which every reader knows.
const (
	deltaReaderVersion = 1
	deltaWriterVersion = 2
	deltaLogDir        = "_delta_log"
)

// deltaLog is a table's Delta log (PROTOCOL.md of delta-io/delta), with what it says as of a version.
type deltaLog struct {
	store lake.Store
	dir   lake.Path // of the log
	id    string    // of the table
	clock func() time.Time

	version int64            // of the last entry read; noDeltaVersion for none
	files   map[string]int64 // active files by name, with their sizes
	schema  string           // "" before the first entry
}

// deltaEntry is one line of a version. Exactly one field is set. Fields that we do not use are not read.
type deltaEntry struct {
	CommitInfo *deltaCommit   `json:"commitInfo,omitempty"`
	Protocol   *deltaProtocol `json:"protocol,omitempty"`
	MetaData   *deltaMetaData `json:"metaData,omitempty"`
	Remove     *deltaRemove   `json:"remove,omitempty"`
	Add        *deltaAdd      `json:"add,omitempty"`
}

type deltaCommit struct {
	Timestamp           int64             `json:"timestamp"`
	Operation           string            `json:"operation"`
	OperationParameters map[string]string `json:"operationParameters"`
	IsBlindAppend       bool              `json:"isBlindAppend"`
	EngineInfo          string            `json:"engineInfo"`
}

type deltaProtocol struct {
	MinReaderVersion int `json:"minReaderVersion"`
	MinWriterVersion int `json:"minWriterVersion"`
}

type deltaMetaData struct {
	ID               string            `json:"id"`
	Name             string            `json:"name,omitempty"`
	Format           deltaFormat       `json:"format"`
	SchemaString     string            `json:"schemaString"`
	PartitionColumns []string          `json:"partitionColumns"`
	Configuration    map[string]string `json:"configuration"`
	CreatedTime      int64             `json:"createdTime"`
}

type deltaFormat struct {
	Provider string            `json:"provider"`
	Options  map[string]string `json:"options"`
}

type deltaAdd struct {
	Path             string            `json:"path"`
	PartitionValues  map[string]string `json:"partitionValues"`
	Size             int64             `json:"size"`
	ModificationTime int64             `json:"modificationTime"`
	DataChange       bool              `json:"dataChange"`
	Stats            string            `json:"stats,omitempty"`
}

type deltaRemove struct {
	Path                 string            `json:"path"`
	DeletionTimestamp    int64             `json:"deletionTimestamp"`
	DataChange           bool              `json:"dataChange"`
	ExtendedFileMetadata bool              `json:"extendedFileMetadata,omitempty"`
	PartitionValues      map[string]string `json:"partitionValues,omitempty"`
	Size                 int64             `json:"size,omitempty"`
}

// openDelta reads a table's log. What model.json says of the table saves reading the versions up to the
// one it names; only later ones, which a killed run or another writer made, are read.
func (f *Folder) openDelta(ctx context.Context, p insights.Process, table string, known insights.Snapshot, version int64) (*deltaLog, error) {
	d := &deltaLog{
		store: f.store, dir: f.tableDir(p, table).Join(deltaLogDir), clock: f.clock,
		// Derived and not drawn, so that a table keeps its id without anybody keeping it.
		id:      uuid.NewSHA1(uuid.NameSpaceURL, []byte("ownlake:"+f.tableDir(p, table))).String(),
		version: version, files: map[string]int64{},
	}
	if version != noDeltaVersion {
		for _, t := range known.Partitions {
			d.files[lake.Path(t.Path).Base()] = t.Bytes
		}
		d.schema = deltaSchema(known.Columns)
	}
	return d, d.replay(ctx)
}

// replay reads the versions after the last one read.
func (d *deltaLog) replay(ctx context.Context) error {
	for {
		c, err := d.store.Read(ctx, insights.Container, d.versionPath(d.version+1), lake.ReadOptions{})
		if errs.CodeOf(err) == lake.CodePathNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		err = d.apply(c.Body)
		if err = errors.Join(err, c.Body.Close()); err != nil {
			return errs.E(errs.Item(c.Properties.Path), err)
		}
		d.version++
	}
}

func (d *deltaLog) versionPath(version int64) lake.Path {
	return d.dir.Join(fmt.Sprintf("%020d.json", version))
}

func (d *deltaLog) apply(r io.Reader) error {
	dec := json.NewDecoder(r)
	for {
		var e deltaEntry
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errs.E(errs.Corrupt, "not a version of a Delta log", err,
				errs.Hint("move the table's folder _delta_log away; the next run starts a new one"))
		}
		if err := d.applyEntry(e); err != nil {
			return err
		}
	}
}

func (d *deltaLog) applyEntry(e deltaEntry) error {
	switch {
	case e.Protocol != nil && (e.Protocol.MinReaderVersion > deltaReaderVersion || e.Protocol.MinWriterVersion > deltaWriterVersion):
		return errs.E(errs.Conflict, fmt.Sprintf("another program raised the Delta protocol to (%d,%d)", e.Protocol.MinReaderVersion, e.Protocol.MinWriterVersion),
			errs.Hint("tables of an environment are for reading; copy the table to change it"))
	case e.MetaData != nil:
		d.schema = e.MetaData.SchemaString
	case e.Remove != nil:
		delete(d.files, deltaName(e.Remove.Path))
	case e.Add != nil:
		d.files[deltaName(e.Add.Path)] = e.Add.Size
	}
	return nil
}

// deltaName decodes a path of the log, which is relative to the table's folder and URL-encoded.
func deltaName(path string) string {
	if s, err := url.PathUnescape(path); err == nil {
		return s
	}
	return path
}

// lead writes the version that makes the log list exactly the snapshot's files; none if it does already. The error
// is Exists if another writer was quicker.
func (d *deltaLog) lead(ctx context.Context, s insights.Snapshot) error {
	schema := deltaSchema(s.Columns)
	if len(s.Columns) == 0 {
		schema = d.schema // a dropped table keeps its columns
	}
	changes := d.changes(s)
	if len(changes) == 0 && (schema == d.schema || d.version == noDeltaVersion && len(s.Columns) == 0) {
		return nil
	}
	now := d.clock().UnixMilli()
	entries := []deltaEntry{{CommitInfo: &deltaCommit{
		Timestamp: now, Operation: "WRITE", EngineInfo: application,
		OperationParameters: map[string]string{"mode": "Overwrite", "partitionBy": "[]", "run": string(s.Run)},
	}}}
	if d.version == noDeltaVersion {
		entries = append(entries, deltaEntry{Protocol: &deltaProtocol{deltaReaderVersion, deltaWriterVersion}})
	}
	if schema != d.schema {
		entries = append(entries, deltaEntry{MetaData: &deltaMetaData{
			ID: d.id, Name: s.Table, Format: deltaFormat{"parquet", map[string]string{}}, SchemaString: schema,
			PartitionColumns: []string{}, Configuration: map[string]string{}, CreatedTime: now,
		}})
	}
	if err := d.put(ctx, append(entries, changes...)); err != nil {
		return err
	}
	d.version++
	d.schema, d.files = schema, map[string]int64{}
	for _, p := range s.Partitions {
		d.files[lake.Path(p.Path).Base()] = p.Bytes
	}
	return nil
}

// changes lists what to remove and to add.
func (d *deltaLog) changes(s insights.Snapshot) []deltaEntry {
	now := d.clock().UnixMilli()
	wanted := map[string]bool{}
	var adds, changes []deltaEntry
	for _, p := range s.Partitions {
		name := lake.Path(p.Path).Base()
		wanted[name] = true
		if _, active := d.files[name]; active {
			continue
		}
		adds = append(adds, deltaEntry{Add: &deltaAdd{
			Path: url.PathEscape(name), PartitionValues: map[string]string{}, Size: p.Bytes, ModificationTime: s.ModifiedAt.UnixMilli(),
			DataChange: true, Stats: fmt.Sprintf(`{"numRecords":%d}`, p.Rows),
		}})
	}
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		if !wanted[name] {
			changes = append(changes, deltaEntry{Remove: &deltaRemove{
				Path: url.PathEscape(name), DeletionTimestamp: now, DataChange: true,
				ExtendedFileMetadata: true, PartitionValues: map[string]string{}, Size: d.files[name],
			}})
		}
	}
	return append(changes, adds...)
}

func (d *deltaLog) put(ctx context.Context, entries []deltaEntry) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, e := range entries {
		if err := enc.Encode(e); err != nil {
			return errs.E(errs.Internal, err)
		}
	}
	_, err := d.store.PutBlob(ctx, insights.Container, d.versionPath(d.version+1), &b, lake.PutBlobOptions{
		Headers:    lake.ContentHeaders{ContentType: "application/json"},
		Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag},
	})
	return err
}

// deltaSchema renders columns as the log's schemaString.
func deltaSchema(columns []insights.Column) string {
	type field struct {
		Name     string   `json:"name"`
		Type     string   `json:"type"`
		Nullable bool     `json:"nullable"`
		Metadata struct{} `json:"metadata"`
	}
	schema := struct {
		Type   string  `json:"type"`
		Fields []field `json:"fields"`
	}{Type: "struct", Fields: []field{}}
	for _, c := range columns {
		schema.Fields = append(schema.Fields, field{Name: c.Name, Type: deltaType(c), Nullable: true})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(schema) // strings and flags cannot fail to encode
	return string(bytes.TrimSpace(b.Bytes()))
}

// deltaType is the Delta type of a column as our Parquet files hold it.
func deltaType(c insights.Column) string {
	switch c.Type {
	case insights.Int64:
		return "long"
	case insights.Double, insights.Boolean, insights.Date:
		return string(c.Type)
	case insights.Decimal:
		return fmt.Sprintf("decimal(%d,%d)", c.Precision, c.Scale)
	case insights.DateTime:
		return "timestamp"
	case insights.String, insights.Time, insights.GUID, insights.JSON:
	}
	return "string"
}
