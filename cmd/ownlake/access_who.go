package main

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

func newAccessWhoCommand(a *app, f *shareFlags) *cobra.Command {
	var target targetFlags
	cmd := &cobra.Command{
		Use:   "who PATH",
		Short: "Everyone who may read or write a path, and why",
		Long: `Find everyone who may read, write or delete a file or folder of the container ` + sharing.Container + `, or change its access control list: by the roles that hold there, by the
lists on the way, and as members of the groups that those name. Of a folder, to write is to create something in it. It decides as the lake does, and ends with who can let
themselves or others in: who may read the account's keys, give roles, add members to the groups, or sign for others.

It works as whoever is signed in, as ownlake share does, who must be allowed to read groups, role assignments and lists.`,
		Example: "  ownlake access who ci_1/Merge/model.json --account /subscriptions/…/storageAccounts/contoso",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			account, err := target.scope()
			if err != nil {
				return err
			}
			path, err := lake.ParsePath(args[0])
			if err != nil {
				return err
			}
			sh, err := f.open(cmd.Context(), a)
			if err != nil {
				return err
			}
			audience, err := sharing.Who(cmd.Context(), sh.cloud, account, path)
			if err != nil {
				return err
			}
			return a.printAudience(audience)
		},
	}
	target.addAccount(cmd)
	return cmd
}

func (a *app) printAudience(who sharing.Audience) error {
	if a.json {
		return json.NewEncoder(a.stdout).Encode(who)
	}
	rows := make([][]string, 0, len(who.Holders)+1)
	for _, h := range who.Holders {
		name := cmp.Or(h.Name, "(not in the tenant)")
		rows = append(rows, rightsRow(name+" "+string(h.ID), h.Rights))
	}
	if row := rightsRow("everybody in the tenant", who.Everybody); row[1] != "----" {
		rows = append(rows, row)
	}
	if who.Anonymous {
		rows = append(rows, []string{"everybody, without signing in", "r---", "the container is open"})
	}
	if err := table(a.stdout, []string{"who", "may", "by"}, rows); err != nil {
		return err
	}
	if who.Keys {
		_, _ = fmt.Fprintln(a.stdout, "whoever has a key of the account, or a signature made with one, may do what that allows")
	}
	for _, w := range who.Ways {
		_, _ = fmt.Fprintf(a.stdout, "%s %s %s: %s\n", cmp.Or(w.Name, "(not in the tenant)"), w.ID, waysInWords[w.Kind], w.Why)
	}
	a.warnOfUnknownRoles(who.Unknown)
	return nil
}

var waysInWords = map[sharing.WayKind]string{
	sharing.WayKeys:       "may read the account's keys, which may do everything",
	sharing.WayRoles:      "may give roles",
	sharing.WayMembers:    "may add members to a group",
	sharing.WaySignatures: "may sign for others what its roles allow",
}

// rightsRow has a letter for each right, and the reason of the furthest one.
func rightsRow(name string, r sharing.Rights) []string {
	letters, why := []byte("----"), ""
	for i, right := range []sharing.Right{r.Read, r.Write, r.Delete, r.Grant} {
		if right.May {
			letters[i] = "rwdg"[i]
			why = cmp.Or(right.Why, why)
		}
	}
	return []string{name, string(letters), why}
}

func (a *app) warnOfUnknownRoles(roles []sharing.Assignment) {
	for _, role := range roles {
		_, _ = fmt.Fprintf(a.stderr, "warning: the role %s at %s is not built in, so what it gives did not count\n", role.Role, role.Scope)
	}
}
