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
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/web"
)

// newHandler is the app: the API below its base path, the status page elsewhere. Both log to logger.
func (s *Server) newHandler(logger *slog.Logger) http.Handler {
	services := s.Services()
	account := web.Account{Name: s.lake.account}
	lakeAt := s.lake.Addresses()
	for _, a := range []web.Address{
		{Protocol: "dfs and blob", URL: lakeAt.Blob}, {Protocol: "dfs", URL: lakeAt.DFS}, {Protocol: "with TLS", URL: lakeAt.TLS},
	} {
		if a.URL != "" {
			account.Addresses = append(account.Addresses, a)
		}
	}
	mux := http.NewServeMux()
	options := api.Options{Services: services, Token: s.token, Version: s.cfg.Version, Logger: logger}
	mux.Handle(api.BasePath+"/", api.New(options))
	mux.Handle(dataPath, api.Guard(options, s.newDataHandler(logger)))
	mux.Handle("/", web.Handler(web.Options{
		Environments: services.Environments,
		Runs:         services.Runs,
		Tables:       services.Tables,
		Account:      account,
		Clock:        time.Now,
		Logger:       logger,
	}))
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
	if err := checkLoopback(address); err != nil {
		return errs.E(op, err)
	}
	listener, err := listenTCP(ctx, address)
	if err != nil {
		return errs.E(op, err)
	}
	s.app = &http.Server{
		Handler:           s.newHandler(s.cfg.Logger),
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
	s.appURL = "http://" + listener.Addr().String()
	s.appDone = make(chan error, 1)
	go func() { s.appDone <- s.app.Serve(listener) }()
	return errs.Wrap(op, s.leaveFiles())
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
	return writePrivate(runFilePath(s.cfg.DataDir), runFile{Address: s.appURL, Token: s.token, PID: os.Getpid()})
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

// checkLoopback refuses an app address beyond loopback: the page asks for no sign-in yet.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return errs.E(errs.Invalid, errs.Item(address), "not an address", errs.Hint("use HOST:PORT, such as "+DefaultListen))
	}
	if isLoopback(host) {
		return nil
	}
	return errs.E(errs.Invalid, errs.Item(address), "the app listens on loopback only, as its pages ask for no sign-in yet",
		errs.Hint("use "+DefaultListen+" and reach it through a tunnel or a proxy that checks who calls"))
}
