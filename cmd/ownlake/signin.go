package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/server"
)

func newSignInCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "signin",
		Short: "Make a link that signs in to the pages",
		Long: `Make a link to the pages of the server that runs on the data folder. Whoever opens it within an hour, and first, is signed in
as the administrator of the server, or signs in at the tenant and becomes one. Who can read the data folder can make
such links.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.signIn(cmd.Context()) },
	}
	a.addDataFlag(cmd)
	return cmd
}

func (a *app) signIn(ctx context.Context) error {
	c, address, ok := server.ClientOf(ctx, a.dataDir)
	if !ok {
		return errs.E(errs.Unavailable, errs.Item(a.dataDir), "no server runs on the data folder", errs.Hint("start one: ownlake serve --data "+a.dataDir))
	}
	link, err := c.SignInLink(ctx)
	if err != nil {
		return err
	}
	type output struct {
		Link string `json:"link"`
	}
	return a.print(output{address + link.Path}, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, address+link.Path)
		return err
	})
}
