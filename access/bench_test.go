package access

import (
	"strconv"
	"testing"
)

func BenchmarkDecide(b *testing.B) {
	reader, _ := BuiltInRole(StorageBlobDataReader)
	one := assign("team", reader, testAccount)
	var hundred []RoleAssignment
	for i := range 99 {
		hundred = append(hundred, RoleAssignment{Principal: ObjectID(strconv.Itoa(i)), Role: reader, Scope: testContainer})
	}
	hundred = append(hundred, one...)
	items := tree{root: 1, dir: 1, parent: 1, item: 4}.items(kinds["named group"])
	for name, r := range map[string]Request{
		"role":                 {Assignments: one},
		"role of 100":          {Assignments: hundred},
		"lists, 3 directories": {Items: items},
	} {
		r.Principal, r.Operation, r.Scope, r.Path = alice, ReadFile, testContainer, "d/e/item"
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d, err := Decide(r); err != nil || !d.Allowed {
					b.Fatal(d, err)
				}
			}
		})
	}
}
