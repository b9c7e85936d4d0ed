package relation_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/odata/relation"
)

func TestFiltersFindTheRowsTheyAreTrueOf(t *testing.T) {
	t.Parallel()
	service := serve(t, relation.Options{Tables: newTables(t)}, 0)
	for _, c := range [][2]string{
		{"FirstName eq 'Ada'", "c1"},
		{"'Ada' eq FirstName", "c1"},
		{"Last_Name eq 'O''Brien'", "c4"},
		{"Last_Name eq null", "c2"},
		{"Last_Name ne null", "c1 c3 c4"},
		{"null ne Last_Name", "c1 c3 c4"},
		{"Last_Name ne 'Turing'", "c1 c2 c4"},
		{"not (Last_Name eq 'Turing')", "c1 c2 c4"},
		{"not (Age gt 36)", "c1 c2 c4"},
		{"not (Age in (36,41))", "c2"},
		{"Age in (41,null)", "c2 c3"},
		{"Age in (null)", "c2"},
		{"Age gt 36", "c3"},
		{"Age ge 36 and Loyal", "c1 c4"},
		{"Age ge 36 and Loyal eq true", "c1 c4"},
		{"Age lt 37 or FirstName eq 'Zoë'", "c1 c2 c4"},
		{"Age gt 40 or Age lt 40 and FirstName eq 'ada'", "c3 c4"},
		{"(Age gt 40 or Age lt 40) and FirstName eq 'ada'", "c4"},
		{"Age add 5 eq 41", "c1 c4"},
		{"Age sub 1 mul 2 eq 34", "c1 c4"},
		{"Age div 10 eq 3", "c1 c4"},
		{"Age divby 10 eq 3.6", "c1 c4"},
		{"Age mod 5 eq 1", "c1 c3 c4"},
		{"Age mod 0 eq 1", ""},
		{"Age mul 9223372036854775807 gt 0", ""},
		{"-Age lt -40", "c3"},
		{"Age eq 36.0", "c1 c4"},
		{"Spent gt 10.09", "c1 c3"},
		{"Spent eq -0.01", "c4"},
		{"Score eq 1.5", "c1"},
		{"Score gt 1e299 and Score lt INF", "c4"},
		{"contains(FirstName,'da')", "c1 c4"},
		{"contains(FirstName,'_')", ""},
		{"contains(tolower(FirstName),'ada')", "c1 c4"},
		{"startswith(FirstName,'A')", "c1 c3"},
		{"endswith(Last_Name,'ing') eq true", "c3"},
		{"not contains(Last_Name,'ing')", "c1 c4"},
		{"length(FirstName) eq 3", "c1 c2 c4"},
		{"indexof(FirstName,'a') eq 2", "c1 c3"},
		{"indexof(FirstName,'ë') eq 2", "c2"},
		{"substring(FirstName,1) eq 'da'", "c1 c4"},
		{"substring(FirstName,1,2) eq 'oë'", "c2"},
		{"toupper(FirstName) eq 'ZOË'", "c2"},
		{"concat(concat(FirstName,' '),Last_Name) eq 'Alan Turing'", "c3"},
		{"matchesPattern(FirstName,'^A.a')", "c1 c3"},
		{"trim(' Ada ') eq FirstName", "c1"},
		{"Born eq 1815-12-10", "c1"},
		{"Born ge 1900-01-01T00:00:00Z", "c3 c4"},
		{"year(Born) eq 1912 and month(Born) eq 6 and day(Born) eq 23", "c3"},
		{"Seen ge 2024-01-01T11:00:00+01:00", "c1 c2"},
		{"Seen gt 2024-01-01T10:00:00Z", "c2"},
		{"Seen gt 2024-01-01T10:00Z", "c2"},
		{"Seen lt 2000-01-01", "c4"},
		{"Seen in (2024-01-01T10:00:00Z)", "c1"},
		{"Seen lt now() and Seen gt mindatetime() and Seen lt maxdatetime()", "c1 c2 c4"},
		{"fractionalseconds(Seen) eq 0.25", "c2"},
		{"hour(Seen) eq 23 and minute(Seen) eq 59 and second(Seen) eq 59", "c4"},
		{"date(Seen) eq 2024-01-01", "c1 c2"},
		{"time(Seen) eq 10:00", "c1"},
		{"totaloffsetminutes(Seen) eq 0", "c1 c2 c4"},
		{"Opens lt 08:30:01", "c1 c4"},
		{"round(Spent) eq 10", "c1"},
		{"floor(Score) eq 1", "c1"},
		{"ceiling(Score) eq 2", "c1"},
		{"cast(Age,Edm.String) eq '41'", "c3"},
		{"cast(FirstName,Edm.Int64) eq null", "c1 c2 c3 c4"},
		{"Ref eq 0b1f6471-1bf0-4dda-aec3-cb9272f09590", "c1"},
		{"Ref eq 0B1F6471-1BF0-4DDA-AEC3-CB9272F09590", "c1"},
		{"Ref eq '0b1f6471-1bf0-4dda-aec3-cb9272f09590'", "c1"},
		{"CustomerId in ('c1','c3','c7')", "c1 c3"},
		{"FirstName eq Last_Name", ""},
		{"$it/FirstName eq 'Ada'", "c1"},
		// What would leave a text that is pasted.
		{"FirstName eq ''') OR 1=1 --'", ""},
	} {
		filter, want := c[0], c[1]
		r := service.get("Customer?$select=CustomerId&$filter=" + filter)
		if got := r.keys("CustomerId"); r.status != http.StatusOK || got != want {
			t.Errorf("%s: got %d %q, want %q: %s", filter, r.status, got, want, r.text)
		}
	}
}

func TestWrongExpressionsAreRefusedWithWhatIsWrong(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t)}, 0)
	for query, want := range map[string]string{
		"$filter=Nobody eq 1":                        "400 Customer has no property Nobody",
		"$filter=Age eq":                             "400 the expression ends too early",
		"$filter=Age eq 'x'":                         "400 values of Edm.Int64 and Edm.String cannot be compared",
		"$filter=FirstName":                          "400 the filter is not true or false",
		"$filter=Age add 'x' eq 1":                   "400 the operands of add are not numbers",
		"$filter=contains(Age,'x')":                  "400 contains does not take these arguments",
		"$filter=(Age eq 1":                          "400 the expression ends too early",
		"$filter=Age eq 1)":                          "400 position 9",
		"$filter=Age # 1":                            "400 position 5",
		"$filter=Born eq 2023-02-30":                 "400 2023-02-30 is no date or time",
		"$filter=matchesPattern(FirstName,'(')":      "400 not a regular expression",
		"$filter=geo.distance(A,B) lt 1":             "501 geo.distance",
		"$filter=shop_people/any(x:x/id eq 1)":       "501 lambda",
		"$filter=" + strings.Repeat("(", 2000) + "1": "400 nests too deep",
		"$filter=" + strings.Repeat("not ", 2000):    "400 nests too deep",
		"$orderby=Nobody":                            "400 no property Nobody",
		"$select=Nobody":                             `400 has no property "Nobody"`,
		"$top=-1":                                    "400 $top is not a whole number",
		"$skip=x":                                    "400 $skip is not a whole number",
		"$count=1":                                   "400 $count is true or false",
		"$skiptoken=x":                               "400 $skiptoken is not one of a link",
		"$apply=aggregate(Age with sum as A)":        "501 $apply is not served",
		"$expand=Nobody":                             "400 no navigation property",
		"$expand=shop_people($levels=2)":             "501 $levels",
		"$search=(a":                                 "400 parenthesis",
		"$search=NOT":                                "400 a word is missing",
		"$format=atom":                               "406 application/json",
	} {
		r := c.get("Customer?" + query)
		status, text, _ := strings.Cut(want, " ")
		failure, _ := r.body["error"].(map[string]any)
		message, _ := failure["message"].(string)
		if strconv.Itoa(r.status) != status || !strings.Contains(message, text) || failure["code"] == "" {
			t.Errorf("%s: got %d %s, want %s", query, r.status, r.text, want)
		}
	}
}

func TestPagesFollowEachOtherInTheOrderThatWasAskedFor(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t)}, 1)
	for order, want := range map[string]string{
		"":                               "c1 c2 c3 c4",
		"Age":                            "c2 c1 c4 c3",
		"Age desc":                       "c3 c1 c4 c2",
		"Last_Name desc,FirstName":       "c3 c4 c1 c2",
		"Score":                          "c3 c1 c4 c2",
		"Score desc":                     "c2 c4 c1 c3",
		"Spent desc":                     "c3 c1 c4 c2",
		"Seen":                           "c3 c4 c1 c2",
		"Born desc":                      "c4 c3 c1 c2",
		"Opens":                          "c2 c4 c1 c3",
		"Loyal":                          "c2 c3 c1 c4",
		"length(FirstName) desc":         "c3 c1 c2 c4",
		"Ref,FirstName desc":             "c4 c2 c1 c3",
		"tolower(FirstName)":             "c1 c4 c3 c2",
		"Age add 1 desc,CustomerId desc": "c3 c4 c1 c2",
	} {
		query := "Customer?$select=FirstName&$count=true"
		if order != "" {
			query += "&$orderby=" + order
		}
		var got []string
		for range 9 {
			r := c.get(query)
			if r.status != http.StatusOK || r.body["@odata.count"] != 4.0 {
				t.Fatalf("%s: %d %s", order, r.status, r.text)
			}
			got = append(got, r.keys("FirstName"))
			query, _ = r.body["@odata.nextLink"].(string)
			if query == "" {
				break
			}
		}
		names := strings.NewReplacer("c1", "Ada", "c2", "Zoë", "c3", "Alan", "c4", "ada").Replace(want)
		if strings.Join(got, " ") != names {
			t.Errorf("%s: got %v, want %s", order, got, names)
		}
	}
}

func TestTopSkipAndPageSizeWorkTogether(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t)}, 0)
	r := c.get("Customer?$select=CustomerId&$top=3&$skip=1&$orderby=CustomerId", "Prefer", "odata.maxpagesize=2")
	if got := r.keys("CustomerId"); got != "c2 c3" || r.header.Get("Preference-Applied") != "odata.maxpagesize=2" {
		t.Fatalf("first page: %s %v", r.text, r.header)
	}
	next, _ := r.body["@odata.nextLink"].(string)
	r = c.get(next, "Prefer", "odata.maxpagesize=2")
	if got := r.keys("CustomerId"); got != "c4" || r.body["@odata.nextLink"] != nil {
		t.Errorf("second page: %s", r.text)
	}
	if r = c.get("Customer?$top=0&$count=true"); r.body["@odata.count"] != 4.0 || r.keys("CustomerId") != "" {
		t.Errorf("only the count: %s", r.text)
	}
	if r = c.get("Customer/$count?$filter=Age eq 36"); r.text != "2" || !strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") {
		t.Errorf("the count alone: %s", r.text)
	}
}

func TestSearchFindsWordsInAnyText(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t)}, 0)
	for search, want := range map[string]string{
		"ada":                          "c1 c4",
		"ADA byron":                    "c1",
		"ada NOT byron":                "c4",
		"byron OR turing":              "c1 c3",
		`"o'brien"`:                    "c4",
		`"ada byron"`:                  "",
		"(zoë OR alan) AND NOT turing": "c2",
		"0b1f6471":                     "c1",
	} {
		if got := c.get("Customer?$select=CustomerId&$search=" + search).keys("CustomerId"); got != want {
			t.Errorf("%s: got %q, want %q", search, got, want)
		}
	}
}

func TestRowsHaveTheirTypesAndAnAddress(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t)}, 0)
	r := c.get("Customer('c1')")
	want := `{"@odata.context":"` + c.base + `$metadata#Customer/$entity","@odata.etag":"W/\"r3\"","CustomerId":"c1","FirstName":"Ada","Last_Name":"Byron","Age":36,"Score":1.5,` +
		`"Spent":10.10,"Loyal":true,"Born":"1815-12-10","Opens":"08:30:00","Seen":"2024-01-01T10:00:00Z","Ref":"0b1f6471-1bf0-4dda-aec3-cb9272f09590","shop_people_id":"k1"}`
	if r.text != want || r.header.Get("OData-Version") != "4.0" || r.header.Get("Content-Type") != "application/json;odata.metadata=minimal;charset=utf-8" {
		t.Errorf("got  %s\nwant %s", r.text, want)
	}
	if r := c.get("Customer('c1')", "If-None-Match", r.header.Get("ETag")); r.status != http.StatusNotModified {
		t.Errorf("with the ETag: %d", r.status)
	}
	if r := c.get("Customer(CustomerId='c2')?$select=Score,Seen", "Accept", "application/json;odata.metadata=none"); r.text != `{"Score":"NaN","Seen":"2024-01-01T10:00:00.250000Z"}` {
		t.Errorf("without metadata: %s", r.text)
	}
	for path, want := range map[string]string{
		"Customer('c1')/Spent/$value":                           "10.10",
		"Customer('c1')/Age/$value":                             "36",
		"Customer('c1')/FirstName":                              `{"@odata.context":"` + c.base + `$metadata#Customer('c1')/FirstName","value":"Ada"}`,
		"Customer('c2')/Age":                                    "",
		"Pairs(3)/b/$value":                                     "4",
		"Customer('c1')/shop_people/$count?$filter=note eq 'x'": "",
	} {
		r := c.get(path)
		if want != "" && r.text != want || want == "" && r.status != http.StatusNoContent && r.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, r.status, r.text)
		}
	}
	for path, status := range map[string]int{
		"Customer('nobody')": 404, "Nothing": 404, "Customer('c1')/Nothing": 404, "Customer(5)": 400, "Customer(x='c1')": 400, "Customer('c1')/Age/Age": 404,
		"Customer('c1')?$filter=Age eq 1": 400, "$batch": 501, "Customer/Age": 404,
	} {
		if r := c.get(path); r.status != status {
			t.Errorf("%s: %d %s, want %d", path, r.status, r.text, status)
		}
	}
}

func TestRelatedRowsComeWithARow(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t)}, 0)
	r := c.get("Customer?$select=FirstName&$orderby=CustomerId&$expand=shop_people($select=note;$expand=Customer($select=CustomerId))", "Accept", "application/json;odata.metadata=none")
	want := `{"value":[{"FirstName":"Ada","shop_people":{"note":"x","Customer":{"CustomerId":"c1"}}},{"FirstName":"Zoë","shop_people":{"note":"y","Customer":{"CustomerId":"c2"}}},` +
		`{"FirstName":"Alan","shop_people":null},{"FirstName":"ada","shop_people":{"note":"z","Customer":{"CustomerId":"c4"}}}]}`
	if r.text != want {
		t.Errorf("got  %s\nwant %s", r.text, want)
	}
	r = c.get("Customer?$expand=shop_people&$select=CustomerId&$top=1")
	if context, _ := r.body["@odata.context"].(string); !strings.HasSuffix(context, "$metadata#Customer(CustomerId,shop_people())") {
		t.Errorf("the context is %s", context)
	}
	if r = c.get("Customer('c4')/shop_people"); r.body["note"] != "z" {
		t.Errorf("followed: %s", r.text)
	}
	if r = c.get("Customer('c3')/shop_people"); r.status != http.StatusNoContent {
		t.Errorf("followed to nothing: %d %s", r.status, r.text)
	}
}

func TestMetadataDescribesEveryTable(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t)}, 0)
	r := c.get("$metadata")
	for _, want := range []string{
		`<edmx:Edmx Version="4.0"`, `<Property Name="Spent" Type="Edm.Decimal" Precision="10" Scale="2">`, `<PropertyRef Name="CustomerId">`,
		`<Property Name="CustomerId" Type="Edm.String" Nullable="false">`, `<NavigationProperty Name="shop_people" Type="ownlake.shop_people">`,
		`<NavigationPropertyBinding Path="shop_people" Target="shop_people">`, `<Property Name="RowNumber" Type="Edm.Int64" Nullable="false">`,
		`<EntitySet Name="Customer" EntityType="ownlake.Customer">`,
	} {
		if !strings.Contains(r.text, want) {
			t.Errorf("the metadata lack %s:\n%s", want, r.text)
		}
	}
	r = c.get("$metadata?$format=json")
	schema, _ := r.body["ownlake"].(map[string]any)
	customer, _ := schema["Customer"].(map[string]any)
	born, _ := customer["Born"].(map[string]any)
	if born["$Type"] != "Edm.Date" || born["$Nullable"] != true || r.body["$EntityContainer"] != "ownlake.Container" {
		t.Errorf("as JSON: %s", r.text)
	}
	if r = c.get(""); r.keys("name") != "shop_people Pairs Customer" {
		t.Errorf("the service document: %s", r.text)
	}
}

func TestNothingCanBeChanged(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t)}, 0)
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, "MERGE"} {
		if r := c.do(method, c.base+"Customer('c1')"); r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %s", method, r.status, r.text)
		}
	}
	if r := c.do(http.MethodHead, c.base+"Customer"); r.status != http.StatusOK || r.text != "" {
		t.Errorf("HEAD: %d", r.status)
	}
	if r := c.get("Customer", "OData-MaxVersion", "3.0"); r.status != http.StatusBadRequest {
		t.Errorf("version 3: %d", r.status)
	}
}

func TestTextsCanBeComparedWithoutRegardToCase(t *testing.T) {
	t.Parallel()
	c := serve(t, relation.Options{Tables: newTables(t), FoldCase: true}, 0)
	for filter, want := range map[string]string{
		"FirstName eq 'ADA'": "c1 c4", "FirstName ne 'ADA'": "c2 c3", "startswith(FirstName,'AD')": "c1 c4", "FirstName in ('ADA','alan')": "c1 c3 c4",
	} {
		if got := c.get("Customer?$filter=" + filter).keys("CustomerId"); got != want {
			t.Errorf("%s: got %q, want %q", filter, got, want)
		}
	}
}
