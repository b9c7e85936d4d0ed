// Package report draws what unification found, for people: the explanation of a pair as a waterfall (SVG), and a run as
// one page (HTML) that needs nothing else and on which doubtful pairs are decided.
//
// It knows how things look, and nothing of how they were found: it draws what insights/match says. Pictures follow the
// reader's light or dark setting.
package report
