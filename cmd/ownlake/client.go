package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/server"
)

// addDataFlag gives a command, and those below it, the flag --data.
func (a *app) addDataFlag(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&a.dataDir, "data", defaultDataDir(), "data folder (environment variable OWNLAKE_DATA)")
}

// addEnvironmentFlag gives a command, and those below it, the flag --env.
func (a *app) addEnvironmentFlag(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVarP(&a.environment, "env", "e", "", "name or id of the environment; not needed if there is only one")
}

// defaultDataDir is the folder for a user's data, as the operating system has it.
func defaultDataDir() string {
	if dir := os.Getenv("OWNLAKE_DATA"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "ownlake")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "ownlake-data"
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "ownlake")
	case "windows":
		return filepath.Join(home, "AppData", "Local", "ownlake")
	}
	return filepath.Join(home, ".local", "share", "ownlake")
}

// withClient calls do with a client of the server that runs on the data folder, or of the folder opened in this
// process.
func (a *app) withClient(ctx context.Context, do func(*api.Client) error) error {
	cfg, err := a.serverConfig(defaultServerFlags())
	if err != nil {
		return err
	}
	conn, err := server.Connect(ctx, cfg)
	if err != nil {
		return err
	}
	err = do(conn.Client)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return firstError(err, conn.Close(closing))
}

// withEnvironment is [app.withClient] for commands about one environment: the one named, or the only one.
func (a *app) withEnvironment(ctx context.Context, name string, do func(*api.Client, insights.Environment) error) error {
	return a.withClient(ctx, func(c *api.Client) error {
		all, err := c.Environments(ctx)
		if err != nil {
			return err
		}
		env, err := a.chooseEnvironment(all, name)
		if err != nil {
			return err
		}
		return do(c, env)
	})
}

// chooseEnvironment finds an environment by id or by name; no name stands for the only one.
func (a *app) chooseEnvironment(all []insights.Environment, name string) (insights.Environment, error) {
	names := make([]string, len(all))
	for i, env := range all {
		if string(env.ID) == name || strings.EqualFold(env.Name, name) {
			return env, nil
		}
		names[i] = env.Name
	}
	switch {
	case len(all) == 0:
		return insights.Environment{}, errs.E(errs.NotFound, errs.Item(a.dataDir), "there is no environment yet in this data folder",
			errs.Hint("create one: ownlake env create, or ownlake apply -f DIR; or name another folder with --data"))
	case name == "" && len(all) == 1:
		return all[0], nil
	case name == "":
		return insights.Environment{}, usageError("choose one with --env: "+strings.Join(names, ", "), "there are %d environments", len(all))
	}
	hint := "ownlake env list shows the environments"
	if near := insights.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return insights.Environment{}, errs.E(errs.NotFound, errs.Item(name), "there is no such environment", errs.Hint(hint))
}

// print writes a result: v as JSON on request, and else what text prints.
func (a *app) print(v any, text func(io.Writer) error) error {
	if a.json {
		return json.NewEncoder(a.stdout).Encode(v)
	}
	return text(a.stdout)
}
