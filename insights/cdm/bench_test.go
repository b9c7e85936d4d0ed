package cdm

import (
	"fmt"
	"testing"
)

// hundreds is a model of 300 tables with 30 columns each.
func hundreds() *Model {
	m := &Model{Name: "Ingestion", Version: Version}
	for i := range 300 {
		e := &LocalEntity{Name: fmt.Sprintf("Source_Table%d", i)}
		for j := range 30 {
			e.Attributes = append(e.Attributes, Attribute{
				Name: fmt.Sprintf("column%d", j), DataType: String, Annotations: Annotations{{"ci:semanticType", "Person.FirstName"}},
			})
		}
		m.Entities = append(m.Entities, e)
	}
	return m
}

func BenchmarkParseHundredsOfTables(b *testing.B) {
	text, err := Marshal(hundreds())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMarshalHundredsOfTables(b *testing.B) {
	m := hundreds()
	for b.Loop() {
		if _, err := Marshal(m); err != nil {
			b.Fatal(err)
		}
	}
}
