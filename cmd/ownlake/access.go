package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

func newAccessCommand(a *app) *cobra.Command {
	var f shareFlags
	cmd := &cobra.Command{Use: "access", Short: "Who may do what in a shared lake, and why"}
	f.add(cmd)
	cmd.AddCommand(newAccessExplainCommand(a, &f), newAccessWhoCommand(a, &f))
	return cmd
}

func newAccessExplainCommand(a *app, f *shareFlags) *cobra.Command {
	var target targetFlags
	cmd := &cobra.Command{
		Use:   "explain PRINCIPAL PATH [OPERATION]",
		Short: "May a principal do it, and which role or which entry of which list decides",
		Long: `Decide as the lake does, from what the tenant and the lake say now, and say what decided: the role assignment, or the lists from the container down, of which
the last one is the one that refuses. PRINCIPAL is an object id, a user principal name, or an application's id. PATH lies in the container ` + sharing.Container + `; / is the container.
OPERATION is read-file unless it is said: ` + operationNames() + `.

It works as whoever is signed in, as ownlake share does, who must be allowed to read groups, role assignments and lists.`,
		Example: "  ownlake access explain ada@contoso.com ci_1/Merge/model.json write-file --account /subscriptions/…/storageAccounts/contoso",
		Args:    cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := sharing.Question{Operation: access.ReadFile}
			if len(args) == 3 {
				var ok bool
				if q.Operation, ok = access.ParseOperation(args[2]); !ok {
					return usageError("there are: "+operationNames(), "%q is no operation", args[2])
				}
			}
			var err error
			if q.Account, err = target.scope(); err != nil {
				return err
			}
			if q.Path, err = lake.ParsePath(args[1]); err != nil {
				return err
			}
			sh, err := f.open(cmd.Context(), a)
			if err != nil {
				return err
			}
			p, err := sh.directory.Principal(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			q.Principal = p.ID
			e, err := sharing.Explain(cmd.Context(), sh.cloud, q)
			if err != nil {
				return err
			}
			return a.printExplanation(e)
		},
	}
	target.addAccount(cmd)
	return cmd
}

// operationNames are those on paths, as the command takes them.
func operationNames() string {
	var names []string
	for op := access.ReadFile; op.OnPath(); op++ {
		if _, ok := op.Needs(); ok && op != access.CheckAccess && op != access.SetGroup {
			names = append(names, strings.ReplaceAll(op.String(), " ", "-"))
		}
	}
	return strings.Join(names, ", ")
}

func (a *app) printExplanation(e sharing.Explanation) error {
	if a.json {
		steps := make([]string, len(e.Reason.Steps))
		for i, s := range e.Reason.Steps {
			steps[i] = s.String()
		}
		return json.NewEncoder(a.stdout).Encode(map[string]any{
			"allowed": e.Allowed, "onlyWhereNothingIs": e.NewOnly, "rule": e.Reason.Rule.String(), "reason": e.Reason.String(), "steps": steps, "groups": e.Principal.Groups,
		})
	}
	answer := "no"
	switch {
	case e.NewOnly:
		answer = "yes, while nothing is there"
	case e.Allowed:
		answer = "yes"
	}
	_, _ = fmt.Fprintf(a.stdout, "%s: %s\n", answer, e.Reason)
	for _, s := range e.Reason.Steps {
		_, _ = fmt.Fprintln(a.stdout, "  "+s.String())
	}
	a.warnOfUnknownRoles(e.Unknown)
	return nil
}
