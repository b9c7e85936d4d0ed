package server

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake/localstore"
)

// control is how commands on the same machine ask a lake that is being served for what only its process can do. It
// listens on loopback; lake.json in the data folder, which only the folder's owner can read, says where and holds the
// token that every call needs.
type control struct {
	lake   *Lake
	token  string
	path   string // of lake.json
	server *http.Server
	done   chan struct{} // closed when it serves no more
}

func controlPath(dataDir string) string { return filepath.Join(dataDir, "lake.json") }

func (l *Lake) startControl(ctx context.Context) (*control, error) {
	ln, err := listenTCP(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &control{lake: l, token: newToken(), path: controlPath(l.cfg.DataDir), done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /backup", c.backup)
	c.server = &http.Server{
		Handler: l.untilClosed(c.authorized(mux)), ReadHeaderTimeout: readHeaderTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(l.cfg.Logger.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(c.done)
		if err := c.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			l.cfg.Logger.ErrorContext(context.WithoutCancel(ctx), "commands on this machine cannot reach the lake any more", slog.Any("error", err))
		}
	}()
	err = writePrivate(c.path, runFile{Address: "http://" + ln.Addr().String(), Token: c.token, PID: os.Getpid()})
	if err != nil {
		c.stop(ctx)
		return nil, err
	}
	return c, nil
}

// stop lets calls under way end until ctx does, and then cuts them off; a backup that is cut off leaves nothing.
func (c *control) stop(ctx context.Context) {
	_ = os.Remove(c.path) // a stale file is recognised by its dead address
	if c.server.Shutdown(ctx) != nil {
		_ = c.server.Close()
	}
	<-c.done
}

func (c *control) authorized(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+c.token)) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// backupLine is a line of the answer to a call for a backup: how far it is, and last a report or an error.
type backupLine struct {
	Progress *localstore.Progress     `json:"progress,omitempty"`
	Report   *localstore.BackupReport `json:"report,omitempty"`
	Error    *controlError            `json:"error,omitempty"`
}

type controlError struct {
	Kind    string    `json:"kind"`
	Code    errs.Code `json:"code,omitempty"`
	Message string    `json:"message"`
}

// progressEvery is how often a caller is told how far a backup is.
const progressEvery = 200 * time.Millisecond

// backup writes a backup to the folder that the body names. The caller ends it by closing the connection.
func (c *control) backup(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Folder string `json:"folder"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, maxHeaderBytes)).Decode(&ask); err != nil || !filepath.IsAbs(ask.Folder) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	answer := json.NewEncoder(w)
	flush := http.NewResponseController(w).Flush
	var told time.Time
	report, err := c.lake.backup(r.Context(), ask.Folder, func(p localstore.Progress) {
		if now := time.Now(); now.Sub(told) >= progressEvery {
			told = now
			_ = answer.Encode(backupLine{Progress: &p}) // a caller that has gone ends the backup by its context
			_ = flush()
		}
	})
	if err != nil {
		_ = answer.Encode(backupLine{Error: &controlError{Kind: errs.KindOf(err).String(), Code: errs.CodeOf(err), Message: err.Error()}})
		return
	}
	_ = answer.Encode(backupLine{Report: &report})
}

// BackupLake writes a backup of the lake in a data folder to another folder, see [localstore.Store.Backup], and of the tenant
// and the lakes of its accounts beside that, if there are some: by the process that serves the lake where there is one, and by this one otherwise. It fails with NotFound where there is no
// lake, and with Conflict where a process has it open that serves it to nobody.
func BackupLake(ctx context.Context, dataDir, folder string, logger *slog.Logger, progress func(localstore.Progress)) (report localstore.BackupReport, err error) {
	const op errs.Op = "server.BackupLake"
	if folder, err = filepath.Abs(folder); err != nil {
		return report, errs.E(op, errs.Invalid, err)
	}
	dir := filepath.Join(dataDir, lakeFolder)
	var run runFile
	if readPrivate(controlPath(dataDir), &run) {
		if report, err = run.backup(ctx, folder, progress); !errors.Is(err, errNobodyServes) {
			return report, errs.Wrap(op, err)
		}
	}
	report, err = besideClosed(dataDir, logger).backup(ctx, dataDir, folder, progress, func() (localstore.BackupReport, error) {
		return backupClosed(ctx, dir, folder, logger, progress)
	})
	return report, errs.Wrap(op, err)
}

// errNobodyServes says that the process which left the file has gone.
var errNobodyServes = errors.New("the lake is not being served")

func (f runFile) backup(ctx context.Context, folder string, progress func(localstore.Progress)) (report localstore.BackupReport, err error) {
	body, err := json.Marshal(map[string]string{"folder": folder})
	if err != nil {
		return report, errs.E(errs.Internal, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.Address+"/backup", bytes.NewReader(body))
	if err != nil {
		return report, errs.E(errs.Internal, err)
	}
	req.Header.Set("Authorization", "Bearer "+f.Token)
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext} // no proxy: the address is our own
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return report, errs.E(ctx.Err())
	case err != nil:
		return report, errNobodyServes
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	switch resp.StatusCode {
	case http.StatusOK:
		return readBackup(ctx, resp.Body, progress)
	case http.StatusUnauthorized, http.StatusNotFound: // another program got the address
		return report, errNobodyServes
	}
	return report, errs.E(errs.Internal, "the lake's server refused to back up: "+resp.Status)
}

// readBackup follows a backup to its end.
func readBackup(ctx context.Context, body io.Reader, progress func(localstore.Progress)) (localstore.BackupReport, error) {
	lines := json.NewDecoder(body)
	for {
		var line backupLine
		err := lines.Decode(&line)
		switch {
		case err != nil && ctx.Err() != nil:
			return localstore.BackupReport{}, errs.E(ctx.Err())
		case err != nil:
			return localstore.BackupReport{}, errs.E(errs.Unavailable, "the lake's server ended before the backup was whole",
				errs.Hint("start it again, and then the backup"), err)
		case line.Error != nil:
			kind, _ := errs.ParseKind(line.Error.Kind) // Other where the server is of another version
			return localstore.BackupReport{}, errs.E(kind, line.Error.Code, line.Error.Message)
		case line.Report != nil:
			return *line.Report, nil
		case line.Progress != nil && progress != nil:
			progress(*line.Progress)
		}
	}
}
