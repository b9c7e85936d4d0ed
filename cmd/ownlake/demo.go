package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/examples"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/project"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sample"
	"github.com/ownlake/ownlake/server"
)

// demoMark is the file by which the demo knows a folder as its own, which it may empty.
const demoMark = "ownlake-demo"

// demo is one showing of the main job.
type demo struct {
	a         *app
	flags     serverFlags
	once      bool
	customers int
	seed      uint64
	format    string

	server  *server.Server
	client  *api.Client
	started time.Time
	step    int
	summary demoSummary
}

// demoSummary is what the demo prints at its end.
type demoSummary struct {
	Environment insights.Environment `json:"environment"`
	Sample      sample.Summary       `json:"sample"`
	RowsIn      int64                `json:"rowsIn"`
	Corrupt     int64                `json:"corruptRows"`
	Customers   int64                `json:"customers"`
	Quality     sample.Metrics       `json:"quality"`
	Tables      []insights.Snapshot  `json:"tables"`
	Serving     serving              `json:"serving"`
	Seconds     float64              `json:"seconds"`
}

func newDemoCommand(a *app) *cobra.Command {
	d := &demo{a: a}
	cmd := &cobra.Command{
		Use:         "demo",
		Annotations: map[string]string{serves: "yes"},
		Short:       "Show the main job: three messy sources become one customer table in an account you own",
		Long: `Show the main job from nothing to a page you can open: generate a retailer's data, start the lake and the
app, create an environment on a storage account of your own (the embedded one, reached as a real account
would be), ingest, unify, and measure the result against the known truth. Then it keeps serving.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&a.dataDir, "data", "demo-data", "folder of the demo; it is emptied first if a former demo made it")
	flags.BoolVar(&d.once, "once", false, "stop after printing instead of serving on")
	flags.IntVar(&d.customers, "customers", 20_000, "number of people to invent")
	flags.Uint64Var(&d.seed, "seed", 1, "which sample to generate")
	flags.StringVar(&d.format, "data-format", string(insights.Parquet), "format of the tables: parquet or csv")
	d.flags.add(cmd)
	return cmd
}

func (d *demo) run(ctx context.Context) (err error) {
	d.started = time.Now()
	defer func() {
		if d.server != nil {
			err = firstError(err, closeServer(d.server))
		}
	}()
	for _, step := range []func(context.Context) error{
		d.prepare, d.generate, d.serve, d.createContainer, d.apply, d.unify, d.measure, d.report,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if !d.once {
		d.say("\nServing until you press Ctrl-C.\n")
		<-ctx.Done()
	}
	return nil
}

// say prints for people; with --json only the summary goes to stdout, and this to stderr.
func (d *demo) say(format string, args ...any) {
	_, _ = fmt.Fprintf(d.out(), format, args...)
}

func (d *demo) out() io.Writer {
	if d.a.json {
		return d.a.stderr
	}
	return d.a.stdout
}

// begin heads a step.
func (d *demo) begin(title string) {
	d.step++
	d.say("\n[%d/6] %s\n", d.step, title)
}

// prepare empties the demo's folder, if it is the demo's.
func (d *demo) prepare(ctx context.Context) error {
	dir, err := filepath.Abs(d.a.dataDir)
	if err != nil {
		return errs.E(errs.Invalid, errs.Item(d.a.dataDir), err)
	}
	d.a.dataDir = dir
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errs.E(errs.Unavailable, err)
	}
	if _, err := os.Stat(filepath.Join(dir, demoMark)); err != nil && len(entries) > 0 {
		return errs.E(errs.Precondition, errs.Item(dir), "the folder holds something that no demo made",
			errs.Hint("choose an empty folder with --data"))
	}
	if err := d.refuseRunning(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	mark := []byte("This folder was made by \"ownlake demo\", which empties it when it is run again.\n")
	return errs.Wrap("demo.prepare", os.WriteFile(filepath.Join(dir, demoMark), mark, 0o600))
}

// refuseRunning keeps a demo that is still serving from having its folder emptied under it.
func (d *demo) refuseRunning(ctx context.Context) error {
	if !server.Running(ctx, d.a.dataDir) {
		return nil
	}
	return errs.E(errs.Conflict, errs.Item(d.a.dataDir), "a server is using the folder",
		errs.Hint("stop the former demo, or choose another folder with --data"))
}

func (d *demo) projectDir() string { return filepath.Join(d.a.dataDir, "contoso") }

// generate makes the sample and puts the example project around it.
func (d *demo) generate(ctx context.Context) error {
	d.begin(fmt.Sprintf("Inventing %s customers of a retailer, in three sources", groupDigits(int64(d.customers))))
	if err := copyProject(d.projectDir()); err != nil {
		return err
	}
	progress := &sampleProgress{w: d.a.stderr, start: time.Now()}
	var err error
	d.summary.Sample, err = sample.Generate(ctx, sample.Options{
		Customers: d.customers, Seed: d.seed, Dir: filepath.Join(d.projectDir(), "data"), Progress: progress.show,
	})
	if err != nil {
		return err
	}
	for _, f := range d.summary.Sample.Files {
		d.say("      %-22s %9s rows\n", f.Path, groupDigits(f.Rows))
	}
	return nil
}

// copyProject writes the example project that the binary carries.
func copyProject(dir string) error {
	return fs.WalkDir(examples.Contoso, "contoso", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(path, "contoso")))
		if e.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		data, err := fs.ReadFile(examples.Contoso, path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
}

func (d *demo) serve(ctx context.Context) error {
	d.begin("Starting the lake, the tenant and the app")
	s, err := d.a.startServer(ctx, d.flags)
	if err != nil {
		return err
	}
	d.server, d.client = s, s.Client()
	d.summary.Serving = d.a.serving(s)
	if !d.once {
		d.summary.Serving.SignIn = s.SignInLink()
	}
	d.say("      lake   %s\n      page   %s\n", d.summary.Serving.Lake.Blob, s.URL())
	if t := d.summary.Serving.Tenant; t != nil {
		d.say("      tenant %s\n", t.Authority)
		if t.Administrator != nil && t.Administrator.Password != "" {
			d.say("             %s, one-time password %s\n", t.Administrator.UserPrincipalName, t.Administrator.Password)
		}
	}
	return d.writeEnvironment()
}

// writeEnvironment puts the output on own storage: the account that was just started, by its key. The project in
// the demo's folder can then be applied again by hand.
func (d *demo) writeEnvironment() error {
	keyFile := filepath.Join(d.projectDir(), "account.key")
	if err := os.WriteFile(keyFile, []byte(server.EmulatorKey+"\n"), 0o600); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	environment := fmt.Sprintf(`# Own storage: a Data Lake Storage Gen2 account that you own. Here it is the lake that the demo started, reached as an
# account in Azure would be; replace endpoint, key and region by those of your account to write there.
kind: environment
name: Contoso
type: production
region: %s
dataFormat: %s
storage:
  kind: own
  account: %s
  endpoint: %s
  keyFile: account.key
`, d.flags.lake.region, d.format, server.EmulatorAccount, d.summary.Serving.Lake.DFS)
	return errs.Wrap("demo.writeEnvironment", os.WriteFile(filepath.Join(d.projectDir(), "environment.yaml"), []byte(environment), 0o600))
}

// createContainer does what the account's owner does beforehand: ownlake never makes the container silently.
func (d *demo) createContainer(ctx context.Context) error {
	d.begin(fmt.Sprintf("Creating an environment on an account of your own (%s)", server.EmulatorAccount))
	_, err := d.server.Lake().Store().CreateFilesystem(ctx, insights.Container, lake.CreateFilesystemOptions{})
	if err != nil && !errs.Is(err, errs.Exists) {
		return err
	}
	return nil
}

func (d *demo) apply(ctx context.Context) error {
	p, err := project.Load(d.projectDir())
	if err != nil {
		return err
	}
	request, err := requestWithKey(p)
	if err != nil {
		return err
	}
	applied, err := d.client.ApplyProject(ctx, request, p.Definitions)
	d.summary.Environment = applied.Environment
	printPrerequisites(d.out(), applied.Prerequisites)
	return err
}

func (d *demo) unify(ctx context.Context) error {
	d.begin("Ingesting, matching, merging")
	env := d.summary.Environment.ID
	run, err := d.client.StartRun(ctx, env, insights.RunOptions{})
	if err != nil {
		return err
	}
	if run, err = d.a.follow(ctx, d.client, d.summary.Environment, run); err != nil {
		return err
	}
	printTasks(d.out(), run)
	for _, t := range run.Tasks {
		if t.Process == insights.Ingestion {
			d.summary.RowsIn += t.RowsIn
			d.summary.Corrupt += t.Corrupt
		}
	}
	if err := runResult(run); err != nil && !errors.Is(err, errWarnings) {
		return err
	}
	d.summary.Tables, err = d.client.Tables(ctx, env)
	return err
}

// measure compares the customers with the truth that the generator wrote.
func (d *demo) measure(ctx context.Context) error {
	d.begin("Comparing with the truth")
	truth, err := sample.ReadRows(filepath.Join(d.projectDir(), "data", "truth.csv"))
	if err != nil {
		return err
	}
	var clusters []sample.Row
	err = d.server.Clusters(ctx, d.summary.Environment.ID, func(source, key, customerID string) error {
		clusters = append(clusters, sample.Row{Source: source, Key: key, Group: customerID})
		return nil
	})
	if err != nil {
		return err
	}
	if d.summary.Quality, err = sample.Score(truth, clusters); err != nil {
		return err
	}
	q := d.summary.Quality
	d.say("      precision %.3f  recall %.3f  (pairs of rows that belong together: %s true, %s found)\n",
		q.Pairs.Precision, q.Pairs.Recall, groupDigits(q.TruePairs), groupDigits(q.FoundPairs))
	return nil
}

func (d *demo) report(ctx context.Context) error {
	s := &d.summary
	for _, t := range s.Tables {
		if t.Process == insights.Merge && t.Table == insights.CustomerTable {
			s.Customers = t.Rows()
		}
	}
	s.Seconds = time.Since(d.started).Seconds()
	if d.a.json {
		return json.NewEncoder(d.a.stdout).Encode(s)
	}
	d.begin("Done")
	d.say("      %s rows in, %s corrupt, %s customers out, in %.1f s\n", groupDigits(s.RowsIn), groupDigits(s.Corrupt),
		groupDigits(s.Customers), s.Seconds)
	if err := d.tree(ctx); err != nil {
		return err
	}
	if s.Serving.SignIn != "" {
		d.say("\nOpen      %s\n          (the link signs in, once within the hour; ownlake signin --data %s makes another)\n", s.Serving.SignIn, d.a.dataDir)
	}
	d.say(`
Read it from Python (pip install azure-storage-file-datalake):

    from azure.storage.filedatalake import DataLakeServiceClient
    lake = DataLakeServiceClient("%s", credential="%s")
    for path in lake.get_file_system_client("%s").get_paths("%s"):
        print(path.name, path.content_length)

Look around (in another terminal):

    ownlake status --data %s
    ownlake table show Customer --data %s
`, s.Serving.Lake.DFS, server.EmulatorKey, insights.Container, s.Environment.ID.Folder(), d.a.dataDir, d.a.dataDir)
	if d.once {
		d.say("\nNothing is served any more. To read it, serve it again:\n\n    ownlake serve --data %s\n", d.a.dataDir)
	}
	return nil
}

// tree prints the folders and files of the environment, as any reader of the account finds them.
func (d *demo) tree(ctx context.Context) error {
	root := d.summary.Environment.ID.Folder()
	d.say("\n%s/%s/\n", insights.Container, root)
	o := lake.ListOptions{Recursive: true}
	for {
		page, err := d.server.Lake().Store().List(ctx, insights.Container, root, o)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			name := e.Path.Base()
			indent := strings.Repeat("  ", len(e.Path.Names())-1)
			if e.IsDirectory {
				d.say("%s%s/\n", indent, name)
				continue
			}
			d.say("%-72s %10s\n", indent+name, groupDigits(e.Size))
		}
		if page.Continuation == "" {
			return nil
		}
		o.Continuation = page.Continuation
	}
}
