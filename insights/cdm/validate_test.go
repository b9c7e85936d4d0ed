package cdm

import (
	"errors"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

// valid returns a small model that passes.
func valid() *Model {
	return &Model{
		Name: "Merge", Version: Version,
		Entities: []Entity{
			&LocalEntity{
				Name: "E", Attributes: []Attribute{{Name: "a", DataType: String}},
				Partitions: []Partition{{Name: "p", Location: "https://acct.dfs.core.windows.net/c/p.csv", CSV: DefaultCSV()}},
			},
			&ReferenceEntity{Name: "R", Source: "S", ModelID: "m"},
		},
		ReferenceModels: []ReferenceModel{{ID: "m", Location: "https://acct.dfs.core.windows.net/m/model.json"}},
		Relationships:   []Relationship{{From: AttributeReference{"E", "a"}, To: AttributeReference{"R", "id"}}},
	}
}

func TestAModelByTheRulesPasses(t *testing.T) {
	t.Parallel()
	if err := Validate(valid()); err != nil {
		t.Error(err)
	}
}

func TestWhatReadersRefuseIsNotWritten(t *testing.T) {
	t.Parallel()
	local := func(m *Model) *LocalEntity { return m.Local("E") }
	for name, c := range map[string]struct {
		spoil func(*Model)
		path  string
		says  string
	}{
		"no model name":            {func(m *Model) { m.Name = "" }, "$.name", "no name"},
		"a blank around it":        {func(m *Model) { m.Name = "M " }, "$.name", "blank"},
		"a line break in a name":   {func(m *Model) { m.Name = "a\nb" }, "$.name", "line break"},
		"a long name":              {func(m *Model) { m.Name = strings.Repeat("ä", 257) }, "$.name", "257 characters"},
		"a long description":       {func(m *Model) { m.Description = strings.Repeat("ä", 4001) }, "$.description", "4001 characters"},
		"no version":               {func(m *Model) { m.Version = "" }, "$.version", "1.0"},
		"a dot in a table's name":  {func(m *Model) { local(m).Name = "E.F"; m.Relationships = nil }, "$.entities[0].name", `"E.F"`},
		"a quote in it":            {func(m *Model) { local(m).Name = `E"`; m.Relationships = nil }, "$.entities[0].name", "quote"},
		"two tables of a name":     {func(m *Model) { m.Entities = append(m.Entities, local(m)) }, "$.entities[2].name", "several entities"},
		"no attributes":            {func(m *Model) { local(m).Attributes = nil; m.Relationships = nil }, "$.entities[0].attributes", "no attributes"},
		"two attributes of a name": {func(m *Model) { local(m).Attributes = append(local(m).Attributes, local(m).Attributes[0]) }, "$.entities[0].attributes[1].name", "several attributes"},
		"an unknown type":          {func(m *Model) { local(m).Attributes[0].DataType = "money" }, "$.entities[0].attributes[0].dataType", "money"},
		"a nameless partition":     {func(m *Model) { local(m).Partitions[0].Name = "" }, "$.entities[0].partitions[0].name", "no name"},
		"a relative location":      {func(m *Model) { local(m).Partitions[0].Location = "E/p.csv" }, "$.entities[0].partitions[0].location", "relative"},
		"a nameless annotation":    {func(m *Model) { local(m).Annotations = Annotations{{"", "x"}} }, "$.entities[0].annotations[0].name", "no name"},
		"CSV without delimiter":    {func(m *Model) { local(m).Partitions[0].CSV.Delimiter = "" }, "$.entities[0].partitions[0].fileFormatSettings", "delimiter"},
		"an unknown model":         {func(m *Model) { m.ReferenceModels = nil }, "$.entities[1].modelId", `"m"`},
		"a half reference model":   {func(m *Model) { m.ReferenceModels[0].Location = "" }, "$.referenceModels[0]", "location"},
		"two models of an id":      {func(m *Model) { m.ReferenceModels = append(m.ReferenceModels, m.ReferenceModels[0]) }, "$.referenceModels[1].id", "several"},
		"an unknown entity":        {func(m *Model) { m.Relationships[0].To.Entity = "X" }, "$.relationships[0].toAttribute.entityName", `"X"`},
		"an unknown attribute":     {func(m *Model) { m.Relationships[0].From.Attribute = "b" }, "$.relationships[0].fromAttribute.attributeName", `"b"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := valid()
			c.spoil(m)
			_, err := Marshal(m)
			problems, ok := errors.AsType[ModelErrors](err)
			if !ok || !errs.Is(err, errs.Invalid) {
				t.Fatalf("error = %v, want problems", err)
			}
			if p := problems[0]; len(problems) != 1 || p.Path != c.path || !strings.Contains(p.Text, c.says) {
				t.Errorf("problems = %v; want one at %s with %q", problems, c.path, c.says)
			}
		})
	}
}

func TestManyProblemsAreCountedNotListed(t *testing.T) {
	t.Parallel()
	m := valid()
	for range 15 {
		m.Local("E").Partitions = append(m.Local("E").Partitions, Partition{Name: "q"})
	}
	if err := Validate(m); !strings.HasSuffix(err.Error(), "and 5 more") {
		t.Errorf("error = %v", err)
	}
}
