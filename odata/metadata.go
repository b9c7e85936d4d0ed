package odata

import (
	"encoding/xml"
	"strconv"
)

// The parts of CSDL XML ("Common Schema Definition Language XML Representation 4.01").
type (
	edmx struct {
		XMLName xml.Name  `xml:"edmx:Edmx"`
		Version string    `xml:"Version,attr"`
		Space   string    `xml:"xmlns:edmx,attr"`
		Schema  xmlSchema `xml:"edmx:DataServices>Schema"`
	}
	xmlSchema struct {
		Space     string       `xml:"xmlns,attr"`
		Namespace string       `xml:"Namespace,attr"`
		Types     []xmlType    `xml:"EntityType"`
		Container xmlContainer `xml:"EntityContainer"`
	}
	xmlType struct {
		Name        string          `xml:"Name,attr"`
		Key         xmlName         `xml:"Key>PropertyRef"`
		Properties  []xmlProperty   `xml:"Property"`
		Navigations []xmlNavigation `xml:"NavigationProperty"`
	}
	xmlName struct {
		Name string `xml:"Name,attr"`
	}
	xmlProperty struct {
		Name      string `xml:"Name,attr"`
		Type      Type   `xml:"Type,attr"`
		Nullable  string `xml:"Nullable,attr,omitempty"`
		Precision string `xml:"Precision,attr,omitempty"`
		Scale     string `xml:"Scale,attr,omitempty"`
	}
	xmlNavigation struct {
		Name string `xml:"Name,attr"`
		Type string `xml:"Type,attr"`
	}
	xmlContainer struct {
		Name string   `xml:"Name,attr"`
		Sets []xmlSet `xml:"EntitySet"`
	}
	xmlSet struct {
		Name     string       `xml:"Name,attr"`
		Type     string       `xml:"EntityType,attr"`
		Bindings []xmlBinding `xml:"NavigationPropertyBinding"`
	}
	xmlBinding struct {
		Path   string `xml:"Path,attr"`
		Target string `xml:"Target,attr"`
	}
)

const containerName = "Container"

// metadataXML describes a model as CSDL XML.
func metadataXML(m *Model) ([]byte, error) {
	doc := edmx{Version: version, Space: "http://docs.oasis-open.org/odata/ns/edmx", Schema: xmlSchema{
		Space: "http://docs.oasis-open.org/odata/ns/edm", Namespace: m.Namespace, Container: xmlContainer{Name: containerName},
	}}
	for i := range m.Sets {
		s := &m.Sets[i]
		t := xmlType{Name: s.Type, Key: xmlName{s.Key}}
		for _, p := range s.Properties {
			x := xmlProperty{Name: p.Name, Type: p.Type}
			if p.Required {
				x.Nullable = "false"
			}
			x.Precision, x.Scale = facets(p)
			t.Properties = append(t.Properties, x)
		}
		set := xmlSet{Name: s.Name, Type: m.Namespace + "." + s.Type}
		for _, n := range s.Navigations {
			t.Navigations = append(t.Navigations, xmlNavigation{n.Name, m.typeOf(n)})
			set.Bindings = append(set.Bindings, xmlBinding{n.Name, n.Target})
		}
		doc.Schema.Types = append(doc.Schema.Types, t)
		doc.Schema.Container.Sets = append(doc.Schema.Container.Sets, set)
	}
	text, err := xml.MarshalIndent(doc, "", "  ")
	return append([]byte(xml.Header), text...), err
}

func (m *Model) typeOf(n Navigation) string {
	name := m.Namespace + "." + m.Set(n.Target).Type
	if n.Many {
		return "Collection(" + name + ")"
	}
	return name
}

// facets are the digits of a decimal, and the digits of a second in a time.
func facets(p Property) (precision, scale string) {
	switch {
	case p.Type == Decimal && p.Precision > 0:
		return strconv.Itoa(p.Precision), strconv.Itoa(p.Scale)
	case p.Type == Decimal:
		return "", "variable"
	case p.Type == DateTimeOffset, p.Type == TimeOfDay:
		return "6", ""
	}
	return "", ""
}

// metadataJSON describes a model as CSDL JSON ("Common Schema Definition Language JSON Representation 4.01").
func metadataJSON(m *Model) map[string]any {
	schema, container := map[string]any{}, map[string]any{"$Kind": "EntityContainer"}
	for i := range m.Sets {
		s := &m.Sets[i]
		t := map[string]any{"$Kind": "EntityType", "$Key": []string{s.Key}}
		for _, p := range s.Properties {
			x := map[string]any{}
			if p.Type != String { // the default
				x["$Type"] = p.Type
			}
			if !p.Required {
				x["$Nullable"] = true
			}
			if precision, scale := facets(p); precision != "" {
				x["$Precision"] = atoi(precision)
				if scale != "" {
					x["$Scale"] = atoi(scale)
				}
			}
			t[p.Name] = x
		}
		bindings := map[string]string{}
		for _, n := range s.Navigations {
			t[n.Name] = map[string]any{"$Kind": "NavigationProperty", "$Type": m.Namespace + "." + m.Set(n.Target).Type, "$Collection": n.Many}
			bindings[n.Name] = n.Target
		}
		schema[s.Type] = t
		set := map[string]any{"$Type": m.Namespace + "." + s.Type, "$Collection": true}
		if len(bindings) > 0 {
			set["$NavigationPropertyBinding"] = bindings
		}
		container[s.Name] = set
	}
	schema[containerName] = container
	return map[string]any{"$Version": "4.01", "$EntityContainer": m.Namespace + "." + containerName, m.Namespace: schema}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // of our own making
	return n
}
