package server

import (
	"context"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/insights"
)

// Client calls this server's API over the network. The server must have started.
func (s *Server) Client() *api.Client {
	return api.NewClient(api.ClientOptions{Address: s.appURL, Token: s.token})
}

// Clusters calls visit for every record that the environment's Customer holds: its table, its key, and its
// CustomerId.
func (s *Server) Clusters(ctx context.Context, env insights.EnvironmentID, visit func(source, key, customerID string) error) error {
	return s.pipeline.Clusters(ctx, env, visit)
}
