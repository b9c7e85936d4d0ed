package api

import (
	"context"
	"time"
)

// About says what this server is.
type About struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Account string    `json:"account" doc:"The embedded lake's"`
	Lake    []Address `json:"lake" doc:"Where the embedded lake is reached"`
	Tenant  string    `json:"tenant,omitempty" doc:"The authority of the tenant in the box"`
}

// Address is where something is reached, such as {"dfs", "http://127.0.0.1:10004/devstoreaccount1"}.
type Address struct {
	Protocol string `json:"protocol"`
	URL      string `json:"url"`
}

func (r *routes) getAbout(context.Context, *emptyInput) (*output[About], error) {
	return answer(r.o.About(), nil)
}
