// Package server puts the pieces together: the embedded lake and its listeners, the catalog, the pipeline with its
// engine, the API and the page.
//
// [Open] assembles them on a data folder; [Server.Start] also listens. [Connect] is how commands reach all of
// it: through the server that runs on the folder, or by opening the folder in their own process. It is the only
// package that knows concrete stores and engines, and only cmd imports it.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/api/audit"
	"github.com/ownlake/ownlake/api/idempotency"
	"github.com/ownlake/ownlake/config"
	"github.com/ownlake/ownlake/dataverse"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/catalog"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/insights/pipeline"
	"github.com/ownlake/ownlake/insights/search"
	"github.com/ownlake/ownlake/insights/source"
	"github.com/ownlake/ownlake/tenant/state"
)

// DefaultListen is the app's address where nobody says.
const DefaultListen = "127.0.0.1:10010"

// Config says what to serve. DataDir and Logger are required.
type Config struct {
	DataDir string
	// Listen is the app's address; empty means [DefaultListen].
	Listen string
	// Lake configures the embedded lake and its listeners; its DataDir and Logger are taken from here.
	Lake LakeConfig
	// Tenant configures the tenant in the box; its DataDir and Logger are taken from here. With an empty Listen there is
	// none.
	Tenant TenantConfig
	// Settings are what the operator may change; see [Server.Configure].
	Settings config.Config
	// Wait is how long [Open] waits for another process that uses the folder. A server on it is not waited for.
	Wait    time.Duration
	Version string
	Logger  *slog.Logger
}

// Server is everything on one data folder. Close it.
type Server struct {
	cfg       Config
	lake      *Lake
	clouds    *clouds
	signIns   *signIns
	catalog   *catalog.Catalog
	dataverse *dataverse.Links
	shares    *shares
	pipeline  *pipeline.Pipeline
	tenant    *Tenant // nil before Start, and where there is none
	token     string
	state     *state.Store // of access
	access    api.Access
	answers   *idempotency.Answers
	audit     *audit.Log

	search  *search.Searcher
	opened  time.Time
	app     *http.Server // nil before Start
	appURL  string
	appDone chan error
}

// openEvery is how often a folder that is in use is tried again.
const openEvery = 50 * time.Millisecond

// Open assembles a server on its data folder, listening nowhere yet. A folder that another process uses is a
// Conflict, with the address of the server if it is one.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	const op errs.Op = "server.Open"
	s, err := open(ctx, cfg)
	for until := time.Now().Add(cfg.Wait); errs.Is(err, errs.Conflict); s, err = open(ctx, cfg) {
		if f, ok := findServer(ctx, cfg.DataDir); ok {
			return nil, errs.E(op, errs.Conflict, errs.Item(cfg.DataDir),
				fmt.Sprintf("the data folder is in use by the server at %s, process %d", f.Address, f.PID),
				errs.Hint("use that server, stop it, or choose another folder with --data"))
		}
		if time.Now().After(until) {
			return nil, errs.E(op, errs.Conflict, errs.Item(cfg.DataDir), "the data folder is in use by another command",
				errs.Hint("wait until that has ended, or choose another folder with --data; while ownlake serve runs on a folder, commands share it"))
		}
		select {
		case <-time.After(openEvery):
		case <-ctx.Done():
			return nil, errs.E(op, ctx.Err())
		}
	}
	return s, errs.Wrap(op, err)
}

func open(ctx context.Context, cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, token: newToken(), opened: time.Now().UTC()}
	if err := s.assemble(ctx); err != nil {
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *Server) assemble(ctx context.Context) error {
	cfg := &s.cfg
	cfg.Lake.DataDir, cfg.Lake.Logger = cfg.DataDir, cfg.Logger
	cfg.Tenant.DataDir, cfg.Tenant.Logger = cfg.DataDir, cfg.Logger
	var err error
	if s.lake, err = OpenLake(ctx, cfg.Lake); err != nil {
		return err
	}
	if err := s.openAccess(); err != nil {
		return err
	}
	s.clouds = &clouds{roots: s.trusted}
	s.signIns = newSignIns(s.clouds, time.Now)
	s.catalog, err = catalog.Open(ctx, catalog.Options{
		Managed:   s.lake.Store(),
		FS:        vfs.Default,
		Dir:       filepath.Join(cfg.DataDir, "connections"),
		Connect:   s.connect,
		Principal: s.clouds.Principal,
		SignedIn:  s.signIns.SignedIn,
		Clock:     time.Now,
		Logger:    cfg.Logger,
	})
	if err != nil {
		return err
	}
	s.dataverse = dataverse.NewLinks(dataverse.Options{
		FS: vfs.Default, Dir: dataverseDir(cfg.DataDir), Environments: s.catalog, CheckShared: s.checkShared, Clock: time.Now,
	})
	s.shares = &shares{
		environments: s.catalog, signedIn: s.signIns.signedIn, dir: filepath.Join(cfg.DataDir, "share"), jobs: newShareJobs(time.Now),
	}
	staging := filepath.Join(cfg.DataDir, "staging")
	db, err := duckdb.New(duckdb.Options{Dir: filepath.Join(staging, "engine"), Logger: cfg.Logger})
	if err != nil {
		return err
	}
	s.pipeline = pipeline.New(pipeline.Options{
		Catalog:    s.catalog,
		Engine:     db,
		Bounds:     bounds(cfg.Settings),
		Reader:     source.NewReader(source.Options{Lakes: s.catalog, Clock: time.Now, Logger: cfg.Logger}),
		StagingDir: staging,
		Clock:      time.Now,
		Logger:     cfg.Logger,
	})
	s.search = search.New(search.Options{Tables: s.pipeline.Tables(), Dir: filepath.Join(cfg.DataDir, "search"), Clock: time.Now, Logger: cfg.Logger})
	return nil
}

// Configure puts new settings in force: for runs' next tasks, and for removing superseded files.
func (s *Server) Configure(c config.Config) { s.pipeline.SetBounds(bounds(c)) }

func bounds(c config.Config) pipeline.Bounds {
	return pipeline.Bounds{
		Session:   engine.Options{MemoryLimit: c.EngineMemoryLimit, Threads: c.EngineThreads},
		Retention: c.Retention,
	}
}

// Services are the server's services, for callers in the same process.
func (s *Server) Services() api.Services {
	return api.Services{
		Environments: s.catalog,
		Dataverse:    s.dataverse,
		Sharing:      s.shares,
		SignIns:      s.signIns,
		Definitions:  s.catalog,
		Inspector:    s.pipeline,
		Runs:         s.pipeline,
		Tables:       s.pipeline.Tables(),
		Lakes:        s.catalog,
		Customers:    s.search,
		Profiles:     s.pipeline.Tables(),
	}
}

// Tenant is the tenant in the box, or nil where it is not served.
func (s *Server) Tenant() *Tenant { return s.tenant }

// Lake is the embedded lake.
func (s *Server) Lake() *Lake { return s.lake }

// Close stops the listeners, cancels runs that are going, and closes the lake. Calls under way get until ctx
// ends.
func (s *Server) Close(ctx context.Context) error {
	failures := []error{s.stopApp(ctx)}
	if s.shares != nil {
		s.shares.jobs.close()
	}
	if s.signIns != nil {
		s.signIns.close()
	}
	if s.tenant != nil {
		failures = append(failures, s.tenant.Close(ctx))
	}
	if s.search != nil {
		failures = append(failures, s.search.Close())
	}
	if s.pipeline != nil {
		failures = append(failures, s.pipeline.Close())
	}
	if s.catalog != nil {
		failures = append(failures, s.catalog.Close())
	}
	if s.lake != nil {
		failures = append(failures, s.lake.Close(ctx))
	}
	if s.audit != nil {
		failures = append(failures, s.audit.Close())
	}
	if s.state != nil {
		failures = append(failures, s.state.Close())
	}
	return errors.Join(failures...)
}
