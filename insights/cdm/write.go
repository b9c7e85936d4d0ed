package cdm

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// timeLayout writes an offset in digits, the form that every reader's date parser takes.
const timeLayout = "2006-01-02T15:04:05.999999-07:00"

// Marshal returns the text of a model.json, indented, without a byte order mark. It refuses a model that does not
// pass [Validate].
func Marshal(m *Model) ([]byte, error) {
	if err := Validate(m); err != nil {
		return nil, err
	}
	w := &writer{}
	w.enc = json.NewEncoder(&w.buf)
	w.enc.SetEscapeHTML(false) // addresses hold "&"
	w.model(m)
	var out bytes.Buffer
	if err := json.Indent(&out, w.buf.Bytes(), "", "  "); err != nil {
		return nil, errs.E(errs.Op("cdm.Marshal"), errs.Invalid, errs.Item(m.Name), "an extension's value is not JSON", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// writer builds JSON text with properties in the format's own order.
type writer struct {
	buf bytes.Buffer
	enc *json.Encoder
}

func (w *writer) model(m *Model) {
	w.object(func() {
		w.text("application", m.Application)
		w.text("name", m.Name)
		w.text("description", m.Description)
		w.text("version", m.Version)
		w.text("culture", m.Culture)
		w.time("modifiedTime", m.ModifiedTime)
		w.flag("isHidden", m.IsHidden)
		w.annotations(m.Annotations)
		w.property("entities", func() { list(w, m.Entities, w.entity) })
		if len(m.ReferenceModels) > 0 {
			w.property("referenceModels", func() { list(w, m.ReferenceModels, w.referenceModel) })
		}
		if len(m.Relationships) > 0 {
			w.property("relationships", func() { list(w, m.Relationships, w.relationship) })
		}
		w.extensions(m.Extensions)
	})
}

func (w *writer) entity(e Entity) {
	switch e := e.(type) {
	case *ReferenceEntity:
		w.referenceEntity(e)
	case *LocalEntity:
		w.localEntity(e)
	}
}

func (w *writer) referenceEntity(e *ReferenceEntity) {
	w.object(func() {
		w.text("$type", "ReferenceEntity")
		w.text("name", e.Name)
		w.text("description", e.Description)
		w.flag("isHidden", e.IsHidden)
		w.annotations(e.Annotations)
		w.text("source", e.Source)
		w.text("modelId", e.ModelID)
		w.extensions(e.Extensions)
	})
}

func (w *writer) localEntity(e *LocalEntity) {
	w.object(func() {
		w.text("$type", "LocalEntity")
		w.text("name", e.Name)
		w.text("description", e.Description)
		w.flag("isHidden", e.IsHidden)
		w.annotations(e.Annotations)
		w.property("attributes", func() { list(w, e.Attributes, w.attribute) })
		w.property("partitions", func() { list(w, e.Partitions, w.partition) })
		if len(e.Schemas) > 0 {
			w.property("schemas", func() { list(w, e.Schemas, func(s string) { w.value(s) }) })
		}
		w.extensions(e.Extensions)
	})
}

func (w *writer) attribute(a Attribute) {
	w.object(func() {
		w.text("name", a.Name)
		w.text("dataType", string(a.DataType))
		w.text("description", a.Description)
		w.flag("isHidden", a.IsHidden)
		w.annotations(a.Annotations)
		w.extensions(a.Extensions)
	})
}

func (w *writer) partition(p Partition) {
	w.object(func() {
		w.text("name", p.Name)
		w.text("description", p.Description)
		w.time("refreshTime", p.RefreshTime)
		w.text("location", p.Location)
		w.flag("isHidden", p.IsHidden)
		if p.CSV != nil {
			w.property("fileFormatSettings", func() { w.csv(p.CSV) })
		}
		w.annotations(p.Annotations)
		w.extensions(p.Extensions)
	})
}

// csv states every property, defaults too: readers differ in what they assume.
func (w *writer) csv(c *CSVFormatSettings) {
	w.object(func() {
		w.text("$type", "CsvFormatSettings")
		w.property("columnHeaders", func() { w.value(c.ColumnHeaders) })
		w.text("delimiter", c.Delimiter)
		w.text("quoteStyle", string(c.QuoteStyle))
		w.text("csvStyle", string(c.CSVStyle))
		w.text("encoding", c.Encoding)
		w.extensions(c.Extensions)
	})
}

func (w *writer) referenceModel(r ReferenceModel) {
	w.object(func() {
		w.text("id", r.ID)
		w.text("location", r.Location)
		w.extensions(r.Extensions)
	})
}

func (w *writer) relationship(r Relationship) {
	reference := func(a AttributeReference) func() {
		return func() {
			w.object(func() {
				w.text("entityName", a.Entity)
				w.text("attributeName", a.Attribute)
			})
		}
	}
	w.object(func() {
		w.text("$type", "SingleKeyRelationship")
		w.text("name", r.Name)
		w.text("description", r.Description)
		w.annotations(r.Annotations)
		w.property("fromAttribute", reference(r.From))
		w.property("toAttribute", reference(r.To))
		w.extensions(r.Extensions)
	})
}

func (w *writer) annotations(a Annotations) {
	if len(a) == 0 {
		return
	}
	w.property("annotations", func() {
		list(w, a, func(x Annotation) {
			w.object(func() {
				w.text("name", x.Name)
				w.property("value", func() { w.value(x.Value) })
			})
		})
	})
}

func (w *writer) extensions(e Extensions) {
	for _, x := range e {
		w.property(x.Name, func() { w.buf.Write(x.Value) })
	}
}

func (w *writer) text(name, s string) {
	if s != "" {
		w.property(name, func() { w.value(s) })
	}
}

func (w *writer) flag(name string, b bool) {
	if b {
		w.property(name, func() { w.value(true) })
	}
}

func (w *writer) time(name string, t time.Time) {
	if !t.IsZero() {
		w.property(name, func() { w.value(t.Format(timeLayout)) })
	}
}

func (w *writer) object(members func()) {
	w.buf.WriteByte('{')
	members()
	w.buf.WriteByte('}')
}

func (w *writer) property(name string, value func()) {
	w.comma()
	w.value(name)
	w.buf.WriteByte(':')
	value()
}

func list[T any](w *writer, items []T, item func(T)) {
	w.buf.WriteByte('[')
	for _, x := range items {
		w.comma()
		item(x)
	}
	w.buf.WriteByte(']')
}

// comma separates what follows from what is there, unless a list or an object has just begun.
func (w *writer) comma() {
	b := w.buf.Bytes()
	if last := b[len(b)-1]; last != '{' && last != '[' {
		w.buf.WriteByte(',')
	}
}

// value writes a string or a flag, which cannot fail to encode.
func (w *writer) value(v any) {
	_ = w.enc.Encode(v)
	w.buf.Truncate(w.buf.Len() - 1) // the encoder's line break
}
