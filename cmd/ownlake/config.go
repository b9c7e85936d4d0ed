package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/config"
	"github.com/ownlake/ownlake/server"
)

func newConfigCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "What an operator may change"}
	show := &cobra.Command{
		Use:   "show",
		Short: "Print the values in force, and where each is from",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.showConfig() },
	}
	a.addDataFlag(show)
	cmd.AddCommand(show)
	return cmd
}

func (a *app) showConfig() error {
	c, err := a.settings()
	if err != nil {
		return err
	}
	return a.print(c.Settings(), func(w io.Writer) error {
		var rows [][]string
		for _, s := range c.Settings() {
			rows = append(rows, []string{s.Key, s.Value, s.Origin})
		}
		return table(w, []string{"KEY", "VALUE", "FROM"}, rows)
	})
}

// settings reads the configuration of the app's data folder.
func (a *app) settings() (config.Config, error) {
	return config.Load(filepath.Join(a.dataDir, config.FileName), os.LookupEnv)
}

// reconfigure puts the configuration and the access file in force again. One that is wrong is reported, and the former
// stays.
func (a *app) reconfigure(ctx context.Context, s *server.Server) {
	a.reloadAccess(ctx, s.Lake())
	c, err := a.settings()
	if err != nil {
		a.logger.ErrorContext(ctx, "the configuration is wrong; the former stays in force", "error", err)
		return
	}
	s.Configure(c)
	a.logger.InfoContext(ctx, "the configuration was read again")
}

func (a *app) reloadAccess(ctx context.Context, l *server.Lake) {
	if err := l.ReloadAccess(); err != nil {
		a.logger.ErrorContext(ctx, "the access file is wrong; the former stays in force", "error", err)
		return
	}
	a.logger.InfoContext(ctx, "the access file was read again")
}

// notifyHangups lets SIGHUP end the process no longer. It is to be called before others are told that the process serves.
func notifyHangups() (hangups <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// atEachHangup runs do at every SIGHUP until the context ends.
func atEachHangup(ctx context.Context, hangups <-chan os.Signal, do func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			do()
		}
	}
}
