package server

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
)

// Connection reaches the services on a data folder. Close it.
type Connection struct {
	Client *api.Client
	close  func(context.Context) error
}

// Close ends the connection; a folder that was opened in process is closed, once its runs have ended.
func (c *Connection) Close(ctx context.Context) error { return c.close(ctx) }

// Connect reaches the server that runs on the data folder; if none does, it opens the folder in this process and
// serves the same API in memory. A folder that another process uses without answering is a Conflict.
func Connect(ctx context.Context, cfg Config) (*Connection, error) {
	const op errs.Op = "server.Connect"
	if client := running(ctx, cfg.DataDir); client != nil {
		return &Connection{Client: client, close: func(context.Context) error { return nil }}, nil
	}
	var last account
	if readPrivate(accountPath(cfg.DataDir), &last) {
		cfg.Lake.Account, cfg.Lake.Region = last.Name, last.Region
		cfg.Lake.Listen, cfg.Lake.DFSListen, cfg.Lake.TLSListen = last.Listens.Blob, last.Listens.DFS, last.Listens.TLS
	}
	s, err := Open(ctx, cfg)
	if err != nil {
		return nil, errs.E(op, err)
	}
	client := api.NewClient(api.ClientOptions{Address: "http://localhost", Token: s.token, Transport: api.InProcess(s.newHandler())})
	return &Connection{Client: client, close: s.Close}, nil
}

// Running reports whether a server runs on the data folder and answers.
func Running(ctx context.Context, dataDir string) bool { return running(ctx, dataDir) != nil }

// running returns a client of the server that runs on the folder, or nil: a file that a killed server left
// behind names an address where nobody takes its token.
func running(ctx context.Context, dataDir string) *api.Client {
	var f runFile
	if !readPrivate(runFilePath(dataDir), &f) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	client := api.NewClient(api.ClientOptions{Address: f.Address, Token: f.Token})
	if _, err := client.Version(ctx); err != nil {
		return nil
	}
	return client
}
