package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/server"
)

// stopTimeout is how long requests under way may take to end after SIGTERM.
const stopTimeout = 10 * time.Second

// lakeFlags are the flags of commands that serve the embedded lake.
type lakeFlags struct {
	listen, dfsListen, tlsListen string
	account, key, keyFile        string
	region, durability           string
	publicAccess                 bool
	containerRetention           int
	copyFrom                     string
	access                       string
}

func (f *lakeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.dfsListen, "dfs-listen", server.DefaultLakeDFSListen, "address that reads bare requests as dfs; empty for none")
	flags.StringVar(&f.tlsListen, "tls-listen", "", "address for HTTPS, with a certificate of the folder's own CA (ownlake ca)")
	flags.StringVar(&f.account, "account", server.EmulatorAccount, "name of the storage account")
	flags.StringVar(&f.key, "key", "", "account key in base64; needed unless the account is "+server.EmulatorAccount)
	flags.StringVar(&f.keyFile, "key-file", "", "file that holds the account key in base64")
	flags.StringVar(&f.region, "region", server.DefaultRegion, "the cloud's name of the region that the account says it is in")
	flags.StringVar(&f.durability, "durability", "full", "what an acknowledged write survives: full (power loss) or process (kill -9 only, faster)")
	flags.BoolVar(&f.publicAccess, "allow-public-access", false, "let containers be opened to readers who do not say who they are")
	flags.IntVar(&f.containerRetention, "container-retention", -1, "keep deleted containers for so many days, 1 to 365, or 0 for not at all; -1 leaves it as it was")
	flags.StringVar(&f.copyFrom, "copy-from", "account", "where copies may read their source: account (this one) or loopback (other servers on this machine, too)")
	flags.StringVar(&f.access, "access", "", "file that says whose bearer tokens are taken, and their roles (default access.yaml in the data folder, if it is there)")
	cmd.MarkFlagsMutuallyExclusive("key", "key-file")
}

// config checks the flags and makes a configuration of them.
func (f *lakeFlags) config(a *app, dataDir string) (server.LakeConfig, error) {
	cfg := server.LakeConfig{
		DataDir: dataDir, Listen: f.listen, DFSListen: f.dfsListen, TLSListen: f.tlsListen,
		Account: f.account, Region: f.region, Logger: a.logger, AllowPublicAccess: f.publicAccess, AccessFile: f.access,
	}
	if err := checkAccountName(f.account); err != nil {
		return cfg, err
	}
	switch days := f.containerRetention; {
	case days < -1 || days > lake.MaxRetentionDays:
		return cfg, usageError("use 1 to 365, or 0 for none", "--container-retention: %d is no number of days that containers are kept", days)
	case days >= 0:
		cfg.ContainerRetentionDays = &days
	}
	if f.region == "" || strings.ToLower(f.region) != f.region || strings.ContainsAny(f.region, " \t") {
		return cfg, usageError("use a name such as westeurope", "--region: %q is not a region's name", f.region)
	}
	switch f.durability {
	case "full":
		cfg.Durability = localstore.Full
	case "process":
		cfg.Durability = localstore.Process
		a.logger.Warn("acknowledged writes can be lost in a power failure (--durability=process)")
	default:
		return cfg, usageError("use full or process", "--durability: unknown value %q", f.durability)
	}
	switch f.copyFrom {
	case "account":
	case "loopback":
		cfg.CopyFromLoopback = true
	default:
		return cfg, usageError("use account or loopback", "--copy-from: unknown value %q", f.copyFrom)
	}
	var err error
	if cfg.Key, err = f.accountKey(); err != nil {
		return cfg, err
	}
	return cfg, f.checkAddresses(cfg)
}

// accountKey decodes the account's key; the emulator's account has one that everybody knows.
func (f *lakeFlags) accountKey() ([]byte, error) {
	text, flag := f.key, "--key"
	if f.keyFile != "" {
		b, err := os.ReadFile(f.keyFile)
		if err != nil {
			return nil, errs.E(errs.NotFound, errs.Item("--key-file"), err)
		}
		text, flag = strings.TrimSpace(string(b)), "--key-file"
	}
	if text == "" {
		if f.account != server.EmulatorAccount {
			return nil, usageError("openssl rand -base64 64 makes one", "account %q needs a key: --key or --key-file", f.account)
		}
		text = server.EmulatorKey
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) < 32 {
		return nil, usageError("openssl rand -base64 64 makes one", "%s: the key is not base64 of at least 32 bytes", flag)
	}
	return key, nil
}

// checkAddresses refuses what is no address, or would give the account away.
func (f *lakeFlags) checkAddresses(cfg server.LakeConfig) error {
	for _, a := range []struct{ flag, address string }{
		{"--listen", f.listen}, {"--dfs-listen", f.dfsListen}, {"--tls-listen", f.tlsListen},
	} {
		if a.address == "" {
			continue
		}
		if err := server.CheckExposure(a.address, cfg.Key); err != nil {
			return errs.E(codeUsage, errs.Item(a.flag), err)
		}
	}
	return nil
}

func checkAccountName(name string) error {
	ok := len(name) >= 3 && len(name) <= 24
	for i := range len(name) {
		ok = ok && (name[i] >= 'a' && name[i] <= 'z' || name[i] >= '0' && name[i] <= '9')
	}
	if !ok {
		return usageError("use 3 to 24 lower-case letters and digits", "--account: %q is not a storage account's name", name)
	}
	return nil
}

func newLakeCommand(a *app) *cobra.Command {
	var f lakeFlags
	var dataDir string
	cmd := &cobra.Command{
		Use:         "lake",
		Annotations: map[string]string{serves: "yes"},
		Short:       "Serve an ADLS Gen2 account from a folder",
		Long: `Serve a storage account with a hierarchical namespace from a folder, over the dfs and blob protocols of
ADLS Gen2. One line on stdout that begins with "ready" says that requests are accepted, and where. SIGTERM
or SIGINT stops it.

Without --account and --key it is the account of Microsoft's storage emulator, whose key every Azure SDK
knows; it then listens on this machine only. SIGHUP reads the file of --access again.`,
		Example: "  ownlake lake --data ~/lake\n" +
			"  ownlake lake --data /srv/lake --account contoso --key-file key --listen 10.0.0.4:10000 --dfs-listen ''",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.config(a, dataDir)
			if err != nil {
				return err
			}
			return a.serveLake(cmd.Context(), cfg)
		},
	}
	cmd.Flags().StringVar(&dataDir, "data", "", "folder that holds the lake; made if missing")
	cmd.Flags().StringVar(&f.listen, "listen", server.DefaultLakeListen, "main address; reads bare requests as blob")
	f.register(cmd)
	_ = cmd.MarkFlagRequired("data") // fails only for a flag that does not exist
	cmd.AddCommand(newLakeCheckCommand(a), newLakeBackupCommand(a), newLakeRestoreCommand(a))
	return cmd
}

// serveLake serves until the context ends.
func (a *app) serveLake(ctx context.Context, cfg server.LakeConfig) error {
	if cfg.Listen == "" && cfg.DFSListen == "" && cfg.TLSListen == "" {
		return usageError("give --listen, --dfs-listen or --tls-listen", "no address to listen on")
	}
	l, err := server.StartLake(ctx, cfg)
	if err != nil {
		return err
	}
	hangups, stopHangups := notifyHangups()
	defer stopHangups()
	if err := a.printReady(l.Addresses()); err != nil {
		return errs.E(err, l.Close(context.WithoutCancel(ctx)))
	}
	atEachHangup(ctx, hangups, func() { a.reloadAccess(ctx, l) })
	a.logger.InfoContext(ctx, "stopping")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return l.Close(stop)
}

// printReady prints the one line that says the lake accepts requests.
func (a *app) printReady(at server.LakeAddresses) error {
	if a.json {
		return json.NewEncoder(a.stdout).Encode(struct {
			Status string `json:"status"`
			server.LakeAddresses
		}{"ready", at})
	}
	var b strings.Builder
	b.WriteString("ready")
	for _, part := range []struct{ name, url string }{{"blob+dfs", at.Blob}, {"dfs", at.DFS}, {"https", at.TLS}} {
		if part.url != "" {
			b.WriteString("  " + part.name + " " + part.url)
		}
	}
	_, err := fmt.Fprintln(a.stdout, b.String())
	return err
}
