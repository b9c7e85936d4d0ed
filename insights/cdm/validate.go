package cdm

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ownlake/ownlake/errs"
)

// Limits of the published JSON schema, in characters.
const (
	maxNameLength        = 256
	maxDescriptionLength = 4000
)

// Validate checks a model against the published JSON schema and the rules of the strictest readers. The error is
// Invalid with [ModelErrors] as its cause.
func Validate(m *Model) error {
	v := &validator{}
	v.model(m)
	if len(v.problems) > 0 {
		return errs.E(errs.Op("cdm.Validate"), errs.Invalid, v.problems)
	}
	return nil
}

type validator struct{ problems ModelErrors }

func (v *validator) fail(path, format string, args ...any) {
	v.problems = append(v.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

func (v *validator) model(m *Model) {
	v.name("$.name", "the model", m.Name)
	v.description("$.description", m.Description)
	if m.Version != Version {
		v.fail("$.version", "version is %q; the only one is %q", m.Version, Version)
	}
	v.annotations("$", m.Annotations)
	models := v.referenceModels(m.ReferenceModels)
	attributes := map[string]map[string]bool{} // by entity
	for i, e := range m.Entities {
		path := fmt.Sprintf("$.entities[%d]", i)
		if _, seen := attributes[e.EntityName()]; seen {
			v.fail(path+".name", "there are several entities named %q", e.EntityName())
		}
		attributes[e.EntityName()] = v.entity(path, e, models)
	}
	for i, r := range m.Relationships {
		path := fmt.Sprintf("$.relationships[%d]", i)
		v.attributeReference(path+".fromAttribute", r.From, attributes)
		v.attributeReference(path+".toAttribute", r.To, attributes)
	}
}

func (v *validator) referenceModels(list []ReferenceModel) map[string]bool {
	ids := map[string]bool{}
	for i, r := range list {
		path := fmt.Sprintf("$.referenceModels[%d]", i)
		if r.ID == "" || r.Location == "" {
			v.fail(path, "a reference model needs an id and a location")
		}
		if ids[r.ID] {
			v.fail(path+".id", "there are several reference models with the id %q", r.ID)
		}
		ids[r.ID] = true
	}
	return ids
}

// entity returns the names of its attributes; nil for an entity whose attributes are elsewhere.
func (v *validator) entity(path string, e Entity, models map[string]bool) map[string]bool {
	name := e.EntityName()
	v.name(path+".name", "an entity", name)
	if strings.ContainsAny(name, `."`) {
		v.fail(path+".name", `entity name %q holds "." or a quote, which readers refuse`, name)
	}
	switch e := e.(type) {
	case *ReferenceEntity:
		v.description(path+".description", e.Description)
		v.annotations(path, e.Annotations)
		if e.Source == "" {
			v.fail(path+".source", "reference entity %q has no source", name)
		}
		if !models[e.ModelID] {
			v.fail(path+".modelId", "entity %q refers to model %q, which is not among referenceModels", name, e.ModelID)
		}
	case *LocalEntity:
		v.description(path+".description", e.Description)
		v.annotations(path, e.Annotations)
		v.partitions(path, e)
		return v.attributes(path, e)
	}
	return nil
}

func (v *validator) attributes(path string, e *LocalEntity) map[string]bool {
	names := map[string]bool{}
	if len(e.Attributes) == 0 {
		v.fail(path+".attributes", "entity %q has no attributes", e.Name)
	}
	for i, a := range e.Attributes {
		at := fmt.Sprintf("%s.attributes[%d]", path, i)
		v.name(at+".name", fmt.Sprintf("an attribute of entity %q", e.Name), a.Name)
		if names[a.Name] {
			v.fail(at+".name", "entity %q has several attributes named %q", e.Name, a.Name)
		}
		names[a.Name] = true
		if t, ok := parseDataType(string(a.DataType)); !ok || t != a.DataType {
			v.fail(at+".dataType", "attribute %q of entity %q has the dataType %q, which is none of the format's", a.Name, e.Name, a.DataType)
		}
		v.description(at+".description", a.Description)
		v.annotations(at, a.Annotations)
	}
	return names
}

func (v *validator) partitions(path string, e *LocalEntity) {
	for i, p := range e.Partitions {
		at := fmt.Sprintf("%s.partitions[%d]", path, i)
		v.name(at+".name", fmt.Sprintf("a partition of entity %q", e.Name), p.Name)
		v.description(at+".description", p.Description)
		v.annotations(at, p.Annotations)
		if reason := badLocation(p.Location); reason != "" {
			v.fail(at+".location", "partition %q of entity %q %s", p.Name, e.Name, reason)
		}
		if p.CSV != nil && (p.CSV.Delimiter == "" || p.CSV.Encoding == "") {
			v.fail(at+".fileFormatSettings", "partition %q of entity %q states no delimiter or encoding", p.Name, e.Name)
		}
	}
}

func (v *validator) attributeReference(path string, r AttributeReference, attributes map[string]map[string]bool) {
	names, ok := attributes[r.Entity]
	if !ok {
		v.fail(path+".entityName", "a relationship names entity %q, which is not in the model", r.Entity)
		return
	}
	if names != nil && !names[r.Attribute] {
		v.fail(path+".attributeName", "a relationship names attribute %q, which entity %q does not have", r.Attribute, r.Entity)
	}
}

func (v *validator) name(path, what, name string) {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		v.fail(path, "%s has no name", what)
	case n > maxNameLength:
		v.fail(path, "%s has a name of %d characters; %d are allowed", what, n, maxNameLength)
	case !utf8.ValidString(name):
		v.fail(path, "%s has a name that is not valid UTF-8", what)
	case strings.ContainsAny(name, "\n\r\u2028\u2029"):
		v.fail(path, "%s has the name %q, which holds a line break", what, name)
	case strings.TrimFunc(name, unicode.IsSpace) != name:
		v.fail(path, "%s has the name %q, which begins or ends with a blank", what, name)
	}
}

func (v *validator) description(path, text string) {
	if n := utf8.RuneCountInString(text); n > maxDescriptionLength {
		v.fail(path, "a description has %d characters; %d are allowed", n, maxDescriptionLength)
	}
}

func (v *validator) annotations(path string, list Annotations) {
	for i, a := range list {
		v.name(fmt.Sprintf("%s.annotations[%d].name", path, i), "an annotation", a.Name)
	}
}

// badLocation says why readers would give up the folder over a partition's location (cause 2), or "". Local paths
// pass: the SDK reads them through a local adapter.
func badLocation(location string) string {
	if location == "" {
		return "has no location"
	}
	if strings.HasPrefix(location, "/") || isDrivePath(location) {
		return ""
	}
	u, err := url.Parse(location)
	if err != nil || u.Scheme == "" {
		return fmt.Sprintf("has the relative location %q; readers accept absolute addresses only", location)
	}
	switch strings.ToLower(u.Scheme) {
	case "https", "http", "file":
		return ""
	}
	return fmt.Sprintf("has the location %q; readers accept https addresses only, not %s", location, u.Scheme)
}

func isDrivePath(s string) bool {
	return len(s) > 2 && s[1] == ':' && (s[2] == '\\' || s[2] == '/')
}
