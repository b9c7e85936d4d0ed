package cdm

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
)

func TestTheReferenceExampleIsReadAsItStands(t *testing.T) {
	t.Parallel()
	m, warnings, err := Parse(readFile(t, "testdata/merge.json"))
	if err != nil || len(warnings) > 0 {
		t.Fatalf("Parse: error %v, warnings %v", err, warnings)
	}
	want := &Model{
		Name: "Merge", Description: "Unified profiles of environment 7f0c0e8a", Version: "1.0", Culture: "en-US",
		Application: "example", ModifiedTime: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
		Annotations: Annotations{{"ci:environmentId", "7f0c0e8a-52b1-4a55-9c7d-0d5c5b2f1a11"}},
		Entities: []Entity{
			&LocalEntity{
				Name: "Customer", Description: "One row per customer",
				Annotations: Annotations{{"c360:PrimaryKey", "CustomerId"}},
				Attributes: []Attribute{
					{Name: "CustomerId", DataType: String},
					{Name: "FullName", DataType: String, Annotations: Annotations{{"ci:semanticType", "Person.FullName"}}},
					{Name: "BirthDate", DataType: Date},
					{Name: "Crm_Contact_ContactId", DataType: String},
					{Name: "Crm_Contact_ContactId_Alternate", DataType: String},
				},
				Partitions: []Partition{{
					Name: "Customer_1", RefreshTime: time.Date(2026, 2, 3, 4, 5, 0, 0, time.UTC),
					Location: "https://acct.dfs.core.windows.net/customerinsights/ci_7f0c0e8a-52b1-4a55-9c7d-0d5c5b2f1a11/Merge/Customer/20260203T040500Z/Customer_1.csv",
					CSV:      DefaultCSV(),
				}},
			},
			&LocalEntity{
				Name: "UnifiedActivity",
				Attributes: []Attribute{
					{Name: "ActivityId", DataType: GUID},
					{Name: "CustomerId", DataType: String},
					{Name: "ActivityTimeStamp", DataType: DateTime},
				},
			},
		},
		Relationships: []Relationship{{
			From: AttributeReference{"UnifiedActivity", "CustomerId"}, To: AttributeReference{"Customer", "CustomerId"},
		}},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("model (-want +got):\n%s", diff)
	}
}

func TestWhatTheSDKGivesUpOnIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	entity := func(s string) string { return "{\"entities\": [\n" + s + "\n]}" }
	partition := func(s string) string {
		return entity(`{"$type":"LocalEntity","name":"E","attributes":[{"name":"a","dataType":"string"}],` + "\n" + `"partitions":[` + s + `]}`)
	}
	for name, c := range map[string]struct {
		text, path string
		line       int
		says       string
	}{
		"no location":        {partition(`{"name":"p"}`), "$.entities[0].partitions[0]", 3, `partition "p" of entity "E" has no location`},
		"null location":      {partition(`{"name":"p","location":null}`), "$.entities[0].partitions[0]", 3, "has no location"},
		"relative location":  {partition(`{"name":"p","location":"E/p.csv"}`), "$.entities[0].partitions[0]", 3, `relative location "E/p.csv"`},
		"abfss location":     {partition(`{"name":"p","location":"abfss://c@a.dfs.core.windows.net/p.csv"}`), "$.entities[0].partitions[0]", 3, "not abfss"},
		"no dataType":        {entity(`{"$type":"LocalEntity","name":"E","attributes":[{"name":"a"}]}`), "$.entities[0].attributes[0]", 2, `attribute "a" of entity "E" has no dataType`},
		"no attribute name":  {entity(`{"$type":"LocalEntity","name":"E","attributes":[{"dataType":"string"}]}`), "$.entities[0].attributes[0]", 2, `entity "E" has no name`},
		"no entity name":     {entity(`{"$type":"LocalEntity"}`), "$.entities[0]", 2, "an entity has no name"},
		"unknown model":      {entity(`{"$type":"ReferenceEntity","name":"E","source":"S","modelId":"m"}`), "$", 1, `refers to model "m"`},
		"unknown entity":     {`{"relationships":[{"$type":"SingleKeyRelationship","fromAttribute":{"entityName":"A","attributeName":"x"},"toAttribute":{"entityName":"B","attributeName":"y"}}]}`, "$", 1, `entity "A"`},
		"half a relation":    {`{"relationships":[{"$type":"SingleKeyRelationship","fromAttribute":{"entityName":"A","attributeName":"x"}}]}`, "$.relationships[0]", 1, "no toAttribute"},
		"a bad date":         {`{"modifiedTime":"yesterday"}`, "$", 1, `modifiedTime "yesterday"`},
		"a bad refresh date": {partition(`{"name":"p","location":"https://h/p","refreshTime":"31.12.2025"}`), "$.entities[0].partitions[0]", 3, "refreshTime"},
		"a list as name":     {`{"name":["x"]}`, "$.name", 1, "name must be a string"},
		"an object as list":  {`{"entities":{}}`, "$.entities", 1, "entities must be a list"},
		"a text as flag":     {`{"isHidden":"yes"}`, "$.isHidden", 1, "isHidden must be true or false"},
		"a list as file":     {`[]`, "$", 1, "the file must be a JSON object"},
		"not JSON":           {"{\n\"name\": x}", "$", 2, "not valid JSON"},
		"cut short":          {"{\n\"name\":", "$", 2, "ends too early"},
		"empty":              {"", "$", 1, "ends too early"},
		"text at the end":    {"{}\n{}", "$", 1, "text after the end"},
		"nested too deep":    {strings.Repeat(`{"a":`, 500), "$", 1, "nested more than 100 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, _, err := Parse([]byte(c.text))
			problems, ok := errors.AsType[ModelErrors](err)
			if !ok || !errs.Is(err, errs.Invalid) || m != nil {
				t.Fatalf("Parse(%s) = %v, error %v; want an Invalid error with problems", c.text, m, err)
			}
			p := problems[0]
			if p.Path != c.path || p.Line != c.line || !strings.Contains(p.Text, c.says) {
				t.Errorf("problem = %v; want line %d, path %s, and %q in the text", p, c.line, c.path, c.says)
			}
		})
	}
}

func TestWhatTheSDKToleratesIsReadWithAWarning(t *testing.T) {
	t.Parallel()
	text := `{
	  "version": "2.0",
	  "entities": [
	    {"$type": "VirtualEntity", "name": "V"},
	    {"$type": "LocalEntity", "name": "E",
	      "attributes": [{"name": "a", "dataType": "INT64"}, {"name": "b", "dataType": "money"}, {"name": "a", "dataType": "string"}],
	      "partitions": [{"location": "https://h/c/p.parquet", "fileFormatSettings": {"$type": "ParquetFormatSettings"}}]},
	    {"$type": "LocalEntity", "name": "E", "attributes": []}
	  ],
	  "relationships": [{"$type": "MultiKeyRelationship"}]
	}`
	m, warnings, err := Parse([]byte("\ufeff" + text))
	if err != nil {
		t.Fatal(err)
	}
	e := m.Local("E")
	if got, want := []DataType{e.Attributes[0].DataType, e.Attributes[1].DataType}, []DataType{Int64, Unclassified}; !cmp.Equal(got, want) {
		t.Errorf("data types = %v, want %v", got, want)
	}
	if len(m.Entities) != 2 || e.Partitions[0].CSV != nil || m.Relationships != nil {
		t.Errorf("model = %+v", m)
	}
	wants := []string{"version", "VirtualEntity", "money", "no name", "ParquetFormatSettings", "MultiKeyRelationship", "several entities"}
	if len(warnings) != len(wants) {
		t.Fatalf("warnings = %v", warnings)
	}
	for i, want := range wants {
		if !strings.Contains(warnings[i].String(), want) {
			t.Errorf("warning %d = %v, want %q in it", i, warnings[i], want)
		}
	}
	if got := warnings[2]; got.Line != 6 || got.Path != "$.entities[1].attributes[1]" {
		t.Errorf("place of %v", got)
	}
}

func TestAbsentCSVSettingsMeanTheFormatsDefaults(t *testing.T) {
	t.Parallel()
	m, _, err := Parse([]byte(`{"entities":[{"$type":"LocalEntity","name":"E","attributes":[{"name":"a","dataType":"string"}],
		"partitions":[{"name":"p","location":"https://h/c/p.csv","fileFormatSettings":{"$type":"CsvFormatSettings","delimiter":";"}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultCSV()
	want.Delimiter = ";"
	if diff := cmp.Diff(want, m.Local("E").Partitions[0].CSV); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownPropertiesSurviveARoundTrip(t *testing.T) {
	t.Parallel()
	text := readFile(t, "testdata/extended.json")
	m, _, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decode(t, text), decode(t, out)); diff != "" {
		t.Errorf("content (-read +written):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"testdata/merge.json", "testdata/extended.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"entities":[{"$type":"ReferenceEntity","name":"R"}],"x:y":[1,{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, _, err := Parse(text)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("Parse(%q): kind %v: %v", text, errs.KindOf(err), err)
			}
			return
		}
		out, err := Marshal(m)
		if err != nil {
			return // readable, but not by our rules
		}
		again, _, err := Parse(out)
		if err != nil {
			t.Fatalf("what Marshal wrote is refused: %v\n%s", err, out)
		}
		second, err := Marshal(again)
		if err != nil || string(second) != string(out) {
			t.Fatalf("writing what was read changes it: %v\n%s\n%s", err, out, second)
		}
	})
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
