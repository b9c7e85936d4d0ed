package unify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/match"
)

// model is the probabilistic model of a plan.
type model struct {
	used      bool
	threshold float64                // 0: found from the data
	compared  map[string]*match.Kind // by field; a nil kind is found. Nil: all fields are compared
}

// modelName is what the model is called where rules are named.
const modelName = "Model"

// addModel resolves the model.
func (p *plan) addModel(u insights.Unification) {
	p.model.used = u.UsesModel()
	if t := u.Model.Threshold; t != "" {
		var err error
		if p.model.threshold, err = parseProbability(t); err != nil {
			p.problem("model.threshold", string(errs.HintOf(err)), "%q is not a probability", t)
		}
	}
	for i, c := range u.Model.Compare {
		path := fmt.Sprintf("model.compare[%d]", i)
		if !p.knowsField(c.Field) && !p.lenient {
			p.problem(path+".field", didYouMean(c.Field, p.fieldNames()), "no table has a field %q", c.Field)
		}
		if p.model.compared == nil {
			p.model.compared = map[string]*match.Kind{}
		}
		p.model.compared[c.Field] = p.comparedKind(path+".as", c)
	}
}

func (p *plan) comparedKind(path string, c insights.Comparison) *match.Kind {
	if c.As == "" {
		return nil
	}
	kind, ok := match.ParseKind(c.As)
	if !ok {
		p.problem(path, didYouMean(c.As, match.KindNames()), "unknown kind %q", c.As)
	}
	return &kind
}

// parseProbability reads a percentage below 100 %.
func parseProbability(s string) (float64, error) {
	digits, isPercent := strings.CutSuffix(s, "%")
	n, err := strconv.ParseFloat(digits, 64)
	if !isPercent || err != nil || !(n > 0 && n < 100) {
		return 0, errs.E(errs.Invalid, errs.Item(s), "not a probability", errs.Hint("write a percentage below 100%, such as 95%"))
	}
	return n / 100, nil
}

// semanticKinds says as what the model takes a field of a semantic type. Days and what is not listed may be anything.
var semanticKinds = map[insights.SemanticType]match.Kind{
	insights.PersonFirstName: match.Given, insights.PersonMiddleName: match.Middle, insights.PersonLastName: match.Surname,
	insights.PersonFullName: match.FullName, insights.PersonGender: match.Gender, insights.PersonBirthDate: match.BirthDate,
	insights.IdentityEmail: match.Email, insights.IdentityPhone: match.Phone, insights.LocationAddress: match.Address,
	insights.LocationStreet: match.Street, insights.LocationCity: match.City, insights.LocationState: match.Region,
	insights.LocationPostalCode: match.Postcode, insights.LocationCountry: match.Country, insights.OrganizationName: match.Label,
	"Identity.GovernmentID": match.ID, "Location.Province": match.Region, "Product": match.Label, "Brand": match.Label, "BarCode": match.ID,
}

// kind is what is declared of a table's field.
func (p *plan) kind(table, field string) (match.Kind, bool) {
	if p.model.compared != nil {
		k, compared := p.model.compared[field]
		if !compared {
			return match.Ignored, true
		}
		if k != nil {
			return *k, true
		}
	}
	at := slices.IndexFunc(p.tables, func(t planTable) bool { return t.name == table })
	if at < 0 || p.tables[at].suggested {
		return 0, false // suggested from a few values: the model looks at all of them
	}
	k, ok := semanticKinds[p.semantic(field)]
	return k, ok
}

// decideByModel joins what the model finds to be one customer. What rules have joined stays joined.
func (w *work) decideByModel(r *records, m *matching) error {
	const fewest = 2
	if r.count() < fewest {
		return nil
	}
	tables, err := w.reader.modelTables(r)
	if err != nil {
		return err
	}
	o := w.modelOptions
	o.Skip, o.Kinds, o.Threshold = append(o.Skip, recordColumn), w.plan.kind, w.plan.model.threshold
	o.Together, o.Apart = m.joinedPairs(), kernelPairs(w.custom.apart)
	if o.Progress == nil {
		o.Progress = func(phase string, done, total int) {
			w.progress(insights.Progress{Step: "model: " + phase, Done: int64(done), Total: int64(total)})
		}
	}
	result, err := match.Run(w.ctx, tables, o)
	if errs.Is(err, errs.Invalid) {
		w.warnings = append(w.warnings, "the model found nothing to compare, so records stay apart that no rule matches: "+err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	w.modelResult = result
	m.joinModel(result)
	return nil
}

// recordColumn is a column of staged tables that keeps their rows from being empty lines.
const recordColumn = "unify record"

func (s *sessionReader) modelTables(r *records) ([]*match.Table, error) {
	w := s.w
	tables := make([]*match.Table, len(w.inputs))
	for i, t := range w.inputs {
		w.progress(insights.Progress{Step: "reading " + t.name})
		var err error
		if tables[i], err = w.modelTable(t); err != nil {
			return nil, errs.E(errs.Item(t.name), err)
		}
		from, to := r.span(i)
		if tables[i].Rows != int(to-from) {
			return nil, errs.E(errs.Internal, errs.Item(t.name), fmt.Sprintf("%d of %d records were read", tables[i].Rows, to-from))
		}
	}
	return tables, nil
}

func (w *work) modelTable(t *input) (*match.Table, error) {
	names := []string{recordColumn}
	terms := []string{"k.record AS c0"}
	for _, f := range t.fields {
		if w.plan.model.ignores(f.field) {
			continue
		}
		names = append(names, f.field)
		terms = append(terms, fmt.Sprintf("%s AS c%d", textSQL("r", f.column, f.column.Type), len(terms)))
	}
	table, err := match.ReadQuery(w.ctx, w.Session, t.name, fmt.Sprintf("SELECT %s FROM %s r JOIN %s k ON k.key = r.%s ORDER BY k.record",
		strings.Join(terms, ", "), t.relation, t.keys, t.keyIdent()))
	if err != nil {
		return nil, err
	}
	for i := range table.Columns {
		table.Columns[i].Name = names[i]
	}
	return table, nil
}

// ignores says whether a field is no evidence by declaration.
func (m *model) ignores(field string) bool {
	_, compared := m.compared[field]
	return m.compared != nil && !compared
}

// joinedPairs are pairs that connect all records that are joined.
func (m *matching) joinedPairs() (pairs [][2]uint32) {
	first := map[int32]int32{}
	for x := range m.records.count() {
		root := m.clusters.find(x)
		if m.clusters.size[root] == 1 {
			continue
		}
		if f, known := first[root]; known {
			pairs = append(pairs, [2]uint32{uint32(f), uint32(x)})
		} else {
			first[root] = x
		}
	}
	return pairs
}

// joinModel joins the model's clusters. Records of one table and one customer are duplicates then, whatever joined them.
func (m *matching) joinModel(result *match.Result) {
	for x := range m.records.count() {
		if first := int32(result.Clusters[x]); m.clusters.find(x) != m.clusters.find(first) {
			m.join(x, first)
		}
	}
	score := result.Scorer()
	for table, before := range m.groups {
		after := newDuplicates(m.records, m.clusters, table)
		after.explain(append(before.links, modelLinks(before, after, score)...))
		m.groups[table] = after
	}
}

// modelLinks are the groups that the model put together of several, with the lowest probability of one being like any
// other.
func modelLinks(before, after *duplicates, score func(a, b uint32) float64) (links []link) {
	const most = 30 // groups that are looked at
	parts := map[int32][]int32{}
	for _, winner := range before.winners {
		g := after.groups[winner-after.from]
		if len(parts[g]) < most {
			parts[g] = append(parts[g], winner)
		}
	}
	for _, winners := range parts {
		if len(winners) == 1 {
			continue
		}
		least := 1.0
		for _, a := range winners {
			best := 0.0
			for _, b := range winners {
				if a != b {
					best = max(best, score(uint32(a), uint32(b)))
				}
			}
			least = min(least, best)
		}
		links = append(links, link{winners[0], joined{before.rules, float32(least)}})
	}
	return links
}
