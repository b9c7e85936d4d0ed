package cdm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// Parse reads the text of a model.json. It fails where the CDM SDK gives up the whole folder (reference
// lake-layout, section 5, causes 2 to 6) and where a property has a value of the wrong JSON type; the error is
// Invalid with [ModelErrors] as its cause. What the SDK tolerates is returned as warnings.
func Parse(text []byte) (*Model, []Warning, error) {
	const op errs.Op = "cdm.Parse"
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	p := &parser{text: text}
	root, err := readJSON(text)
	if err != nil {
		s, ok := errors.AsType[*syntaxError](err)
		if !ok {
			return nil, nil, errs.E(op, errs.Internal, err)
		}
		return nil, nil, errs.E(op, errs.Invalid, ModelErrors{{Path: "$", Line: p.line(s.offset), Text: "not valid JSON: " + s.text}})
	}
	m := p.model(root)
	if len(p.problems) == 0 {
		p.references(root, m)
	}
	if len(p.problems) > 0 {
		return nil, p.warnings, errs.E(op, errs.Invalid, p.problems)
	}
	return m, p.warnings, nil
}

// parser maps nodes to the model and collects what it minds.
type parser struct {
	text     []byte
	problems ModelErrors
	warnings []Warning
}

func (p *parser) line(offset int) int {
	return 1 + bytes.Count(p.text[:min(offset, len(p.text))], []byte("\n"))
}

func (p *parser) fail(n node, format string, args ...any) {
	p.problems = append(p.problems, Problem{n.path, p.line(n.start), fmt.Sprintf(format, args...)})
}

func (p *parser) warn(n node, format string, args ...any) {
	p.warnings = append(p.warnings, Warning{n.path, p.line(n.start), fmt.Sprintf(format, args...)})
}

func (p *parser) model(n node) *Model {
	o := p.object(n, "the file")
	m := &Model{
		Name:         p.str(o, "name"),
		Description:  p.str(o, "description"),
		Version:      p.str(o, "version"),
		Culture:      p.str(o, "culture"),
		Application:  p.str(o, "application"),
		ModifiedTime: p.time(o, "modifiedTime"),
		IsHidden:     p.flag(o, "isHidden"),
		Annotations:  p.annotations(o),
	}
	if m.Version != "" && m.Version != Version {
		p.warn(o.node, "version %q is not %q; read as %s", m.Version, Version, Version)
	}
	for _, item := range p.list(o, "entities") {
		if e := p.entity(item); e != nil {
			m.Entities = append(m.Entities, e)
		}
	}
	for _, item := range p.list(o, "referenceModels") {
		r := p.object(item, "a reference model")
		m.ReferenceModels = append(m.ReferenceModels, ReferenceModel{p.str(r, "id"), p.str(r, "location"), p.rest(r)})
	}
	for _, item := range p.list(o, "relationships") {
		if r := p.relationship(item); r != nil {
			m.Relationships = append(m.Relationships, *r)
		}
	}
	m.Extensions = p.rest(o)
	return m
}

func (p *parser) entity(n node) Entity {
	o := p.object(n, "an entity")
	kind, name := p.str(o, "$type"), p.str(o, "name")
	if kind != "LocalEntity" && kind != "ReferenceEntity" {
		p.warn(n, "entity %q has the unknown $type %q and is left out", name, kind)
		return nil
	}
	if name == "" {
		p.fail(n, "an entity has no name")
	}
	description, hidden, annotations := p.str(o, "description"), p.flag(o, "isHidden"), p.annotations(o)
	if kind == "ReferenceEntity" {
		e := &ReferenceEntity{Name: name, Description: description, IsHidden: hidden, Annotations: annotations}
		e.Source, e.ModelID = p.str(o, "source"), p.str(o, "modelId")
		e.Extensions = p.rest(o)
		return e
	}
	e := &LocalEntity{Name: name, Description: description, IsHidden: hidden, Annotations: annotations}
	for _, item := range p.list(o, "attributes") {
		e.Attributes = append(e.Attributes, p.attribute(item, name))
	}
	for _, item := range p.list(o, "partitions") {
		e.Partitions = append(e.Partitions, p.partition(item, name))
	}
	for _, item := range p.list(o, "schemas") {
		if s, ok := item.value.(string); ok {
			e.Schemas = append(e.Schemas, s)
		}
	}
	e.Extensions = p.rest(o)
	return e
}

func (p *parser) attribute(n node, entity string) Attribute {
	o := p.object(n, "an attribute")
	a := Attribute{Name: p.str(o, "name")}
	if a.Name == "" {
		p.fail(n, "an attribute of entity %q has no name", entity)
	}
	written := p.str(o, "dataType")
	var known bool
	a.DataType, known = parseDataType(written)
	switch {
	case written == "":
		p.fail(n, "attribute %q of entity %q has no dataType", a.Name, entity)
	case !known:
		p.warn(n, "attribute %q of entity %q has the unknown dataType %q and is read as unclassified", a.Name, entity, written)
	}
	a.Description, a.IsHidden, a.Annotations = p.str(o, "description"), p.flag(o, "isHidden"), p.annotations(o)
	a.Extensions = p.rest(o)
	return a
}

func (p *parser) partition(n node, entity string) Partition {
	o := p.object(n, "a partition")
	t := Partition{
		Name:        p.str(o, "name"),
		Description: p.str(o, "description"),
		RefreshTime: p.time(o, "refreshTime"),
		Location:    p.str(o, "location"),
		IsHidden:    p.flag(o, "isHidden"),
		Annotations: p.annotations(o),
	}
	if t.Name == "" {
		p.warn(n, "a partition of entity %q has no name; Power BI refuses such a folder", entity)
	}
	if reason := badLocation(t.Location); reason != "" {
		p.fail(n, "partition %q of entity %q %s", t.Name, entity, reason)
	}
	t.CSV = p.csv(o)
	t.Extensions = p.rest(o)
	return t
}

// csv reads fileFormatSettings. Settings of another $type are left out, as in the SDK.
func (p *parser) csv(parent *object) *CSVFormatSettings {
	n, ok := parent.take("fileFormatSettings")
	if !ok {
		return nil
	}
	o := p.object(n, "fileFormatSettings")
	if kind := p.str(o, "$type"); kind != "CsvFormatSettings" {
		p.warn(n, "file format settings of the unknown $type %q are left out", kind)
		return nil
	}
	c := DefaultCSV()
	c.ColumnHeaders = p.flag(o, "columnHeaders")
	for _, f := range []struct {
		name string
		set  func(string)
	}{
		{"delimiter", func(s string) { c.Delimiter = s }},
		{"quoteStyle", func(s string) { c.QuoteStyle = QuoteStyle(s) }},
		{"csvStyle", func(s string) { c.CSVStyle = CSVStyle(s) }},
		{"encoding", func(s string) { c.Encoding = s }},
	} {
		if s := p.str(o, f.name); s != "" {
			f.set(s)
		}
	}
	c.Extensions = p.rest(o)
	return c
}

func (p *parser) relationship(n node) *Relationship {
	o := p.object(n, "a relationship")
	if kind := p.str(o, "$type"); kind != "SingleKeyRelationship" {
		p.warn(n, "a relationship of the unknown $type %q is left out", kind)
		return nil
	}
	return &Relationship{
		Name:        p.str(o, "name"),
		Description: p.str(o, "description"),
		Annotations: p.annotations(o),
		From:        p.attributeReference(o, "fromAttribute"),
		To:          p.attributeReference(o, "toAttribute"),
		Extensions:  p.rest(o),
	}
}

func (p *parser) attributeReference(parent *object, name string) AttributeReference {
	n, ok := parent.take(name)
	if !ok {
		p.fail(parent.node, "a relationship has no %s", name)
		return AttributeReference{}
	}
	o := p.object(n, name)
	return AttributeReference{Entity: p.str(o, "entityName"), Attribute: p.str(o, "attributeName")}
}

func (p *parser) annotations(parent *object) Annotations {
	var list Annotations
	for _, n := range p.list(parent, "annotations") {
		o := p.object(n, "an annotation")
		a := Annotation{Name: p.str(o, "name")}
		if v, ok := o.take("value"); ok {
			a.Value = p.annotationValue(v)
		}
		list = append(list, a)
	}
	return list
}

// annotationValue keeps a value that is not a string as its JSON text.
func (p *parser) annotationValue(n node) string {
	if s, ok := n.value.(string); ok {
		return s
	}
	return string(p.text[n.start:n.end])
}

// references checks what one part of the model says of another: causes 4 and 5. A repeated entity name is an
// error that the SDK logs, and loads the folder all the same.
func (p *parser) references(root node, m *Model) {
	models, entities := map[string]bool{}, map[string]bool{}
	for _, r := range m.ReferenceModels {
		models[r.ID] = true
	}
	for _, e := range m.Entities {
		if entities[e.EntityName()] {
			p.warn(root, "there are several entities named %q", e.EntityName())
		}
		entities[e.EntityName()] = true
		if r, ok := e.(*ReferenceEntity); ok && !models[r.ModelID] {
			p.fail(root, "entity %q refers to model %q, which is not among referenceModels", r.Name, r.ModelID)
		}
	}
	for _, r := range m.Relationships {
		for _, a := range []AttributeReference{r.From, r.To} {
			if !entities[a.Entity] {
				p.fail(root, "a relationship names entity %q, which is not in the model", a.Entity)
			}
		}
	}
}

// object is a JSON object of which properties are taken one by one; the rest are extensions.
type object struct {
	node    node
	members []member
	taken   []bool
}

func (p *parser) object(n node, what string) *object {
	members, ok := n.value.([]member)
	if !ok {
		p.fail(n, "%s must be a JSON object", what)
	}
	return &object{n, members, make([]bool, len(members))}
}

// take returns a property's value, unless it is absent or null.
func (o *object) take(name string) (node, bool) {
	for i, m := range o.members {
		if m.name == name {
			o.taken[i] = true
			return m.node, m.node.value != nil
		}
	}
	return node{}, false
}

func (p *parser) str(o *object, name string) string {
	n, ok := o.take(name)
	if !ok {
		return ""
	}
	s, ok := n.value.(string)
	if !ok {
		p.fail(n, "%s must be a string", name)
	}
	return s
}

func (p *parser) flag(o *object, name string) bool {
	n, ok := o.take(name)
	if !ok {
		return false
	}
	b, ok := n.value.(bool)
	if !ok {
		p.fail(n, "%s must be true or false", name)
	}
	return b
}

func (p *parser) list(o *object, name string) []node {
	n, ok := o.take(name)
	if !ok {
		return nil
	}
	items, ok := n.value.([]node)
	if !ok {
		p.fail(n, "%s must be a list", name)
	}
	return items
}

// timeLayouts are the forms of ISO 8601 that producers write. Without an offset a time is in UTC.
var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04Z07:00", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02",
}

func (p *parser) time(o *object, name string) time.Time {
	s := p.str(o, name)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	p.fail(o.node, "%s %q is not an ISO 8601 time such as 2026-02-03T04:05:06+00:00", name, s)
	return time.Time{}
}

// rest returns the properties that nobody took.
func (p *parser) rest(o *object) Extensions {
	var list Extensions
	for i, m := range o.members {
		if !o.taken[i] {
			list = append(list, Extension{m.name, json.RawMessage(strings.Clone(string(p.text[m.node.start:m.node.end])))})
		}
	}
	return list
}
