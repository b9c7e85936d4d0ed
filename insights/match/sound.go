package match

import (
	"strings"

	"github.com/ownlake/ownlake/insights/spelling"
)

// formalFirst is the formal form of a name's first word.
func formalFirst(s string) string {
	first, _, _ := strings.Cut(s, " ")
	return spelling.FormalName(first)
}

// sound codes how a word sounds, in the manner of Soundex (Russell, 1918), but of the whole word and with the first
// letter coded as its class: letters that sound alike share a digit, vowels are left out.
func sound(s string) string {
	var b [8]byte
	n, last := 0, byte(0)
	for i := 0; i < len(s) && n < 5; i++ {
		if s[i] < 'a' || s[i] > 'z' {
			continue
		}
		class := soundClasses[s[i]-'a']
		if n == 0 && class == '0' {
			class = 'a' // words that begin with a vowel
		}
		if class != '0' && class != last {
			b[n] = class
			n++
		}
		if class != '0' || s[i] != 'h' && s[i] != 'w' {
			last = class
		}
	}
	return string(b[:n])
}

// soundClasses are Soundex's classes from a to z; 0 is left out.
const soundClasses = "01230120022455012623010202"
