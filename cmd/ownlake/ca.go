package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/server"
)

func newCACommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Print the certificate that clients of the lake's HTTPS address have to trust",
		Long: `Print the root certificate, in PEM, of the authority that signs the lake's own HTTPS certificates. It
lies in the data folder and is made if it is not there yet.`,
		Example: "  ownlake ca --data ~/lake > ca.pem",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ca, err := server.OpenCA(a.dataDir)
			if err != nil {
				return err
			}
			if a.json {
				return json.NewEncoder(a.stdout).Encode(map[string]string{"certificate": string(ca.PEM())})
			}
			_, err = a.stdout.Write(ca.PEM())
			return err
		},
	}
	a.addDataFlag(cmd)
	return cmd
}
