package microsoft

import "net/http"

// SetTransport sends the requests of clients by a function.
func SetTransport(o *Options, do func(*http.Request) (*http.Response, error)) {
	o.transport = sender(do)
}

type sender func(*http.Request) (*http.Response, error)

func (s sender) Do(r *http.Request) (*http.Response, error) { return s(r) }
