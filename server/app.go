package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/config"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/source"
	"github.com/ownlake/ownlake/web"
)

// newHandler is the app: the API below its base path, the pages elsewhere.
func (s *Server) newHandler(logger *slog.Logger) http.Handler {
	services := s.Services()
	mux := http.NewServeMux()
	options := api.Options{
		Services: services, Access: s.access, Token: s.token, URL: s.cfg.Settings.URL, Hosts: s.publicHosts(),
		Audit: s.audit, Answers: s.answers, Version: s.cfg.Version, Clock: time.Now, Logger: logger,
		About: s.about, Locate: locate, SourceFolders: s.cfg.Settings.SourceFolders,
	}
	mux.Handle(api.BasePath+"/", api.New(options))
	mux.Handle(dataPath, api.Guard(options, insights.Viewer, dataEnvironment, s.newDataHandler(logger)))
	mux.Handle("/", web.Handler())
	return mux
}

// Start listens: the lake's listeners and the app's. It returns when all accept requests. A port that is in
// use is Unavailable and names the address.
func (s *Server) Start(ctx context.Context) error {
	const op errs.Op = "server.Start"
	if err := s.lake.Listen(ctx); err != nil {
		return errs.E(op, err)
	}
	if s.cfg.Tenant.Listen != "" {
		tenant, err := StartTenant(ctx, s.tenantConfig())
		if err != nil {
			return errs.E(op, err)
		}
		s.tenant = tenant
	}
	address := s.cfg.Listen
	if address == "" {
		address = DefaultListen
	}
	if err := s.checkLoopback(address); err != nil {
		return errs.E(op, err)
	}
	listener, err := listenTCP(ctx, address)
	if err != nil {
		return errs.E(op, err)
	}
	s.appURL = "http://" + listener.Addr().String()
	if err := s.openSignIn(s.base()); err != nil {
		return errs.E(op, errors.Join(err, listener.Close()))
	}
	s.app = &http.Server{
		Handler:           s.newHandler(s.cfg.Logger),
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
	s.appDone = make(chan error, 1)
	go func() { s.appDone <- s.app.Serve(listener) }()
	return errs.Wrap(op, s.leaveFiles())
}

// about says what this server is.
func (s *Server) about() api.About {
	a := api.About{Version: s.cfg.Version, Started: s.opened, Account: s.lake.account, Lake: []api.Address{}}
	at := s.lake.Addresses()
	for _, one := range []api.Address{{Protocol: "dfs and blob", URL: at.Blob}, {Protocol: "dfs", URL: at.DFS}, {Protocol: "with TLS", URL: at.TLS}} {
		if one.URL != "" {
			a.Lake = append(a.Lake, one)
		}
	}
	if s.tenant != nil {
		a.Tenant = s.tenant.Addresses().Authority
	}
	return a
}

// locate reads a location of a data source for the API.
func locate(location string) (api.Place, error) {
	p, err := source.Locate(location)
	return api.Place{Local: p.Local, Endpoint: p.Endpoint, Container: string(p.Filesystem), Path: p.Path}, err
}

// leaveFiles says in the data folder where this server is, for commands on the same machine.
func (s *Server) leaveFiles() error {
	l := s.cfg.Lake
	err := writePrivate(accountPath(s.cfg.DataDir), account{
		Name: l.Account, Region: l.Region, Listens: LakeAddresses{Blob: l.Listen, DFS: l.DFSListen, TLS: l.TLSListen},
	})
	if err != nil {
		return err
	}
	return writePrivate(runFilePath(s.cfg.DataDir), runFile{Address: s.appURL, URL: s.cfg.Settings.URL, Token: s.token, PID: os.Getpid()})
}

// URL is the app's address once the server has started.
func (s *Server) URL() string { return s.appURL }

// stopApp ends the app's listener, letting requests under way end until ctx does.
func (s *Server) stopApp(ctx context.Context) error {
	if s.app == nil {
		return nil
	}
	_ = os.Remove(runFilePath(s.cfg.DataDir)) // a stale file is recognised by its dead address
	err := s.app.Shutdown(ctx)
	if err != nil {
		err = s.app.Close()
	}
	if serveErr := <-s.appDone; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	return err
}

// checkLoopback refuses an app address beyond loopback where nobody says that a proxy with TLS is before it: sessions and
// tokens would cross the network readable.
func (s *Server) checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return errs.E(errs.Invalid, errs.Item(address), "not an address", errs.Hint("use HOST:PORT, such as "+DefaultListen))
	}
	if isLoopback(host) || s.cfg.Settings.URL != "" {
		return nil
	}
	return errs.E(errs.Invalid, errs.Item(address), "the app listens on loopback only, as it has no TLS of its own",
		errs.Hint("use "+DefaultListen+" behind a proxy with TLS, and put the proxy's address into "+config.FileName+" as url; then any address will do"))
}
