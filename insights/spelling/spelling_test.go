package spelling

import "testing"

func TestWordListsAreEquivalencesOfThePromisedSize(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]struct {
		forms map[string]string
		least int
	}{"nicknames": {nicknames(), 500}, "address": {addressWords(), 100}} {
		if len(list.forms) < list.least {
			t.Errorf("%s: %d forms, want at least %d", name, len(list.forms), list.least)
		}
		for form, word := range list.forms {
			if again, isForm := list.forms[word]; isForm {
				t.Errorf("%s: %q becomes %q, which becomes %q: not an equivalence", name, form, word, again)
			}
		}
	}
	if len(organizationNoise()) < 50 {
		t.Errorf("organization: %d noise words, want about 50", len(organizationNoise()))
	}
}

func TestFullNamesAreTakenApart(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]FullName{
		"Anna Ong":                        {"Anna", "", "Ong"},
		"Anna Maria Ong":                  {"Anna", "Maria", "Ong"},
		"Ong, Anna Maria":                 {"Anna", "Maria", "Ong"},
		"Dr. Anna Maria van der Berg Jr.": {"Anna", "Maria", "van der Berg"},
		"van der Berg, Anna":              {"Anna", "", "van der Berg"},
		"Anna Berg, PhD":                  {"Anna", "", "Berg"},
		"Prof. Smith":                     {"", "", "Smith"},
		"Madonna":                         {"", "", "Madonna"},
		"":                                {},
		",":                               {},
		"  Anna   Ong ":                   {"Anna", "", "Ong"},
		"Ong, Dr. Anna":                   {"Anna", "", "Ong"},
		"Maria de la Cruz":                {"Maria", "", "de la Cruz"},
		"Al Green":                        {"Al", "", "Green"}, // a particle cannot come first
	} {
		if got := SplitFullName(s); got != want {
			t.Errorf("SplitFullName(%q) = %+v, want %+v", s, got, want)
		}
	}
}
