package sample

// source is one of the three systems that know the customers: what its table is called, how it writes, and what
// goes wrong in it.
type source struct {
	name, path string
	format     csvFormat
	header     []string
	dates      dateOrder
	dateColumn []int // columns that hold dates, for corruption
	nameColumn int   // a column that always holds text
	phones     weighted[phoneStyle]
	oneName    bool // the table has one column for the whole name
	countries  [2]string
	rates      rates
	fields     func(dst []string, r *record) []string
}

// The sources, in the order of their files.
const (
	crm = iota
	shop
	loyalty
	numSources
)

var sources = [numSources]*source{
	crm: {
		name: "CRM_Contacts", path: "crm/contacts.csv", format: csvFormat{delimiter: ','},
		header: []string{
			"ContactId", "FullName", "FirstName", "MiddleName", "LastName", "GenderCode", "EmailAddress1", "Telephone1",
			"Address1_Line1", "Address1_City", "Address1_StateOrProvince", "Address1_PostalCode", "Address1_Country",
			"BirthDate", "CreatedOn", "ModifiedOn",
		},
		dates: isoDate, dateColumn: []int{13, 14, 15}, nameColumn: 1,
		phones:    phoneStyles(phoneShare{"+1 (AAA) BBB-CCCC", 45}, phoneShare{"(AAA) BBB-CCCC", 25}, phoneShare{"AAA-BBB-CCCC", 20}, phoneShare{"+1AAABBBCCCC", 10}),
		countries: [2]string{"United States", "Canada"},
		rates: ratesWith(map[kind]float64{
			missingBirth: 0.22, missingPhone: 0.10, quotedNickname: 0.01, phoneExtension: 0.012, upperCase: 0.02, nickname: 0.12,
		}),
		fields: crmFields,
	},
	shop: {
		name: "Shop_Customers", path: "shop/customers.csv", format: csvFormat{delimiter: ';', quoteAll: true},
		header: []string{
			"customer_no", "name", "e_mail", "phone", "street", "zip", "city", "country", "dob", "registered_at", "updated_at",
			"newsletter",
		},
		dates: dayFirst, dateColumn: []int{8, 9, 10}, nameColumn: 1, oneName: true,
		phones:    phoneStyles(phoneShare{"AAA-BBB-CCCC", 40}, phoneShare{"AAABBBCCCC", 30}, phoneShare{"+1AAABBBCCCC", 20}, phoneShare{"AAA.BBB.CCCC", 10}),
		countries: [2]string{"US", "CA"},
		rates: ratesWith(map[kind]float64{
			missingEmail: 0.02, missingPhone: 0.28, missingBirth: 0.40, typoGiven: 0.03, typoSurname: 0.03, nickname: 0.20,
			lowerCase: 0.06, upperCase: 0.015, lostAccents: 0.30, reversedName: 0.05, titledName: 0.04, initialOnly: 0.015,
			middleInGiven: 0.06, sharedEmail: 0.5,
		}),
		fields: shopFields,
	},
	loyalty: {
		name: "Loyalty_Members", path: "loyalty/members.csv", format: csvFormat{delimiter: '|'},
		header: []string{
			"MEMBER_ID", "GIVEN_NAME", "SURNAME", "NAME_ON_CARD", "EMAIL", "MOBILE", "ADDRESS", "TOWN", "STATE", "POSTCODE",
			"COUNTRY", "BIRTH_DT", "TIER", "POINTS", "JOINED", "LAST_SEEN",
		},
		dates: monthFirst, dateColumn: []int{11, 14, 15}, nameColumn: 2,
		phones:    phoneStyles(phoneShare{"(AAA) BBB-CCCC", 45}, phoneShare{"AAA-BBB-CCCC", 25}, phoneShare{"1-AAA-BBB-CCCC", 15}, phoneShare{"AAA BBB CCCC", 15}),
		countries: [2]string{"USA", "CAN"},
		rates: ratesWith(map[kind]float64{
			missingEmail: 0.22, missingPhone: 0.06, missingBirth: 0.10, missingAddress: 0.09, upperCase: 0.25, lowerCase: 0.005,
			lostAccents: 0.90, abbreviated: 0.85, typoGiven: 0.03, typoSurname: 0.04, typoStreet: 0.05, typoPhone: 0.025,
			nickname: 0.10, sharedPhone: 0.4,
		}),
		fields: loyaltyFields,
	},
}

func crmFields(dst []string, r *record) []string {
	return append(dst,
		r.guid, joinName(r.given, r.surname), r.given, r.middle, r.surname, r.gender(), r.email, r.phone,
		r.street, r.city, r.state, r.postal, r.country, r.born,
		isoDate.day(r.created)+r.clock(r.createdSecond), isoDate.day(r.updated)+r.clock(r.updatedSecond))
}

func shopFields(dst []string, r *record) []string {
	return append(dst,
		r.number("", 1_000_000_000), r.fullName, r.email, r.phone, r.street, r.postal, r.city, r.country, r.born,
		dayFirst.day(r.created), dayFirst.day(r.updated), [...]string{"no", "yes"}[r.createdSecond%2])
}

func loyaltyFields(dst []string, r *record) []string {
	return append(dst,
		r.number("L", 1_000_000_000), r.given, r.surname, r.nameOnCard(), r.email, r.phone, r.street, r.city, r.state,
		r.postal, r.country, r.born, r.tier(), r.points(), monthFirst.day(r.created), monthFirst.day(r.updated))
}
