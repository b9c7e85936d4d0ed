package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/sample"
)

func newSampleCommand(a *app) *cobra.Command {
	var o sample.Options
	cmd := &cobra.Command{
		Use:   "sample",
		Short: "Generate a retailer's customer data, and score how it was unified",
		Long: `Generate a retailer's customer data: contacts of a CRM, customers of a shop, members of a loyalty
programme and the shop's orders, with the mistakes that such data has, and a truth file that says whose
each row is. All people are invented. The same seed gives the same files.`,
		Example: "  ownlake sample --customers 20000 --seed 1 --out data\n" +
			"  ownlake sample score --truth data/truth.csv --clusters clusters.csv",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sample(cmd, o) },
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Customers, "customers", 20_000, "number of people; each has about three rows")
	flags.Uint64Var(&o.Seed, "seed", 1, "which sample to generate")
	flags.StringVar(&o.Dir, "out", "", "folder to write to; a former sample in it is replaced")
	flags.BoolVar(&o.Force, "force", false, "write into a folder that holds other files")
	_ = cmd.MarkFlagRequired("out") // fails only for a flag that does not exist
	cmd.AddCommand(newSampleScoreCommand(a))
	return cmd
}

func (a *app) sample(cmd *cobra.Command, o sample.Options) error {
	start := time.Now()
	p := &sampleProgress{w: a.stderr, start: start}
	o.Progress = p.show
	s, err := sample.Generate(cmd.Context(), o)
	if err != nil {
		return err
	}
	if a.json {
		return json.NewEncoder(a.stdout).Encode(s)
	}
	return printSample(a.stdout, o.Dir, s, time.Since(start))
}

// sampleProgress prints a line now and then: often enough to see life, seldom enough for a log.
type sampleProgress struct {
	w           io.Writer
	start, last time.Time
}

func (p *sampleProgress) show(done, total int) {
	now := time.Now()
	if now.Sub(p.last) < time.Second && done < total {
		return
	}
	p.last = now
	rate := float64(done) / max(now.Sub(p.start).Seconds(), 1e-3)
	_, _ = fmt.Fprintf(p.w, "sample: %d of %d customers (%d %%), %.0f a second\n", done, total, int64(done)*100/int64(total), rate)
}

func printSample(w io.Writer, dir string, s sample.Summary, took time.Duration) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "rows\tcorrupt\tduplicates\tMB\t  file")
	for _, f := range s.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		_, _ = fmt.Fprintf(t, "%d\t%d\t%d\t%.1f\t  %s\n", f.Rows, f.Corrupt, f.Duplicates, float64(f.Bytes)/1e6, path)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d customers in %d rows, %d pairs of rows belong together; seed %d, %.1f s\n",
		s.Customers, s.CustomerRows(), s.TruePairs, s.Seed, took.Seconds())
	return err
}

func newSampleScoreCommand(a *app) *cobra.Command {
	var truth, clusters string
	cmd := &cobra.Command{
		Use:   "score",
		Short: "Compare a clustering with the truth: precision, recall, F1",
		Long: `Compare a clustering (CSV: source, key, customer_id; as "ownlake unify" writes it) with the truth file of
a sample (source, key, entity_id). Prints pairwise and B-cubed precision, recall and F1.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.sampleScore(truth, clusters) },
	}
	cmd.Flags().StringVar(&truth, "truth", "", "truth.csv of the sample")
	cmd.Flags().StringVar(&clusters, "clusters", "", "the clustering to score")
	_ = cmd.MarkFlagRequired("truth")    // fails only for a flag that does not exist
	_ = cmd.MarkFlagRequired("clusters") // likewise
	return cmd
}

func (a *app) sampleScore(truthPath, clustersPath string) error {
	truth, err := sample.ReadRows(truthPath)
	if err != nil {
		return err
	}
	clusters, err := sample.ReadRows(clustersPath)
	if err != nil {
		return err
	}
	m, err := sample.Score(truth, clusters)
	if err != nil {
		return err
	}
	if a.json {
		return json.NewEncoder(a.stdout).Encode(m)
	}
	return printMetrics(a.stdout, m)
}

func printMetrics(w io.Writer, m sample.Metrics) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "\tprecision\trecall\tF1\t")
	for _, q := range []struct {
		name string
		sample.Quality
	}{{"pairs", m.Pairs}, {"B-cubed", m.BCubed}} {
		_, _ = fmt.Fprintf(t, "%s\t%.4f\t%.4f\t%.4f\t\n", q.name, q.Precision, q.Recall, q.F1)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d records: %d entities, %d clusters; %d pairs true, %d found, %d of them correct\n",
		m.Records, m.Entities, m.Clusters, m.TruePairs, m.FoundPairs, m.CorrectPairs)
	if err == nil && m.Missing+m.Unknown > 0 {
		_, err = fmt.Fprintf(w, "records without a cluster: %d; clustered records that are not in the truth: %d\n", m.Missing, m.Unknown)
	}
	return err
}
