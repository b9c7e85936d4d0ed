package lake_test

import (
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func TestTagExpressionsChooseBlobs(t *testing.T) {
	t.Parallel()
	tags := lake.Tags{"color": "blue", "size": "7", "a b": "it is"}
	for text, want := range map[string]bool{
		`"color" = 'blue'`:                 true,
		`"color"='red'`:                    false,
		`"color" <> 'red'`:                 true,
		`"none" <> 'red'`:                  true,
		`"none" = ''`:                      false,
		`"size" > '5' AND "size" < '8'`:    true,
		`"size" >= '8'`:                    false,
		`"color" = 'red' OR "size" <= '7'`: true,
		`"color" = 'red' OR "size" = '7' AND "a b" = 'none'`:  false,
		`"color" = 'blue' or "size" = '7' and "a b" = 'none'`: true,
		`@container = 'fs1' AND "a b" = 'it is'`:              true,
		`@container <> 'fs1'`:                                 false,
	} {
		x, err := lake.ParseTagExpression(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := x.Match("fs1", tags); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestWhatIsNoTagExpressionIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "color = 'blue'", `"color" = blue`, `"color" 'blue'`, `"color" = 'blue' AND`, `"a" = 'b' "c" = 'd'`, `"a" = 'b`, `"a" ~ 'b'`, `"a" = 'b' ANDX "c" = 'd'`} {
		if _, err := lake.ParseTagExpression(text); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v, want Invalid", text, err)
		}
	}
}

func FuzzParseTagExpression(f *testing.F) {
	f.Add(`"color" = 'blue' AND @container <> 'x' OR "size" >= '5'`)
	f.Fuzz(func(t *testing.T, text string) {
		x, err := lake.ParseTagExpression(text)
		if err != nil && !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: kind %v", text, errs.KindOf(err))
		}
		if err == nil {
			x.Match("fs1", lake.Tags{"color": "blue"})
		}
	})
}
