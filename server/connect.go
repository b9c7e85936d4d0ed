package server

import (
	"context"
	"log/slog"
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
	if c := connectServer(ctx, cfg.DataDir); c != nil {
		return c, nil
	}
	var last account
	if readPrivate(accountPath(cfg.DataDir), &last) {
		cfg.Lake.Account, cfg.Lake.Region = last.Name, last.Region
		cfg.Lake.Listen, cfg.Lake.DFSListen, cfg.Lake.TLSListen = last.Listens.Blob, last.Listens.DFS, last.Listens.TLS
	}
	s, err := Open(ctx, cfg)
	if errs.Is(err, errs.Conflict) {
		if c := connectServer(ctx, cfg.DataDir); c != nil { // it was starting meanwhile
			return c, nil
		}
	}
	if err != nil {
		return nil, errs.E(op, err)
	}
	// The one who calls the API reports its failures, so they are not logged beside.
	handler := s.newHandler(slog.New(slog.DiscardHandler))
	client := api.NewClient(api.ClientOptions{Address: "http://localhost", Token: s.token, Transport: api.InProcess(handler)})
	return &Connection{Client: client, close: s.Close}, nil
}

// connectServer connects to the server that runs on the folder; nil if none does.
func connectServer(ctx context.Context, dataDir string) *Connection {
	f, ok := findServer(ctx, dataDir)
	if !ok {
		return nil
	}
	return &Connection{Client: f.client(), close: func(context.Context) error { return nil }}
}

// Running reports whether a server runs on the data folder and answers.
func Running(ctx context.Context, dataDir string) bool {
	_, ok := findServer(ctx, dataDir)
	return ok
}

// ClientOf calls the server that runs on the data folder, and says where browsers reach it; false if none does.
func ClientOf(ctx context.Context, dataDir string) (c *api.Client, address string, ok bool) {
	f, ok := findServer(ctx, dataDir)
	if !ok {
		return nil, "", false
	}
	address = f.URL
	if address == "" {
		address = f.Address
	}
	return f.client(), address, true
}

// findServer finds the server that runs on the folder. A file that a killed server left behind names an address where
// nobody takes its token.
func findServer(ctx context.Context, dataDir string) (runFile, bool) {
	var f runFile
	if !readPrivate(runFilePath(dataDir), &f) {
		return f, false
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err := f.client().Version(ctx)
	return f, err == nil
}

func (f runFile) client() *api.Client {
	return api.NewClient(api.ClientOptions{Address: f.Address, Token: f.Token})
}
