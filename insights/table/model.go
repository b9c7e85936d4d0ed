package table

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/cdm"
	"github.com/ownlake/ownlake/lake"
)

// Annotations in model.json for what a snapshot knows and the format has no property for.
const (
	annotationEnvironment  = "ci:environmentId" // model
	annotationPrimaryKey   = "c360:PrimaryKey"  // entity; read by Customer Insights (lake-layout, section 1)
	annotationRun          = "ci:run"           // entity
	annotationFingerprint  = "ci:fingerprint"   // entity
	annotationFormat       = "ci:format"        // entity: "parquet" or "csv"
	annotationModified     = "ci:modifiedTime"  // entity
	annotationDeltaVersion = "ci:deltaVersion"  // entity: the log's version that lists the same files
	annotationSemanticType = "ci:semanticType"  // attribute
	annotationSourceFormat = "ci:sourceFormat"  // attribute: how the source wrote it, not how the file does
	annotationDecimal      = "ci:decimal"       // attribute: "18,4"
	annotationRows         = "ci:rows"          // partition
	annotationBytes        = "ci:bytes"         // partition
)

const (
	timeFormat  = time.RFC3339Nano // of annotations
	application = "ownlake"
	// culture is what readers are told to parse values with. Ours have the forms of no culture, which this one takes.
	culture = "en-US"
	// noDeltaVersion stands for no log, or for one that model.json does not know.
	noDeltaVersion = int64(-1)
)

// entity describes a snapshot for model.json.
func entity(s insights.Snapshot, description, endpoint string, deltaVersion int64) *cdm.LocalEntity {
	e := &cdm.LocalEntity{Name: s.Table, Description: description}
	annotate(&e.Annotations, annotationPrimaryKey, s.PrimaryKey)
	annotate(&e.Annotations, annotationRun, string(s.Run))
	annotate(&e.Annotations, annotationFingerprint, s.Fingerprint)
	annotate(&e.Annotations, annotationFormat, string(s.Format))
	annotate(&e.Annotations, annotationModified, s.ModifiedAt.Format(timeFormat))
	if deltaVersion != noDeltaVersion {
		annotate(&e.Annotations, annotationDeltaVersion, strconv.FormatInt(deltaVersion, 10))
	}
	for _, c := range s.Columns {
		a := cdm.Attribute{Name: c.Name, DataType: cdm.DataType(c.Type)}
		annotate(&a.Annotations, annotationSemanticType, string(c.SemanticType))
		annotate(&a.Annotations, annotationSourceFormat, c.Format)
		if c.Precision > 0 {
			annotate(&a.Annotations, annotationDecimal, fmt.Sprintf("%d,%d", c.Precision, c.Scale))
		}
		e.Attributes = append(e.Attributes, a)
	}
	for _, p := range s.Partitions {
		e.Partitions = append(e.Partitions, partition(s, p, endpoint))
	}
	return e
}

// parquetTraits tell readers on the CDM SDK what model.json 1.0 itself cannot: that a file is Parquet.
var parquetTraits = []byte(`["is.partition.format.parquet"]`)

func partition(s insights.Snapshot, p insights.Partition, endpoint string) cdm.Partition {
	out := cdm.Partition{Name: p.Name, RefreshTime: s.ModifiedAt, Location: location(endpoint, p.Path)}
	if s.Format == insights.CSV {
		out.CSV = cdm.DefaultCSV()
	} else {
		out.Extensions = cdm.Extensions{{Name: "cdm:traits", Value: parquetTraits}}
	}
	annotate(&out.Annotations, annotationRows, strconv.FormatInt(p.Rows, 10))
	annotate(&out.Annotations, annotationBytes, strconv.FormatInt(p.Bytes, 10))
	return out
}

func annotate(list *cdm.Annotations, name, value string) {
	if value != "" {
		*list = append(*list, cdm.Annotation{Name: name, Value: value})
	}
}

// snapshot reads back what entity wrote. Entities of other producers yield what can be told.
func (f *Folder) snapshot(p insights.Process, e *cdm.LocalEntity) insights.Snapshot {
	get := func(name string) string { v, _ := e.Annotations.Get(name); return v }
	s := insights.Snapshot{
		Process: p, Table: e.Name, Run: insights.RunID(get(annotationRun)), PrimaryKey: get(annotationPrimaryKey),
		Fingerprint: get(annotationFingerprint), Format: insights.DataFormat(get(annotationFormat)),
	}
	s.ModifiedAt, _ = time.Parse(timeFormat, get(annotationModified))
	for _, a := range e.Attributes {
		s.Columns = append(s.Columns, column(a))
	}
	for _, t := range e.Partitions {
		s.Partitions = append(s.Partitions, insights.Partition{
			Name: t.Name, Path: string(f.path(t.Location)),
			Rows: number(t.Annotations, annotationRows, 0), Bytes: number(t.Annotations, annotationBytes, 0),
		})
	}
	return s
}

func column(a cdm.Attribute) insights.Column {
	get := func(name string) string { v, _ := a.Annotations.Get(name); return v }
	c := insights.Column{
		Name: a.Name, Type: columnType(a.DataType),
		SemanticType: insights.SemanticType(get(annotationSemanticType)), Format: get(annotationSourceFormat),
	}
	if p, s, ok := strings.Cut(get(annotationDecimal), ","); ok {
		c.Precision, _ = strconv.Atoi(p)
		c.Scale, _ = strconv.Atoi(s)
	}
	return c
}

// columnType is the pipeline's type for one of the format's that we do not write.
func columnType(t cdm.DataType) insights.DataType {
	switch t {
	case cdm.Unclassified:
		return insights.String
	case cdm.DateTimeOffset:
		return insights.DateTime
	default:
		return insights.DataType(t)
	}
}

func number(list cdm.Annotations, name string, otherwise int64) int64 {
	v, _ := list.Get(name)
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return n
	}
	return otherwise
}

// location is a file's address for outside readers: absolute, as they refuse anything else.
func location(endpoint, path string) string {
	names := lake.Path(path).Names()
	for i, n := range names {
		names[i] = url.PathEscape(n)
	}
	return endpoint + "/" + string(insights.Container) + "/" + strings.Join(names, "/")
}

// path is the place in the container of what a location names. The account's address may have changed since the
// location was written, so only what follows the container's name counts. It is the root for a
// location outside the environment's folder.
func (f *Folder) path(location string) lake.Path {
	u, err := url.Parse(location)
	if err != nil {
		return lake.Root
	}
	folder := string(f.env.ID.Folder())
	_, rest, ok := strings.Cut(u.Path, "/"+string(insights.Container)+"/"+folder+"/")
	if !ok {
		return lake.Root
	}
	p, err := lake.ParsePath(folder + "/" + rest)
	if err != nil {
		return lake.Root
	}
	return p
}

// dirName is a table's folder name. Of what model.json allows in names, paths cannot hold slashes and control
// characters; they are percent-encoded, and "%" itself, so that two names never share a folder.
func dirName(table string) string {
	var b strings.Builder
	for i := range len(table) {
		c := table[i]
		if c == '/' || c == '\\' || c == '%' || c < 0x20 || c == 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
