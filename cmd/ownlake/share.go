package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/sharing/recordfile"
)

func newShareCommand(a *app) *cobra.Command {
	var f shareFlags
	cmd := &cobra.Command{
		Use:   "share",
		Short: "Share an own lake with Dataverse and other apps by two security groups",
		Long: `Share the container ` + sharing.Container + ` of a storage account by two security groups, a reader and a contributor one, which the Dataverse lake
service owns: what the set-up scripts of the product do, with a plan first, a check, and undo. It ends with the permissions
identifier, which the Dataverse step of an environment takes.

It works as whoever is signed in: by the environment variables AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET (or
AZURE_CLIENT_CERTIFICATE_PATH, or AZURE_USERNAME and AZURE_PASSWORD), by the Azure CLI, or with a code on another device. Without --cloud
that is in Microsoft's cloud; with it, in the tenant in the box whose Resource Manager is there.`,
	}
	a.addDataFlag(cmd)
	f.add(cmd)
	cmd.AddCommand(newShareGroupsCommand(a, &f), newShareSetupCommand(a, &f), newShareCheckCommand(a, &f), newShareUndoCommand(a, &f))
	return cmd
}

// targetFlags say what is shared with whom.
type targetFlags struct {
	subscription, resourceGroup, account, container, path string
	reader, contributor, prefix                           string
	oauthOnly                                             bool
}

// addAccount adds the flags that name the account alone.
func (f *targetFlags) addAccount(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.subscription, "subscription", "", "id of the account's subscription")
	flags.StringVar(&f.resourceGroup, "resource-group", "", "name of the account's resource group")
	flags.StringVar(&f.account, "account", "", "name of the storage account, or its whole resource id")
}

func (f *targetFlags) add(cmd *cobra.Command) {
	f.addAccount(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.container, "container", sharing.Container, "the container, which the product gives its name")
	flags.StringVar(&f.path, "path", "", "folder in the container to share, instead of all of it")
	flags.StringVar(&f.reader, "reader-group", "", "object id of the reader group")
	flags.StringVar(&f.contributor, "contributor-group", "", "object id of the contributor group")
	flags.StringVar(&f.prefix, "prefix", "", "instead of two ids: what the names of the groups begin with; they are made unless they are there")
	flags.BoolVar(&f.oauthOnly, "oauth-only", false, "give the Dataverse service no role, so that it makes no signatures: it reads as a member of the reader group")
	cmd.MarkFlagsRequiredTogether("reader-group", "contributor-group")
	cmd.MarkFlagsMutuallyExclusive("prefix", "reader-group")
}

// scope is the account's resource id.
func (f *targetFlags) scope() (access.Scope, error) {
	if strings.HasPrefix(f.account, "/") {
		return access.ParseScope(f.account)
	}
	if f.subscription == "" || f.resourceGroup == "" || f.account == "" {
		return "", usageError("give --subscription, --resource-group and --account, or the account's whole resource id", "the storage account is not named")
	}
	return access.Subscription(f.subscription).ResourceGroup(f.resourceGroup).Account(f.account), nil
}

func (f *targetFlags) setup(sh *share) (sharing.Setup, error) {
	s := sharing.Setup{
		Cloud: sh.cloud, Prefix: f.prefix, Groups: sharing.Groups{Reader: access.ObjectID(f.reader), Contributor: access.ObjectID(f.contributor)},
		OAuthOnly: f.oauthOnly, Report: sh.report, Progress: sh.progress,
	}
	if f.container != sharing.Container {
		return s, errs.E(errs.Precondition, errs.Item(f.container), "the product shares the container "+sharing.Container+" alone", errs.Hint("leave --container out"))
	}
	if f.prefix == "" && f.reader == "" {
		return s, usageError("give --reader-group and --contributor-group, or --prefix", "the security groups are not named")
	}
	var err error
	if s.Account, err = f.scope(); err != nil {
		return s, err
	}
	s.Path, err = lake.ParsePath(f.path)
	return s, err
}

// share is a command under way.
type share struct {
	*app
	cloud     sharing.Cloud
	options   microsoft.Options
	directory *microsoft.Directory
	last      time.Time
}

// report prints a step as soon as it is known.
func (s *share) report(step sharing.Step) {
	if s.json {
		return
	}
	sign := map[sharing.StepState]string{sharing.There: "ok      ", sharing.Planned: "to do   ", sharing.Done: "done    "}[step.State]
	needs := ""
	if step.Needs != "" {
		needs = " (takes " + step.Needs + ")"
	}
	_, _ = fmt.Fprintln(s.stderr, sign+step.What+needs)
}

// progress prints how far a recursive change is, now and then.
func (s *share) progress(directories, files int) {
	if now := time.Now(); now.Sub(s.last) >= time.Second {
		s.last = now
		_, _ = fmt.Fprintf(s.stderr, "        %s folders and %s files so far\n", groupDigits(int64(directories)), groupDigits(int64(files)))
	}
}

// record is where the changes of a setup are kept: by default in the data folder, by what is shared.
func (a *app) record(file string, name ...string) (sharing.Records, error) {
	if file == "" {
		dir := filepath.Join(a.dataDir, "share")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, errs.E(errs.Unavailable, errs.Item(dir), err)
		}
		file = filepath.Join(dir, strings.NewReplacer("/", "_", `\`, "_").Replace(strings.Trim(strings.Join(name, "-"), "/-"))+".json")
	}
	return recordfile.File{FS: vfs.Default, Name: file}, nil
}

// accountName is the name of an account that may be named by its resource id.
func accountName(account string) string { return account[strings.LastIndexByte(account, '/')+1:] }

func newShareGroupsCommand(a *app, f *shareFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "groups", Short: "The two security groups alone"}
	var subscription, prefix, record string
	var dry bool
	create := &cobra.Command{
		Use:   "create --prefix PREFIX",
		Short: "Make both groups and the Dataverse lake service their owner, unless they are there",
		Example: `  ownlake share groups create --subscription 0b1f6471-1bf0-4dda-aec3-cb9272f09590 --prefix contoso
  ownlake share groups create --prefix contoso --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sh, err := f.open(cmd.Context(), a)
			if err != nil {
				return err
			}
			s := sharing.Setup{Cloud: sh.cloud, Prefix: prefix, Report: sh.report}
			if s.Record, err = a.record(record, "groups", prefix); err != nil {
				return err
			}
			groups, steps, err := s.CreateGroups(cmd.Context(), dry)
			if err != nil {
				return err
			}
			if a.json {
				return json.NewEncoder(a.stdout).Encode(map[string]any{"groups": groups, "steps": steps})
			}
			if dry {
				return nil
			}
			return table(a.stdout, []string{"ReaderSecurityGroupId", "ContributorSecurityGroupId"}, [][]string{{string(groups.Reader), string(groups.Contributor)}})
		},
	}
	create.Flags().StringVar(&subscription, "subscription", "", "accepted as the scripts take it; groups belong to the tenant")
	create.Flags().StringVar(&prefix, "prefix", "", "what the names of the groups begin with")
	create.Flags().BoolVar(&dry, "dry-run", false, "show what would be made, and change nothing")
	create.Flags().StringVar(&record, "record", "", "file for what was changed (default in the data folder)")
	_ = create.MarkFlagRequired("prefix")
	cmd.AddCommand(create)
	return cmd
}

func newShareSetupCommand(a *app, f *shareFlags) *cobra.Command {
	var target targetFlags
	var record string
	var dry, keepRole, createContainer bool
	cmd := &cobra.Command{
		Use:   "setup --subscription ID --resource-group NAME --account NAME (--prefix PREFIX | --reader-group ID --contributor-group ID)",
		Short: "Share the lake, and print the permissions identifier",
		Long: `Share the lake: check the account, make the groups unless they are there, give the Dataverse service its roles, give both groups their entries in
the access control lists of the container and of everything in it, and print the permissions identifier as the last line.

It needs Storage Blob Data Owner of the account for a while; who does not have that role and may give it gets it until the end. An interrupted setup
goes on when it is called again; a second one changes nothing; share undo takes it back.`,
		Example: `  ownlake share setup --subscription 0b1f6471-1bf0-4dda-aec3-cb9272f09590 --resource-group rg --account contoso --prefix contoso --dry-run`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sh, err := f.open(cmd.Context(), a)
			if err != nil {
				return err
			}
			s, err := target.setup(sh)
			if err != nil {
				return err
			}
			s.KeepRole, s.CreateContainer = keepRole, createContainer
			if s.Record, err = a.record(record, accountName(target.account), target.path); err != nil {
				return err
			}
			if dry {
				steps, err := s.Plan(cmd.Context())
				if err == nil && a.json {
					err = json.NewEncoder(a.stdout).Encode(map[string]any{"steps": steps})
				}
				return err
			}
			result, err := s.Apply(cmd.Context())
			return firstError(sh.printResult(result, err), err)
		},
	}
	target.add(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print the plan, and change nothing")
	cmd.Flags().BoolVar(&keepRole, "keep-role", false, "keep the role Storage Blob Data Owner that the setup gives the signed-in person")
	cmd.Flags().BoolVar(&createContainer, "create-container", false, "make the container if it is not there, private")
	cmd.Flags().StringVar(&record, "record", "", "file for what was changed, which share undo needs (default in the data folder)")
	return cmd
}

// printResult prints what became of a setup; the identifier, of one that succeeded, is the last line.
func (s *share) printResult(r sharing.Result, failed error) error {
	if s.json {
		out := struct {
			sharing.Result
			Identifier string `json:"identifier,omitempty"`
		}{Result: r}
		if failed == nil {
			out.Identifier = r.Identifier.String()
		}
		return json.NewEncoder(s.stdout).Encode(out)
	}
	for _, f := range r.Failures {
		_, _ = fmt.Fprintf(s.stderr, "failed  %s: %s\n", f.Path, f.Reason)
	}
	if failed != nil {
		return nil
	}
	_, err := fmt.Fprintln(s.stdout, r.Identifier)
	return err
}

func newShareCheckCommand(a *app, f *shareFlags) *cobra.Command {
	var target targetFlags
	var onlyRead bool
	cmd := &cobra.Command{
		Use:   "check --subscription ID --resource-group NAME --account NAME (--prefix PREFIX | --reader-group ID --contributor-group ID)",
		Short: "See that the lake is shared as it must be; exit code 4 where something is missing",
		Long: `Read back everything that a setup leaves, down to the list of every file. Then prove it by acting: as a member of the reader group, as one of the
contributor group and as a stranger, each of which is an application that is made for it and removed again, try to list, read, write, rename and
delete, and see that each can do what it is to and no more. That takes a directory role that may register applications; --only-read does without.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sh, err := f.open(cmd.Context(), a)
			if err != nil {
				return err
			}
			s, err := target.setup(sh)
			if err != nil {
				return err
			}
			s.Record = sharing.NoRecord{}
			findings, err := s.Check(cmd.Context())
			if err == nil && !onlyRead && missing(findings) == 0 {
				var proved []sharing.Finding
				proved, err = microsoft.ProveSetup(cmd.Context(), sh.options, s)
				findings = append(findings, proved...)
			}
			return firstError(err, sh.printFindings(findings))
		},
	}
	target.add(cmd)
	cmd.Flags().BoolVar(&onlyRead, "only-read", false, "read back, and do not act")
	return cmd
}

func missing(findings []sharing.Finding) int {
	n := 0
	for _, f := range findings {
		if !f.OK {
			n++
		}
	}
	return n
}

func (s *share) printFindings(findings []sharing.Finding) error {
	if s.json {
		if err := json.NewEncoder(s.stdout).Encode(findings); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			if f.OK {
				_, _ = fmt.Fprintln(s.stdout, "ok      "+f.What)
				continue
			}
			_, _ = fmt.Fprintf(s.stdout, "MISSING %s\n        %s\n        to mend it: %s\n", f.What, strings.ReplaceAll(f.Found, "\n", "\n        "), f.Fix)
		}
		_, _ = fmt.Fprintln(s.stdout, sharing.Summary(findings))
	}
	if missing(findings) > 0 {
		return errs.E(errs.Precondition, errs.Code("SharingIncomplete"), "the lake is not shared as it must be", errs.Hint("see what is missing above"))
	}
	return nil
}

func newShareUndoCommand(a *app, f *shareFlags) *cobra.Command {
	var account, path, record string
	cmd := &cobra.Command{
		Use:   "undo --account NAME | --record FILE",
		Short: "Take a setup back, and leave what was there before",
		Long: `Take back what a setup has recorded: the entries in the lists, the roles, the members and owners, the groups, the container if it is empty. What was
there before the setup stays. An interrupted undo goes on when it is called again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if account == "" && record == "" {
				return usageError("give --account as the setup had it, or --record", "it is not said which setup")
			}
			sh, err := f.open(cmd.Context(), a)
			if err != nil {
				return err
			}
			u := sharing.Undo{Cloud: sh.cloud, Report: sh.report, Progress: sh.progress}
			if u.Record, err = a.record(record, accountName(account), path); err != nil {
				return err
			}
			return u.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&account, "account", "", "name or resource id of the storage account, as the setup had it")
	cmd.Flags().StringVar(&path, "path", "", "folder that was shared, as the setup had it")
	cmd.Flags().StringVar(&record, "record", "", "file that the setup wrote")
	return cmd
}
