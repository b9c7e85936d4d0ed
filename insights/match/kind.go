package match

import (
	"slices"

	"github.com/ownlake/ownlake/errs"
)

// Kind is what a column holds, as far as it matters for how its values are cleaned and compared.
type Kind uint8

// The kinds. Ignored columns are no evidence: keys, times of change, results of an earlier matching.
const (
	Ignored Kind = iota
	Given
	Middle
	Surname
	FullName
	Suffix
	Email
	Phone
	BirthDate
	HouseNumber
	Street
	Address // a whole address: street, city, region, postcode
	City
	Region
	Postcode
	Country
	Gender
	ID    // an identifier that records of one entity share
	Label // short text: a brand, a suburb, an organisation
	Text  // titles and descriptions, compared word by word
	Number
	Date
	Category // few distinct values
	kindCount
)

var kindNames = [kindCount]string{
	"ignored", "given name", "middle name", "surname", "full name", "name suffix", "e-mail", "phone", "date of birth",
	"house number", "street", "address", "city", "region", "postcode", "country", "gender", "identifier", "label", "text",
	"number", "date", "category",
}

func (k Kind) String() string { return kindNames[k] }

// ParseKind finds the kind of a name.
func ParseKind(name string) (k Kind, ok bool) {
	i := slices.Index(kindNames[:], name)
	return Kind(max(i, 0)), i >= 0
}

// KindNames are the names of all kinds.
func KindNames() []string { return slices.Clone(kindNames[:]) }

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads it.
func (k *Kind) UnmarshalText(text []byte) error {
	kind, ok := ParseKind(string(text))
	if !ok {
		return errs.E(errs.Invalid, errs.Item(text), "no column holds that", errs.Hint("see the kinds that ownlake unify prints"))
	}
	*k = kind
	return nil
}

// header names, squeezed to lower case letters, by kind. Words that say whose or which it is ("billing") are left out
// first.
var headerNames = map[Kind]string{
	Given:       "firstname fname givenname forename first given vorname prenom nombre namefirst voornaam nome imie",
	Middle:      "middlename middle mname middleinitial mi secondname initials initial",
	Surname:     "lastname lname surname familyname last family sn nachname apellido apellidos nom namelast achternaam cognome nazwisko",
	FullName:    "fullname name displayname customername contactname personname membername clientname cardholder patientname",
	Suffix:      "suffix namesuffix generation generationalsuffix",
	Email:       "email emailaddress mail mailaddress emailaddr eml mailid emailid courriel correo",
	Phone:       "phone phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber cell cellphone phoneno mobileno telno fon telefon handy contactnumber landline fax phonenum telefono",
	BirthDate:   "birthdate birthdt dateofbirth dob birthday bday birth geburtsdatum born datebirth birthdob gebdatum naissance",
	HouseNumber: "streetnumber housenumber housenum houseno hausnummer streetno number streetnum buildingnumber",
	Street:      "street streetaddress line addressline address addr street streetname road strasse thoroughfare streetandnumber addressone address1 line1 rue calle straat",
	Address:     "fulladdress postaladdress mailingaddress location completeaddress address addr",
	City:        "city town cityname locality municipality ort stadt suburb ville ciudad place plaats",
	Region:      "state stateprovince province region county stateorprovince statecode bundesland st stateabbr prov",
	Postcode:    "postalcode postcode zip zipcode plz zippostalcode postal pcode postcd codepostal zipcd",
	Country:     "country countryregion countrycode countryname nation land pays",
	Gender:      "gender sex gendercode geschlecht sexe",
	ID:          "ssn socsecid socialsecuritynumber socialsecurity nationalid nino taxid vat vatid vatnumber passport passportnumber iban nhsnumber personnummer driverslicense licensenumber isbn issn doi ean gtin upc mpn sku modelno modelnumber",
}

// notEvidence are names of columns that say when or where a record was made, or what an earlier matching made of it.
const notEvidence = " updatedat createdat modifiedat modifiedon createdon updated created modified timestamp joined joinedat lastupdate lastupdated " +
	"lastmodified insertedat loadedat rowid rownum rownumber index source sourcesystem sourcename system dataset " +
	"entityid clusterid cluster trueid truth groundtruth goldid trueentity uniqueentity "

var ownerWords = map[string]bool{
	"customer": true, "cust": true, "contact": true, "person": true, "member": true, "client": true, "user": true, "account": true,
	"primary": true, "main": true, "home": true, "private": true, "personal": true, "billing": true, "shipping": true, "mailing": true,
	"postal": true, "address": true, "addr": true, "residential": true, "business": true, "work": true, "current": true, "the": true,
	"profile": true, "subscriber": true, "buyer": true, "patient": true, "guest": true, "delivery": true, "voter": true, "res": true,
}
