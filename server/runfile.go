package server

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/ownlake/ownlake/errs"
)

// runFile is what a running server leaves in its data folder, so that commands on the same machine find it and
// may call it. Only the folder's owner can read it.
type runFile struct {
	Address string `json:"address"`       // such as "http://127.0.0.1:10010"
	URL     string `json:"url,omitempty"` // where browsers reach it, if elsewhere
	Token   string `json:"token"`
	PID     int    `json:"pid"`
}

func runFilePath(dataDir string) string { return filepath.Join(dataDir, "server.json") }

// account is where the lake was served last, so that a command which opens the folder itself knows its lake by
// that address, and writes it into model.json.
type account struct {
	Name    string        `json:"name"`
	Region  string        `json:"region"`
	Listens LakeAddresses `json:"listens"` // as configured: HOST:PORT
}

func accountPath(dataDir string) string { return filepath.Join(dataDir, "account.json") }

// writePrivate replaces a file that only the folder's owner may read.
func writePrivate(path string, v any) error {
	const op errs.Op = "server.writePrivate"
	b, err := json.Marshal(v)
	if err != nil {
		return errs.E(op, errs.Internal, err)
	}
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return errs.E(op, errs.Unavailable, err)
	}
	return errs.Wrap(op, os.Rename(path+".new", path))
}

// readPrivate reports whether the file is there and whole.
func readPrivate(path string, into any) bool {
	b, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(b, into) == nil
}

func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
