package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/adls/adlstest"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/server"
)

// conformanceFlags are the flags of conformance.
type conformanceFlags struct {
	endpoint, dfsEndpoint string
	account, key, keyFile string
	tokenFile, run        string
	parallel              int
	list                  bool
	compiled              *regexp.Regexp // of run
}

func newConformanceCommand(a *app) *cobra.Command {
	var f conformanceFlags
	cmd := &cobra.Command{
		Use:   "conformance --endpoint URL",
		Short: "Check whether a server answers as ADLS Gen2 does",
		Long: `Check a server, this one or any other, against the documentation of the Data Lake Storage Gen2 and Blob REST APIs.
Each case makes a filesystem of its own (conform-…) and deletes it. What the account says that it does not have is skipped.

The address of the dfs endpoint is known where that of blob has a host name such as contoso.blob.core.windows.net. Others name
it with --dfs-endpoint; without it the cases of that endpoint are skipped.

The exit code is 0 where no case failed, 1 where some did or the server cannot be reached.`,
		Example: "  ownlake conformance --endpoint http://127.0.0.1:10000/devstoreaccount1 --dfs-endpoint http://127.0.0.1:10004/devstoreaccount1\n" +
			"  ownlake conformance --endpoint https://contoso.blob.core.windows.net --key-file contoso.key --run '^PathRename/'\n" +
			"  ownlake conformance --list --run 'lease'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.compile(); err != nil {
				return err
			}
			if f.list {
				return a.listConformance(f.compiled)
			}
			target, err := f.target()
			if err != nil {
				return err
			}
			return a.checkConformance(cmd, target, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.endpoint, "endpoint", "", "address of the account's blob endpoint; a path-style address ends in the account's name")
	flags.StringVar(&f.dfsEndpoint, "dfs-endpoint", "", "address of the account's dfs endpoint")
	flags.StringVar(&f.account, "account", "", "name of the account, where the address does not say")
	flags.StringVar(&f.key, "key", "", "account key in base64; needed unless the account is "+server.EmulatorAccount)
	flags.StringVar(&f.keyFile, "key-file", "", "file that holds the account key in base64")
	flags.StringVar(&f.tokenFile, "token-file", "", "file that holds a bearer token of an owner of the data; without it the cases of tokens are skipped")
	flags.StringVar(&f.run, "run", "", "regular expression that chooses cases by OPERATION/CASE")
	flags.IntVar(&f.parallel, "parallel", 8, "how many cases run at a time")
	flags.BoolVar(&f.list, "list", false, "list the cases and run none")
	cmd.MarkFlagsMutuallyExclusive("key", "key-file")
	return cmd
}

func (f *conformanceFlags) compile() error {
	if f.run == "" {
		return nil
	}
	var err error
	if f.compiled, err = regexp.Compile(f.run); err != nil {
		return usageError("--list shows what there is to choose from", "--run: %q is not a regular expression: %w", f.run, err)
	}
	return nil
}

// target reads which account is to be checked.
func (f *conformanceFlags) target() (adlstest.Target, error) {
	t := adlstest.Target{Clock: time.Now}
	if f.endpoint == "" {
		return t, usageError("name it with --endpoint, such as http://127.0.0.1:10000/devstoreaccount1", "no server is named")
	}
	if f.parallel < 1 || f.parallel > 256 {
		return t, usageError("use 1 to 256", "--parallel %d is out of range", f.parallel)
	}
	address, err := accountAddress("--endpoint", f.endpoint)
	if err != nil {
		return t, err
	}
	if f.dfsEndpoint == "" && strings.Contains(address.Host, ".blob.") {
		f.dfsEndpoint = strings.Replace(f.endpoint, ".blob.", ".dfs.", 1)
	}
	t.Blob, t.DFS = f.endpoint, f.dfsEndpoint
	if f.dfsEndpoint != "" {
		if _, err := accountAddress("--dfs-endpoint", f.dfsEndpoint); err != nil {
			return t, err
		}
	}
	if t.Account = f.account; t.Account == "" {
		if t.Account = accountOf(address); t.Account == "" {
			return t, usageError("name it with --account", "the address %s does not say the account's name", f.endpoint)
		}
	}
	keys := lakeFlags{account: t.Account, key: f.key, keyFile: f.keyFile}
	if t.Key, err = keys.accountKey(); err != nil {
		return t, err
	}
	t.Token, err = f.token()
	return t, err
}

func (f *conformanceFlags) token() (string, error) {
	if f.tokenFile == "" {
		return "", nil
	}
	b, err := os.ReadFile(f.tokenFile)
	if err != nil {
		return "", errs.E(errs.NotFound, errs.Item("--token-file"), err)
	}
	return strings.TrimSpace(string(b)), nil
}

func accountAddress(flag, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usageError("use one such as http://127.0.0.1:10000/devstoreaccount1", "%s: %q is not the address of an account", flag, address)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, usageError("end it with the account", "%s: the address has a query", flag)
	}
	return u, nil
}

// accountOf is the account that an address names: the path of a path-style address, or else the first part of the
// host's name.
func accountOf(u *url.URL) string {
	if path := strings.Trim(u.Path, "/"); path != "" && !strings.Contains(path, "/") {
		return path
	}
	host := u.Hostname()
	if name, _, more := strings.Cut(host, "."); more && net.ParseIP(host) == nil {
		return name
	}
	return ""
}

func (a *app) listConformance(match *regexp.Regexp) error {
	type listed struct {
		Operation string             `json:"operation"`
		Name      string             `json:"name"`
		Needs     []adlstest.Feature `json:"needs,omitempty"`
	}
	list := []listed{}
	for _, c := range adlstest.Cases() {
		if match == nil || match.MatchString(c.ID()) {
			list = append(list, listed{c.Operation, c.Name, c.Needs})
		}
	}
	return a.print(list, func(w io.Writer) error {
		for _, c := range list {
			if _, err := fmt.Fprintln(w, c.Operation+"/"+c.Name); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintln(w, count(len(list), "case"))
		return err
	})
}

// checkConformance runs the cases and prints what failed.
func (a *app) checkConformance(cmd *cobra.Command, target adlstest.Target, f conformanceFlags) error {
	p := &conformanceProgress{runProgress: newRunProgress(a.stderr), began: time.Now()}
	p.last = p.began
	report, err := adlstest.Run(cmd.Context(), target, adlstest.Options{Match: f.compiled, Parallel: f.parallel, Progress: p.show})
	p.clear()
	if err != nil {
		return err
	}
	if report.Cases == 0 {
		return usageError("--list shows what there is to choose from", "--run %s chooses no case", f.run)
	}
	if err := a.printConformance(report); err != nil {
		return err
	}
	if report.Failed > 0 {
		return errs.E(errs.Conflict, fmt.Sprintf("%s failed", count(report.Failed, "case")),
			errs.Hint("--run '^OPERATION/CASE' runs one of them alone"))
	}
	return nil
}

func (a *app) printConformance(report adlstest.Report) error {
	if a.json {
		return json.NewEncoder(a.stdout).Encode(report)
	}
	var failed [][]string
	skipped := map[string]int{}
	var reasons []string
	for _, r := range report.Results {
		switch r.Status {
		case adlstest.Failed:
			failed = append(failed, []string{r.Operation, r.Name, oneLine(r.Message)})
		case adlstest.Skipped:
			if skipped[r.Message]++; skipped[r.Message] == 1 {
				reasons = append(reasons, r.Message)
			}
		case adlstest.Passed:
		}
	}
	if len(failed) > 0 {
		if err := table(a.stdout, []string{"OPERATION", "CASE", "FAILURE"}, failed); err != nil {
			return err
		}
	}
	for _, reason := range reasons {
		if _, err := fmt.Fprintf(a.stdout, "%s skipped: %s\n", count(skipped[reason], "case"), reason); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(a.stdout, report.Tally)
	return err
}

// oneLine keeps a message whole in a table.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// conformanceProgress prints how far a check is.
type conformanceProgress struct {
	*runProgress
	began time.Time
}

func (p *conformanceProgress) show(_ adlstest.Result, t adlstest.Tally) {
	now := time.Now()
	if now.Sub(p.last) < max(p.every, 200*time.Millisecond) {
		return
	}
	p.last = now
	done := int64(t.Done())
	p.transient(fmt.Sprintf("checking: %s of %s, %d failed", groupDigits(done), count(t.Cases, "case"), t.Failed) +
		rate(insights.Progress{Done: done, Total: int64(t.Cases), Unit: "cases"}, done, now.Sub(p.began)))
}
