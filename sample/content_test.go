package sample_test

import (
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/sample"
)

// sources of a sample as the tests read them: knowledge of their own, not the generator's.
var sources = []struct {
	table, path               string
	delimiter                 rune
	key, email, phone, layout string
	dates                     []string
}{
	{"CRM_Contacts", "crm/contacts.csv", ',', "ContactId", "EmailAddress1", "Telephone1", "2006-01-02", []string{"BirthDate"}},
	{
		"Shop_Customers", "shop/customers.csv", ';', "customer_no", "e_mail", "phone", "02/01/2006",
		[]string{"dob", "registered_at", "updated_at"},
	},
	{
		"Loyalty_Members", "loyalty/members.csv", '|', "MEMBER_ID", "EMAIL", "MOBILE", "01/02/2006",
		[]string{"BIRTH_DT", "JOINED", "LAST_SEEN"},
	},
	{"Shop_Orders", "shop/orders.csv", ';', "order_id", "", "", "02/01/2006", []string{"order_date"}},
}

func TestAStrictReaderRefusesExactlyTheCorruptRows(t *testing.T) {
	t.Parallel()
	dir, s := generate(t, 40_000, 11)
	for i, src := range sources {
		rows, refused := table(t, dir, src.path, src.delimiter)
		if got := int64(len(rows) + refused); got != s.Files[i].Rows {
			t.Errorf("%s has %d rows, the summary says %d", src.path, got, s.Files[i].Rows)
		}
		for _, row := range rows {
			if !validDates(row, src.dates, src.layout) || !validTimes(row) {
				refused++
			}
		}
		if got := int64(refused); got != s.Files[i].Corrupt || got == 0 {
			t.Errorf("%s: a strict reader refuses %d rows, the summary says %d are corrupt; want the same and some",
				src.path, got, s.Files[i].Corrupt)
		}
		if share := float64(refused) / float64(s.Files[i].Rows); share > 0.001 {
			t.Errorf("%s: %.5f of the rows are corrupt, want about 0.0005", src.path, share)
		}
	}
}

func validDates(row map[string]string, columns []string, layout string) bool {
	for _, c := range columns {
		if _, err := time.Parse(layout, row[c]); row[c] != "" && err != nil {
			return false
		}
	}
	return true
}

func validTimes(row map[string]string) bool {
	for _, c := range []string{"CreatedOn", "ModifiedOn"} {
		if _, err := time.Parse(time.RFC3339, row[c]); row[c] != "" && err != nil {
			return false
		}
	}
	return true
}

func TestTheTruthNamesEveryRowOnce(t *testing.T) {
	t.Parallel()
	const customers = 12_000
	dir, s := generate(t, customers, 2)
	truth, err := sample.ReadRows(filepath.Join(dir, "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	known, rowsOf := map[string]bool{}, map[string]int64{}
	for _, r := range truth {
		if known[r.Source+r.Key] {
			t.Fatalf("%s %s is in the truth twice", r.Source, r.Key)
		}
		known[r.Source+r.Key] = true
		rowsOf[r.Group]++
	}
	if got := int64(len(truth)); got != s.CustomerRows() || got != s.Files[4].Rows {
		t.Errorf("the truth has %d rows, the tables %d, the summary says %d", got, s.CustomerRows(), s.Files[4].Rows)
	}
	for _, src := range sources[:3] {
		rows, _ := table(t, dir, src.path, src.delimiter)
		for _, row := range rows {
			if !known[src.table+row[src.key]] {
				t.Fatalf("%s %s is not in the truth", src.table, row[src.key])
			}
		}
	}
	pairs := int64(0)
	for _, n := range rowsOf {
		pairs += n * (n - 1) / 2
	}
	if len(rowsOf) != customers || pairs != s.TruePairs {
		t.Errorf("the truth has %d entities and %d pairs, want %d and %d", len(rowsOf), pairs, customers, s.TruePairs)
	}
}

func TestOrdersBelongToShopCustomers(t *testing.T) {
	t.Parallel()
	dir, s := generate(t, 8_000, 2)
	customers, ids := map[string]bool{}, map[string]bool{}
	truth, err := sample.ReadRows(filepath.Join(dir, "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range truth {
		customers[r.Key] = customers[r.Key] || r.Source == "Shop_Customers"
	}
	orders, _ := table(t, dir, "shop/orders.csv", ';')
	for _, o := range orders {
		if !customers[o["customer_no"]] {
			t.Fatalf("order %v has no customer", o)
		}
		if ids[o["order_id"]] {
			t.Fatalf("order %s is there twice", o["order_id"])
		}
		ids[o["order_id"]] = true
	}
	if perCustomer := float64(len(orders)) / float64(s.Files[1].Rows); perCustomer < 1.5 || perCustomer > 2.5 {
		t.Errorf("%.2f orders per shop customer, want about 2", perCustomer)
	}
}

func TestEveryFlawOccursAtItsRate(t *testing.T) {
	t.Parallel()
	_, s := generate(t, 60_000, 4)
	counts := map[[2]string]sample.FlawCount{}
	for _, c := range s.Flaws {
		counts[[2]string{c.Table, c.Kind}] = c
	}
	for _, k := range sample.Kinds() {
		if len(k.Shares) == 0 {
			t.Errorf("%s occurs nowhere", k.Name)
		}
		for table, want := range k.Shares {
			c := counts[[2]string{table, k.Name}]
			if c.Applied == 0 {
				t.Errorf("%s: %s never happened in %d rows", table, k.Name, c.Tried)
				continue
			}
			// Five standard deviations: a fair draw fails once in a million.
			got, tolerance := float64(c.Applied)/float64(c.Tried), 5*math.Sqrt(want*(1-want)/float64(c.Tried))
			if want >= 0 && math.Abs(got-want) > tolerance {
				t.Errorf("%s: %s in %.5f of %d rows, want %.5f ± %.5f", table, k.Name, got, c.Tried, want, tolerance)
			}
		}
	}
	for _, table := range []string{"CRM_Contacts", "Shop_Customers", "Loyalty_Members"} {
		for kind, atLeast := range map[string]float64{"old_surname": 0.005, "old_address": 0.08, "old_email": 0.03, "old_phone": 0.03} {
			c := counts[[2]string{table, kind}]
			if got := float64(c.Applied) / float64(c.Tried); got < atLeast || got > 3*atLeast {
				t.Errorf("%s: %s in %.4f of the rows, want %.3f to %.3f", table, kind, got, atLeast, 3*atLeast)
			}
		}
	}
}

var (
	extension = regexp.MustCompile(` [xX]\d+$`)
	notDigits = regexp.MustCompile(`\D`)
	letters   = regexp.MustCompile(`[A-Za-z]`)
	sameDigit = regexp.MustCompile(`^(0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)$`)
)

// The summary's counts come from the generator itself; here the files are asked.
func TestTheFilesShowTheFlawsThatTheSummaryCounts(t *testing.T) {
	t.Parallel()
	dir, s := generate(t, 40_000, 6)
	counts := map[[2]string]int64{}
	for _, c := range s.Flaws {
		counts[[2]string{c.Table, c.Kind}] = c.Applied
	}
	for i, src := range sources[:3] {
		rows, refused := table(t, dir, src.path, src.delimiter)
		got := map[string]int64{}
		for _, row := range rows {
			email, phone := row[src.email], row[src.phone]
			count(got, "malformed_email", email != "" && !strings.Contains(email, "@"))
			count(got, "malformed_phone", letters.MatchString(extension.ReplaceAllString(phone, "")))
			count(got, "placeholder_phone", sameDigit.MatchString(phone))
			count(got, "phone_extension", extension.MatchString(phone))
			count(got, "missing_phone", phone == "")
			born := row[src.dates[0]]
			count(got, "missing_birth", born == "")
			count(got, "placeholder_birth", strings.Contains(born, "1900") && strings.Contains(born, "01"))
		}
		for kind, n := range got {
			// Rows that the reader refuses are counted by the summary and not seen here.
			if want := counts[[2]string{src.table, kind}]; n > want || n < want-int64(refused) {
				t.Errorf("%s: the file shows %s %d times, the summary says %d (%d rows of %d are unreadable)",
					src.path, kind, n, want, refused, s.Files[i].Rows)
			}
		}
	}
}

func count(counts map[string]int64, kind string, is bool) {
	if is {
		counts[kind]++
	} else {
		counts[kind] += 0
	}
}

// A matcher that trusts one column must be wrong: people share names, e-mails and phones.
func TestDifferentPeopleShareNamesAndContacts(t *testing.T) {
	t.Parallel()
	dir, _ := generate(t, 20_000, 9)
	truth, err := sample.ReadRows(filepath.Join(dir, "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	entity := map[string]string{}
	for _, r := range truth {
		entity[r.Source+r.Key] = r.Group
	}
	rows, _ := table(t, dir, "crm/contacts.csv", ',')
	for column, atLeast := range map[string]int{"FullName": 50, "EmailAddress1": 400, "Telephone1": 150, "Address1_Line1": 1000} {
		people := map[string]map[string]bool{}
		for _, row := range rows {
			if value := row[column]; value != "" {
				if people[value] == nil {
					people[value] = map[string]bool{}
				}
				people[value][entity["CRM_Contacts"+row["ContactId"]]] = true
			}
		}
		shared := 0
		for _, who := range people {
			if len(who) > 1 {
				shared++
			}
		}
		if shared < atLeast {
			t.Errorf("%d values of %s belong to several people, want %d at least", shared, column, atLeast)
		}
	}
}

func TestNobodyCanBeReached(t *testing.T) {
	t.Parallel()
	dir, _ := generate(t, 6_000, 13)
	reserved := regexp.MustCompile(`^[2-9]9\d{8}$`)
	for _, src := range sources[:3] {
		rows, _ := table(t, dir, src.path, src.delimiter)
		for _, row := range rows {
			email, phone := strings.ToLower(row[src.email]), extension.ReplaceAllString(row[src.phone], "")
			if email != "" && !strings.HasSuffix(email, ".example") {
				t.Errorf("%s: %q is outside the reserved domain", src.path, email)
			}
			digits := notDigits.ReplaceAllString(phone, "")
			digits = digits[max(0, len(digits)-10):]
			if len(digits) == 10 && !letters.MatchString(phone) && !sameDigit.MatchString(digits) && !reserved.MatchString(digits) {
				t.Errorf("%s: %q is outside the reserved area codes", src.path, phone)
			}
		}
	}
}
