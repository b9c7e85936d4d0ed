package api_test

import (
	"context"
	"slices"
	"testing"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/search"
)

// fakeCustomers know Anna, whom three records of CRM_Contacts are.
type fakeCustomers struct{}

func (fakeCustomers) Search(_ context.Context, _ insights.EnvironmentID, q search.Query) (search.Found, error) {
	return search.Found{Columns: []insights.Column{}, Items: []search.Customer{{ID: "c1", Fields: map[string]any{"Name": q.Text}}}, Total: 1}, nil
}

func (fakeCustomers) Customer(_ context.Context, _ insights.EnvironmentID, id string) (search.Customer, []insights.Column, error) {
	if id != "c1" {
		return search.Customer{}, nil, errs.E(errs.NotFound, "there is no such customer")
	}
	c := search.Customer{ID: "c1", Fields: map[string]any{
		"CustomerId": "c1", "Name": "Anna", "CRM_Contacts_ID": "6", "CRM_Contacts_ID_Alternate": `6;"7;8"`,
	}}
	return c, []insights.Column{{Name: "CustomerId", Type: insights.String}, {Name: "Name", Type: insights.String}}, nil
}

func (fakeCustomers) Rows(_ context.Context, _ insights.EnvironmentID, table, column, text string) ([]map[string]any, error) {
	switch {
	case table == insights.CustomerSourcesTable:
		return []map[string]any{{"CustomerId": "c1", "Name": "CRM_Contacts"}}, nil
	case table == insights.CustomerHistoryTable && column == "CustomerId":
		return []map[string]any{{"Event": "merged"}}, nil
	case table == "CRM_Contacts":
		return []map[string]any{{"ID": text}}, nil
	}
	return nil, nil
}

func (fakeCustomers) Profile(context.Context, insights.EnvironmentID, string) (insights.TableProfile, error) {
	return insights.TableProfile{Table: insights.CustomerTable, Rows: 2, Columns: []insights.ColumnProfile{}}, nil
}

func TestTheKeysOfACustomerAreRead(t *testing.T) {
	t.Parallel()
	for alternates, want := range map[string][]string{
		"": {"6"}, "6": {"6"}, "6;7": {"6", "7"}, `6;"7;8"`: {"6", "7;8"}, `"a""b";c`: {"6", `a"b`, "c"}, `"open`: {"6"}, ";;7": {"6", "7"},
	} {
		if got := api.KeysOf("6", alternates); !slices.Equal(got, want) {
			t.Errorf("%s has the keys %q, want %q", alternates, got, want)
		}
	}
}
