package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/server"
)

func newDataverseCommand(a *app) *cobra.Command {
	cfg := server.DataverseConfig{}
	cmd := &cobra.Command{
		Use:         "dataverse",
		Annotations: map[string]string{serves: "yes"},
		Short:       "Stand for Dataverse: answer the customers of linked organizations by OData",
		Long: `Stand for the Dataverse service beside ownlake serve on the same data folder: answer /api/data/v9.2/ of the organizations that are linked and share data
(ownlake env dataverse link) from the lake, read only. It reaches the tenant and the lake by the network alone, as the Dataverse lake
service's principal: it holds no account key, and stops answering when that principal's rights are taken away. As owner of the reader group it lets apps in.

An organization answers at its own host; where one alone is linked, at this address too. Callers bear a token of the tenant for the organization's
address, and are members of the reader group. One line on stdout that begins with "ready" says that requests are accepted, and where.`,
		Example: "  ownlake dataverse --data ~/lake\n  ownlake dataverse join ada@ownlake.local --data ~/lake",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.DataDir, cfg.Logger = a.dataDir, a.logger
			return a.serveDataverse(cmd.Context(), cfg)
		},
	}
	a.addDataFlag(cmd)
	cmd.Flags().StringVar(&cfg.Listen, "listen", server.DefaultDataverseListen, "address, with TLS by the data folder's CA (ownlake ca)")
	cmd.AddCommand(newDataverseJoinCommand(a))
	return cmd
}

func (a *app) serveDataverse(ctx context.Context, cfg server.DataverseConfig) error {
	d, err := server.StartDataverse(ctx, cfg)
	if err != nil {
		return err
	}
	if a.json {
		err = json.NewEncoder(a.stdout).Encode(map[string]string{"status": "ready", "url": d.URL()})
	} else {
		_, err = fmt.Fprintf(a.stdout, "ready  dataverse %s\n", d.URL())
	}
	if err == nil {
		<-ctx.Done()
		a.logger.InfoContext(ctx, "stopping")
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return firstError(err, d.Close(stop))
}

func newDataverseJoinCommand(a *app) *cobra.Command {
	var organization string
	cmd := &cobra.Command{
		Use:   "join PRINCIPAL",
		Short: "Let an app or a person into the reader group, as the group's owner",
		Long: `Let an app or a person into the reader group of the linked organizations, as Dataverse does with its apps: as the owner of the group. PRINCIPAL is an object id, a user
principal name, or the id of an application.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := server.OpenDataverse(server.DataverseConfig{DataDir: a.dataDir, Logger: a.logger})
			if err != nil {
				return err
			}
			n, err := d.Join(cmd.Context(), args[0], organization)
			if err != nil {
				return err
			}
			return a.print(map[string]any{"principal": args[0], "groups": n}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s is in the reader group of %d organizations\n", args[0], n)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&organization, "organization", "", "of one organization alone, by its address")
	return cmd
}
