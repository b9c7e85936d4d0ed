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

// reconfigureUntilDone puts the configuration in force again at every SIGHUP. One that is wrong is reported, and the
// former stays.
func (a *app) reconfigureUntilDone(ctx context.Context, s *server.Server) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		c, err := a.settings()
		if err != nil {
			a.logger.ErrorContext(ctx, "the configuration is wrong; the former stays in force", "error", err)
			continue
		}
		s.Configure(c)
		a.logger.InfoContext(ctx, "the configuration was read again")
	}
}
