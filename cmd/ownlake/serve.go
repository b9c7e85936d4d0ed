package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/server"
)

// defaultTLSListen is where serve offers the lake with TLS: strict readers of model.json follow https addresses
// only (reference lake-layout, section 5).
const defaultTLSListen = "127.0.0.1:10005"

// folderWait is how long a command waits for another that uses the data folder, or for a server that is starting.
const folderWait = 3 * time.Second

// serverFlags are the flags of commands that start or open a server.
type serverFlags struct {
	lake   lakeFlags
	tenant tenantFlags
	listen string
}

func newServeCommand(a *app) *cobra.Command {
	var f serverFlags
	cmd := &cobra.Command{
		Use:         "serve",
		Annotations: map[string]string{serves: "yes"},
		Short:       "Serve the lake, the API and the pages on one data folder",
		Long: `Serve everything on one data folder: the embedded lake (as "ownlake lake" does), the API that the other
commands use, the pages, and the tenant in the box (as "ownlake tenant" does). Commands that name the same folder with --data find this server by
themselves. SIGTERM stops it cleanly; runs that are going are cancelled and can be run again. SIGHUP reads
config.yaml in the data folder (ownlake config show) and the access file again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), f) },
	}
	a.addDataFlag(cmd)
	f.add(cmd)
	return cmd
}

func (f *serverFlags) add(cmd *cobra.Command) {
	f.lake.register(cmd)
	f.tenant.register(cmd, "tenant-listen")
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", server.DefaultListen, "address of the API and the pages; loopback only")
	flags.StringVar(&f.lake.listen, "lake-listen", server.DefaultLakeListen, "main address of the lake; reads bare requests as blob")
	tls := cmd.Flag("tls-listen")
	tls.DefValue, f.lake.tlsListen = defaultTLSListen, defaultTLSListen
}

// defaultServerFlags are the flags where a command has none: those of a server that is started without any.
func defaultServerFlags() serverFlags {
	var f serverFlags
	f.add(&cobra.Command{})
	return f
}

// serverConfig is the configuration of a server on the app's data folder.
func (a *app) serverConfig(f serverFlags) (server.Config, error) {
	cfg, err := f.lake.config(a, a.dataDir)
	if err != nil {
		return server.Config{}, err
	}
	tenant, err := f.tenant.config(a)
	if err != nil {
		return server.Config{}, err
	}
	settings, err := a.settings()
	if err != nil {
		return server.Config{}, err
	}
	return server.Config{
		DataDir: a.dataDir, Listen: f.listen, Lake: cfg, Tenant: tenant, Settings: settings, Wait: folderWait, Version: version, Logger: a.logger,
	}, nil
}

// serving is what serve prints when it accepts requests.
type serving struct {
	App    string               `json:"app"`
	Lake   server.LakeAddresses `json:"lake"`
	Tenant *tenantReady         `json:"tenant,omitempty"`
	Data   string               `json:"data"`
	// SignIn is a link that signs in once, where nobody of the tenant is an administrator yet.
	SignIn string `json:"signIn,omitempty"`
}

func (a *app) serve(ctx context.Context, f serverFlags) error {
	s, err := a.startServer(ctx, f)
	if err != nil {
		return err
	}
	hangups, stopHangups := notifyHangups()
	defer stopHangups()
	ready := a.serving(s)
	if !s.HasAdministrator() {
		ready.SignIn = s.SignInLink()
	}
	if a.json {
		err = json.NewEncoder(a.stdout).Encode(ready)
	} else {
		err = a.printServing(ready, s.Tenant())
	}
	if err == nil {
		atEachHangup(ctx, hangups, func() { a.reconfigure(ctx, s) })
	}
	return firstError(err, closeServer(s))
}

// serving says what a server that has started serves.
func (a *app) serving(s *server.Server) serving {
	ready := serving{App: s.URL(), Lake: s.Lake().Addresses(), Data: a.dataDir}
	if t := s.Tenant(); t != nil {
		ready.Tenant = &tenantReady{t.Addresses(), t.First()}
	}
	return ready
}

func (a *app) printServing(ready serving, tenant *server.Tenant) error {
	text := fmt.Sprintf("ready  app %s  lake %s  dfs %s  tls %s", ready.App, ready.Lake.Blob, ready.Lake.DFS, ready.Lake.TLS)
	if tenant != nil {
		text += "  tenant " + ready.Tenant.Authority
	}
	if ready.SignIn != "" {
		text += "\nsign in, once within the hour, as the administrator of this server: " + ready.SignIn
	}
	if _, err := fmt.Fprintln(a.stdout, text); err != nil || tenant == nil {
		return err
	}
	return a.printAdministrator(tenant)
}

// startServer opens a server on the app's data folder and starts its listeners.
func (a *app) startServer(ctx context.Context, f serverFlags) (*server.Server, error) {
	cfg, err := a.serverConfig(f)
	if err != nil {
		return nil, err
	}
	s, err := server.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := s.Start(ctx); err != nil {
		_ = closeServer(s) // the first error says more
		return nil, err
	}
	return s, nil
}

func closeServer(s *server.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return s.Close(ctx)
}

func firstError(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}
