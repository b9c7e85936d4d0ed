// Package adlstest checks a server against Microsoft's documentation of the Data Lake Storage Gen2 and Blob
// REST APIs. Each [Case] is one behaviour of one operation, tried with raw HTTP requests on a filesystem of
// the case's own; so cases are independent, run in parallel, and run against any server.
//
// The kit knows no server: it signs requests by itself, and asks the account which features it has
// ([Feature]) before it tries them. There is a file for each REST operation, named after it. A case reads as
// requests and what must come back:
//
//	s.check("a range is answered 206 with the range it is", func(t *T) {
//		t.File("f", "0123456789")
//		t.DFS("GET", "f").H("Range", "bytes=2-4").Want(206).Header("Content-Range", "bytes 2-4/10").Text("234")
//	})
//
// Where the documentation leaves open which of several codes is answered, the case takes each of them.
package adlstest

import (
	"net/http"
	"time"
)

// Target is the account that is checked.
type Target struct {
	// Blob and DFS are the addresses of the account's endpoints, without a slash at the end. A path-style
	// address ends in the account's name. DFS may be empty: then the cases that need it are skipped.
	Blob, DFS string
	// Account and Key are the account's name and its decoded key.
	Account string
	Key     []byte
	// Token, where it is not empty, is a bearer token of a principal who may read, write and own the data and
	// ask for user delegation keys.
	Token string
	// Transport sends the requests; where it is an [http.Transport], connections that the kit opens by itself are
	// dialed as it says. Nil is a transport of the kit's own.
	Transport http.RoundTripper
	// Clock tells the time that requests are signed with. It is required.
	Clock func() time.Time
}

// Case is one check.
type Case struct {
	// Operation is the REST operation as the documentation calls it, without spaces.
	Operation string
	// Name is the behaviour, as a sentence.
	Name string
	// Needs are the features without which a server is not checked.
	Needs []Feature
	run   func(*T)
	// alone cases change what belongs to the whole account, so that no other runs beside them.
	alone bool
}

// ID is the name by which a case is chosen and reported. No two cases have the same.
func (c Case) ID() string { return c.Operation + "/" + c.Name }

// suite collects cases, operation by operation.
type suite struct {
	operation string
	needs     []Feature
	cases     []Case
}

// of begins an operation whose cases all need some features.
func (s *suite) of(operation string, needs ...Feature) { s.operation, s.needs = operation, needs }

func (s *suite) check(name string, run func(*T), needs ...Feature) {
	all := append(append([]Feature{}, s.needs...), needs...)
	s.cases = append(s.cases, Case{Operation: s.operation, Name: name, Needs: all, run: run})
}

// checkAlone is [suite.check] for a case that changes the account.
func (s *suite) checkAlone(name string, run func(*T), needs ...Feature) {
	s.check(name, run, needs...)
	s.cases[len(s.cases)-1].alone = true
}

// Cases returns every case, in the order of operations.
func Cases() []Case {
	s := &suite{}
	for _, add := range operations {
		add(s)
	}
	return s.cases
}
