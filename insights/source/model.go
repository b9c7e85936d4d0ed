package source

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/cdm"
	"github.com/ownlake/ownlake/lake"
)

// Annotations of Customer Insights' schema files (reference lake-layout, section 1). Formats may stand at an
// attribute, its entity or the model; the nearest counts.
const (
	primaryKeyAnnotation      = "c360:PrimaryKey"
	semanticTypeAnnotation    = "ci:semanticType"
	dateFormatAnnotation      = "ci:CustomDateFormat"
	timestampFormatAnnotation = "ci:CustomTimestampFormat"
)

// model is the model.json of a CDM folder.
type model struct {
	*cdm.Model
	folder string // where it lies, as a location without the file's name
	file   file
}

// maxModel bounds a model.json. The largest known have a few thousand entities.
const maxModel = 256 << 20

func (r *Reader) readModel(ctx context.Context, folder string) (*model, error) {
	folder = strings.TrimRight(strings.TrimSuffix(folder, cdm.FileName), "/")
	files, err := r.list(ctx, folder+"/"+cdm.FileName, nil)
	if err != nil {
		return nil, errs.E(errs.Hint("a CDM folder holds a file "+cdm.FileName), err)
	}
	if files[0].size > maxModel {
		return nil, errs.E(errs.Invalid, errs.Item(folder), cdm.FileName+" is larger than 256 MiB")
	}
	text, err := files[0].head(ctx, maxModel)
	if err != nil {
		return nil, err
	}
	m, warnings, err := cdm.Parse(text)
	if err != nil {
		return nil, errs.E(errs.Item(folder+"/"+cdm.FileName), err)
	}
	for _, w := range warnings {
		r.o.Logger.WarnContext(ctx, "model.json is not quite as it should be", "folder", folder, "warning", w)
	}
	return &model{m, folder, files[0]}, nil
}

// tables are those that the data source chooses of the model's entities, all if it names none.
func (m *model) tables(ds insights.DataSource) ([]insights.SourceTable, error) {
	var names []string
	var list []insights.SourceTable
	for _, e := range m.Entities {
		local, ok := e.(*cdm.LocalEntity)
		if !ok {
			continue
		}
		names = append(names, local.Name)
		if len(ds.Tables) == 0 {
			list = append(list, m.complete(local, insights.SourceTable{Name: local.Name}))
		}
	}
	for _, t := range ds.Tables {
		if t.Location != "" {
			list = append(list, t) // a table of its own beside those of the folder
			continue
		}
		local := m.Local(t.Name)
		if local == nil {
			return nil, unknownEntity(t.Name, m.folder, names)
		}
		list = append(list, m.complete(local, t))
	}
	return list, nil
}

func unknownEntity(name, folder string, names []string) error {
	hint := "the entities are " + strings.Join(names[:min(len(names), 30)], ", ")
	if near := insights.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return errs.E(errs.NotFound, errs.Item(folder+"/"+cdm.FileName), "the model has no entity "+name, errs.Hint(hint))
}

// complete fills in what the model says and the definition does not.
func (m *model) complete(e *cdm.LocalEntity, t insights.SourceTable) insights.SourceTable {
	if t.PrimaryKey == "" {
		t.PrimaryKey, _ = e.Annotations.Get(primaryKeyAnnotation)
	}
	declared := t.Columns
	t.Columns = m.columns(e)
	for _, d := range declared {
		i := slices.IndexFunc(t.Columns, func(c insights.Column) bool { return sameName(c.Name, d.Name) })
		if i < 0 {
			t.Columns = append(t.Columns, d) // refused later, with the names there are
			continue
		}
		if d.Type == "" {
			d.Type = t.Columns[i].Type
		}
		t.Columns[i] = d
	}
	t.CSV = csvOptions(e, t.CSV)
	return t
}

// columns are the entity's attributes.
func (m *model) columns(e *cdm.LocalEntity) []insights.Column {
	list := make([]insights.Column, len(e.Attributes))
	for i, a := range e.Attributes {
		c := insights.Column{Name: a.Name, Type: columnType(a.DataType)}
		semantic, _ := a.Annotations.Get(semanticTypeAnnotation)
		c.SemanticType = insights.SemanticType(semantic)
		annotation := ""
		switch c.Type {
		case insights.Date:
			annotation = dateFormatAnnotation
		case insights.DateTime:
			annotation = timestampFormatAnnotation
		default:
		}
		for _, level := range []cdm.Annotations{a.Annotations, e.Annotations, m.Annotations} {
			if format, ok := level.Get(annotation); ok && c.Format == "" {
				c.Format = format
			}
		}
		list[i] = c
	}
	return list
}

func columnType(t cdm.DataType) insights.DataType {
	switch t {
	case cdm.Int64, cdm.Double, cdm.Decimal, cdm.Boolean, cdm.Date, cdm.Time, cdm.DateTime, cdm.GUID, cdm.JSON:
		return insights.DataType(t)
	case cdm.DateTimeOffset:
		return insights.DateTime
	case cdm.String, cdm.Unclassified:
	}
	return insights.String
}

// csvOptions takes what the definition leaves open from the first partition, and from what absent settings mean.
func csvOptions(e *cdm.LocalEntity, o insights.CSVOptions) insights.CSVOptions {
	s := cdm.DefaultCSV()
	if len(e.Partitions) > 0 && e.Partitions[0].CSV != nil {
		s = e.Partitions[0].CSV
	}
	if o.Header == nil {
		header := s.ColumnHeaders
		o.Header = &header
	}
	if o.Delimiter == "" {
		o.Delimiter = s.Delimiter
	}
	if o.Encoding == "" {
		o.Encoding = s.Encoding
	}
	if o.Quote == "" {
		o.Quote = `"`
	}
	return o
}

// input finds the files of an entity.
func (m *model) input(ctx context.Context, r *Reader, t insights.SourceTable) (input, error) {
	e := m.Local(t.Name)
	if e == nil {
		return input{}, unknownEntity(t.Name, m.folder, nil)
	}
	t = m.complete(e, t)
	in := input{table: t, columns: m.columns(e), quoting: true, monthFirst: true}
	for _, p := range e.Partitions {
		if p.Location == "" {
			continue
		}
		if p.CSV != nil && p.CSV.QuoteStyle == cdm.QuoteNone {
			in.quoting = false
		}
		f, err := m.partition(ctx, r, p.Location)
		if err != nil {
			return input{}, errs.E(errs.Item("partition "+p.Name+" of "+e.Name), err)
		}
		in.files = append(in.files, f)
	}
	if len(in.files) == 0 {
		return input{}, errs.E(errs.Invalid, errs.Item(e.Name), "the model lists no files for this entity",
			errs.Hint("take it out of the data source, or let the producer of the folder write it"))
	}
	return in, nil
}

// partition finds a partition's file: where its address says, or, as folders are copied and moved while addresses stay,
// below the model's folder by the longest end of the address that exists there.
func (m *model) partition(ctx context.Context, r *Reader, address string) (file, error) {
	address, _, _ = strings.Cut(address, "?")
	if m.file.local == "" {
		if files, err := r.list(ctx, address, nil); err == nil && files[0].store != nil {
			return files[0], nil
		} else if errs.Is(err, errs.Canceled) {
			return file{}, err
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		return file{}, badLocation(address, "the partition's location is not an address")
	}
	p, err := lake.ParsePath(u.Path)
	if err != nil {
		return file{}, errs.E(errs.Item(address), err)
	}
	for names := p.Names(); len(names) > 0; names = names[1:] {
		f, err := m.below(ctx, names)
		if err == nil {
			f.name = strings.Join(names, "/")
			return f, nil
		}
		if !errs.Is(err, errs.NotFound) {
			return file{}, err
		}
	}
	return file{}, errs.E(errs.NotFound, errs.Item(address), "the file is neither there nor in the model's folder",
		errs.Hint("copy the whole folder, or connect the account that the model points to"))
}

// below finds a file below the model's folder.
func (m *model) below(ctx context.Context, names []string) (file, error) {
	if m.file.local != "" {
		p := filepath.Join(append([]string{filepath.Dir(m.file.local)}, names...)...)
		info, err := os.Stat(p)
		if err != nil {
			return file{}, localError(p, err)
		}
		if info.IsDir() {
			return file{}, errs.E(errs.NotFound, errs.Item(p), "is a folder")
		}
		return localFile(p, filepath.Base(p), info), nil
	}
	p := m.file.path.Dir().Join(names...)
	props, err := m.file.store.Properties(ctx, m.file.filesystem, p, lake.Conditions{})
	if err != nil {
		return file{}, err
	}
	if props.IsDirectory {
		return file{}, errs.E(errs.NotFound, errs.Item(string(p)), "is a directory")
	}
	return lakeFile(m.file.store, m.file.filesystem, props, p.Base()), nil
}
