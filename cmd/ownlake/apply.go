package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/project"
	"github.com/ownlake/ownlake/sharing"
)

func newApplyCommand(a *app) *cobra.Command {
	var dir string
	var f accountFlags
	cmd := &cobra.Command{
		Use:   "apply -f DIR",
		Short: "Make an environment and its definitions those of a project folder",
		Long: `Read a project, a folder of YAML files, and make it so: create its environment if there is none of that name, and
declare its data sources and unification, removing sources that the project does not have. With --env the
definitions are applied to that environment and the project's own is left aside. Nothing is run.`,
		Example: "  ownlake apply -f examples/contoso",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := project.Load(dir)
			if err != nil {
				return err
			}
			return a.apply(cmd.Context(), p, f)
		},
	}
	cmd.Flags().StringVarP(&dir, "file", "f", "", "the project's folder")
	cmd.Flags().StringVar(&f.person.signIn, "sign-in", "", "how you sign in to have your own rights at the account checked: environment, cli or device (default: they are not)")
	_ = cmd.MarkFlagRequired("file") // fails only for a flag that does not exist
	a.addDataFlag(cmd)
	a.addEnvironmentFlag(cmd)
	return cmd
}

func (a *app) apply(ctx context.Context, p *project.Project, f accountFlags) error {
	if a.environment != "" || p.Environment == nil {
		return a.withEnvironment(ctx, a.environment, func(c *api.Client, env insights.Environment) error {
			applied, err := c.Apply(ctx, env.ID, p.Definitions)
			if err != nil {
				return err
			}
			return a.printApplied(api.AppliedProject{Environment: env, Definitions: applied})
		})
	}
	return a.withClient(ctx, func(c *api.Client) error {
		q, err := projectRequest(ctx, c, p)
		if err != nil {
			return err
		}
		f.person.manager, f.person.ca = q.Cloud.Manager, p.Secrets.CA.File
		return a.signedIn(ctx, c, f, &q.Credentials, func() error {
			result, err := c.ApplyProject(ctx, q, p.Definitions)
			if err != nil {
				return a.failedPrerequisites(result.Prerequisites, err)
			}
			if err := a.applyDataverse(ctx, c, result.Environment, p.Dataverse, f.person); err != nil {
				return err
			}
			return a.printApplied(result)
		})
	})
}

// applyDataverse links the environment as the project says, unless it is linked so already. What is linked otherwise is changed only
// where the organization stays.
func (a *app) applyDataverse(ctx context.Context, c *api.Client, env insights.Environment, step *insights.DataverseStep, person shareFlags) error {
	if step == nil {
		return nil
	}
	switch link, err := c.Dataverse(ctx, env.ID); {
	case err == nil && sameStep(link.DataverseStep, *step):
		return nil
	case err != nil && !errs.Is(err, errs.NotFound):
		return err
	}
	f := dataverseFlags{url: step.Organization.URL, id: step.Organization.ID, region: string(step.Organization.Region), share: step.DataSharing, identifier: step.PermissionsIdentifier, person: person}
	if f.person.signIn == signInNone {
		f.person.signIn = ""
	}
	return a.linkDataverse(ctx, c, env, &f, false)
}

// sameStep compares a step with one that was linked, which has the canonical forms.
func sameStep(linked, wanted insights.DataverseStep) bool {
	i, err := sharing.ParseIdentifier(wanted.PermissionsIdentifier)
	same := err == nil && i.String() == linked.PermissionsIdentifier || wanted.PermissionsIdentifier == linked.PermissionsIdentifier
	host := func(address string) string {
		return strings.TrimPrefix(strings.ToLower(strings.TrimRight(address, "/")), "https://")
	}
	return same && wanted.DataSharing == linked.DataSharing && host(wanted.Organization.URL) == host(linked.Organization.URL) &&
		(wanted.Organization.Region == "" || wanted.Organization.Region == linked.Organization.Region)
}

// projectRequest is the project's environment. Its key is needed only to create the environment, so for one that
// exists it need not be at hand.
func projectRequest(ctx context.Context, c *api.Client, p *project.Project) (insights.EnvironmentRequest, error) {
	all, err := c.Environments(ctx)
	if err != nil {
		return *p.Environment, err
	}
	for _, env := range all {
		if strings.EqualFold(env.Name, strings.TrimSpace(p.Environment.Name)) {
			return *p.Environment, nil
		}
	}
	return requestWithKey(p)
}

// requestWithKey is the project's environment with the secrets that the project names.
func requestWithKey(p *project.Project) (insights.EnvironmentRequest, error) {
	q := *p.Environment
	var ca insights.Secret
	for _, one := range []struct {
		what string
		at   project.Secret
		into *insights.Secret
	}{
		{"account key", p.Secrets.Key, &q.Key},
		{"client secret", p.Secrets.ClientSecret, &q.ClientSecret},
		{"certificate", p.Secrets.Certificate, &q.Certificate},
		{"certificate's password", p.Secrets.CertificatePassword, &q.CertificatePassword},
		{"cloud's certificates", p.Secrets.CA, &ca},
	} {
		var err error
		if *one.into, err = (secretFlags{what: one.what, file: one.at.File, env: one.at.Env}).read(nil); err != nil {
			return q, err
		}
	}
	q.Cloud.CA = ca.Reveal()
	return q, nil
}

func (a *app) printApplied(r api.AppliedProject) error {
	return a.print(r, func(w io.Writer) error {
		if r.Created {
			printPrerequisites(w, r.Prerequisites)
			if err := printCreated(w, r.Environment); err != nil {
				return err
			}
		}
		for _, change := range []struct {
			what  string
			names []string
		}{
			{"created", r.Definitions.Created},
			{"updated", r.Definitions.Updated},
			{"deleted", r.Definitions.Deleted},
			{"unchanged", r.Definitions.Unchanged},
		} {
			for _, name := range change.names {
				if _, err := fmt.Fprintf(w, "%-9s  %s\n", change.what, name); err != nil {
					return err
				}
			}
		}
		_, err := fmt.Fprintf(w, "applied to %s; ownlake run does what is due\n", r.Environment.Name)
		return err
	})
}
