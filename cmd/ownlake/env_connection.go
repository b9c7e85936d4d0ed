package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

// secretFlags say where a secret is. A flag with the secret itself would show it to everyone who lists processes.
type secretFlags struct{ what, file, env string }

// add adds NAME-file and NAME-env.
func (f *secretFlags) add(cmd *cobra.Command, name, what string) {
	f.what = what
	cmd.Flags().StringVar(&f.file, name+"-file", "", "file that holds the "+what+"; - reads standard input")
	cmd.Flags().StringVar(&f.env, name+"-env", "", "environment variable that holds the "+what)
	cmd.MarkFlagsMutuallyExclusive(name+"-file", name+"-env")
}

// read returns the secret, or an empty one if no flag says where it is.
func (f secretFlags) read(stdin io.Reader) (insights.Secret, error) {
	switch {
	case f.env != "":
		return secretFromEnv(f.env, f.what)
	case f.file == "-":
		return secretFrom(stdin, "standard input", f.what)
	case f.file != "":
		return secretFromFile(f.file, f.what)
	}
	return insights.Secret{}, nil
}

func secretFromEnv(name, what string) (insights.Secret, error) {
	text := strings.TrimSpace(os.Getenv(name))
	if text == "" {
		return insights.Secret{}, errs.E(errs.Invalid, errs.Item(name), "the environment variable for the "+what+" is not set",
			errs.Hint("set it, or name a file that holds the "+what))
	}
	return insights.NewSecret(text), nil
}

func secretFromFile(name, what string) (insights.Secret, error) {
	f, err := os.Open(name)
	if err != nil {
		return insights.Secret{}, errs.E(errs.NotFound, "the file with the "+what+" cannot be read", err)
	}
	secret, err := secretFrom(f, name, what)
	return secret, firstError(err, f.Close())
}

func secretFrom(r io.Reader, name, what string) (insights.Secret, error) {
	data, err := io.ReadAll(io.LimitReader(r, 1<<16))
	text := strings.TrimSpace(string(data))
	if err == nil && text == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return insights.Secret{}, errs.E(errs.Invalid, errs.Item(name), "no "+what+" can be read there", err)
	}
	return insights.NewSecret(text), nil
}

// accountFlags say which account of the customer's own to use, by what it is reached, and who asks.
type accountFlags struct {
	account, endpoint                       string
	resourceID, subscription, resourceGroup string
	credential                              string
	key                                     secretFlags
	principal                               principalFlags
	person                                  shareFlags
}

func (f *accountFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.account, "account", "", "name of your own storage account")
	flags.StringVar(&f.endpoint, "endpoint", "", "dfs endpoint of your own account, where it is not https://<account>.dfs.core.windows.net")
	flags.StringVar(&f.resourceID, "resource-id", "", "resource id of your own account")
	flags.StringVar(&f.subscription, "subscription", "", "subscription's id, with --resource-group and --account instead of --resource-id")
	flags.StringVar(&f.resourceGroup, "resource-group", "", "resource group of the account")
	flags.StringVar(&f.credential, "credential", "", "how the account is reached: accountKey or servicePrincipal (default: by what is given)")
	f.key.add(cmd, "key", "account key")
	f.principal.add(cmd)
	flags.StringVar(&f.person.tenant, "tenant", "", "id of the tenant that the service principal is in and that you sign in to")
	flags.StringVar(&f.person.manager, "cloud", "", "https://HOST:PORT of the Resource Manager of the tenant in the box (default: Microsoft's public cloud)")
	flags.StringVar(&f.person.ca, "ca", "", "file with the certificates of the cloud's CA, as ownlake ca prints it")
	flags.StringVar(&f.person.signIn, "sign-in", "", "how you sign in to have your own rights checked: environment, cli, device or none (default: environment or cli, where that works)")
}

// named reports whether an account is named.
func (f *accountFlags) named() bool { return f.account != "" || f.endpoint != "" || f.resourceID != "" }

// principalFlags say which service principal an account is reached as.
type principalFlags struct {
	clientID              string
	secret, password      secretFlags
	certificate           string
	managed, fromWorkload bool
}

func (f *principalFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.clientID, "client-id", "", "application (client) id of the service principal that reaches the account")
	f.secret.add(cmd, "client-secret", "client secret")
	flags.StringVar(&f.certificate, "certificate-file", "", "file with the service principal's certificate and private key: PEM, or PKCS #12 in base64")
	f.password.add(cmd, "certificate-password", "certificate's password")
	flags.BoolVar(&f.managed, "managed-identity", false, "reach the account as the managed identity of the server's machine")
	flags.BoolVar(&f.fromWorkload, "workload-identity", false, "reach the account as the workload identity of the server's process")
	cmd.MarkFlagsMutuallyExclusive("managed-identity", "workload-identity", "certificate-file", "client-secret-file")
	cmd.MarkFlagsMutuallyExclusive("managed-identity", "workload-identity", "certificate-file", "client-secret-env")
}

// read adds the principal to a request.
func (f *principalFlags) read(q *insights.ConnectionRequest, tenant string, stdin io.Reader) error {
	p := insights.AccountPrincipal{Tenant: tenant, ClientID: f.clientID}
	var err error
	switch {
	case f.managed:
		p.Method, p.Tenant = insights.ManagedIdentity, ""
	case f.fromWorkload:
		p.Method = insights.WorkloadIdentity
	case f.certificate != "":
		p.Method = insights.ClientCertificate
		q.Certificate, err = secretFromFile(f.certificate, "certificate")
	case f.secret.file != "" || f.secret.env != "":
		p.Method = insights.ClientSecret
		q.ClientSecret, err = f.secret.read(stdin)
	}
	if err == nil {
		q.CertificatePassword, err = f.password.read(stdin)
	}
	// A secret alone is a new one of the principal that is known.
	if p.ClientID != "" || p.Method == insights.ManagedIdentity || p.Method == insights.WorkloadIdentity {
		q.Storage.Principal = p
	}
	return err
}

// given reports whether a principal or a secret of one is.
func (f *principalFlags) given() bool {
	return f.clientID != "" || f.managed || f.fromWorkload || f.certificate != "" || f.secret.file != "" || f.secret.env != ""
}

// request says how the account is to be reached.
func (f *accountFlags) request(stdin io.Reader) (insights.ConnectionRequest, error) {
	q := insights.ConnectionRequest{Storage: insights.DataStorage{
		Account: f.account, Endpoint: f.endpoint, ResourceID: f.resourceID, Subscription: f.subscription, ResourceGroup: f.resourceGroup,
		Credential: insights.CredentialKind(f.credential),
	}}
	if f.named() {
		q.Storage.Kind = insights.OwnStorage
	}
	if f.principal.given() && f.credential == "" {
		q.Storage.Credential = insights.ServicePrincipal
	}
	var err error
	if q.Key, err = f.key.read(stdin); err != nil {
		return q, err
	}
	if q.Cloud, err = f.cloud(); err != nil {
		return q, err
	}
	return q, f.principal.read(&q, f.person.tenant, stdin)
}

// cloud is where the account is, for the server.
func (f *accountFlags) cloud() (insights.Cloud, error) {
	c := insights.Cloud{Manager: f.person.manager}
	if f.person.ca == "" {
		return c, nil
	}
	text, err := os.ReadFile(f.person.ca)
	if err != nil {
		return c, errs.E(errs.NotFound, errs.Item(f.person.ca), "the certificates cannot be read", err)
	}
	c.CA = string(text)
	return c, nil
}

// signedIn calls do while the server holds the sign-in of whoever runs the command, if one is wanted and there is one.
func (a *app) signedIn(ctx context.Context, c *api.Client, f accountFlags, with *insights.Credentials, do func() error) error {
	wanted := f.person.signIn != "" && f.person.signIn != signInNone
	if f.person.signIn == signInNone || !wanted && !f.principal.given() {
		return do()
	}
	q, err := a.personTokens(ctx, f, with.Cloud, wanted)
	if err != nil {
		return err
	}
	if q.ManagerToken.IsZero() {
		return do()
	}
	in, err := c.BeginCloudSignIn(ctx, q)
	if err != nil {
		return err
	}
	with.SignIn = in.ID
	return firstError(do(), c.EndCloudSignIn(context.WithoutCancel(ctx), in.ID))
}

// signInNone is the value of --sign-in of those who do not want to.
const signInNone = "none"

// personTokens are those of whoever is signed in. Where it was not asked for, nobody is asked to type a code, and who is not
// signed in has none.
func (a *app) personTokens(ctx context.Context, f accountFlags, cloud insights.Cloud, wanted bool) (insights.SignInRequest, error) {
	q := insights.SignInRequest{Method: insights.ByTokens, Cloud: cloud}
	where, err := f.person.cloud(ctx)
	if err != nil {
		return q, err
	}
	var cred azcore.TokenCredential
	if wanted {
		cred, err = f.person.credential(where, a)
	} else {
		cred, err = f.person.quietCredential(where)
	}
	if err != nil {
		return q, firstIf(wanted || !errs.Is(err, errs.NotFound), err)
	}
	manager := where.ManagerAudience
	if manager == "" {
		manager = where.Manager
	}
	if q.ManagerToken, err = tokenFor(ctx, cred, manager); err != nil {
		return q, firstIf(wanted, err)
	}
	// Whoever gets no token for storage has his rights there reported as missing.
	q.StorageToken, _ = tokenFor(ctx, cred, microsoft.StorageAudience)
	return q, nil
}

// firstIf returns the error if it counts.
func firstIf(counts bool, err error) error {
	if counts {
		return err
	}
	return nil
}

func tokenFor(ctx context.Context, cred azcore.TokenCredential, audience string) (insights.Secret, error) {
	token, err := microsoft.Explained(cred).GetToken(ctx, policy.TokenRequestOptions{EnableCAE: true, Scopes: []string{strings.TrimRight(audience, "/") + "/.default"}})
	return insights.NewSecret(token.Token), err
}

// quietCredential is that of the environment or of the Azure CLI, neither of which asks anybody.
func (f *shareFlags) quietCredential(cloud microsoft.Cloud) (azcore.TokenCredential, error) {
	cred, err := microsoft.EnvironmentCredential(cloud, microsoft.Environment{Getenv: os.Getenv, ReadFile: os.ReadFile})
	if errs.Is(err, errs.NotFound) && f.manager == "" {
		return microsoft.CLICredential(f.tenant)
	}
	return cred, err
}

func newEnvUpdateCommand(a *app) *cobra.Command {
	var f accountFlags
	cmd := &cobra.Command{
		Use:   "update [ENV] [flags]",
		Short: "Change by what an environment reaches its own account: another key, secret or service principal",
		Long: `Change by what an environment on own storage reaches its account: give the new key after a rotation, a new secret or
certificate of its service principal, a service principal instead of the key, or a key instead of the service
principal. What is not given stays; nothing given checks again what is in use. The new way is checked first; if it
does not work the former one stays. Other environments in the same account are reached in the new way, too.`,
		Example: "  ownlake env update Contoso --key-file contoso.key\n" +
			"  ownlake env update Contoso --tenant ID --client-id ID --client-secret-file contoso.secret",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.person.signIn == "" && f.person.manager == "" {
				f.person.signIn = signInNone // only the server knows which cloud the account is in
			}
			q, err := f.request(a.stdin)
			if err != nil {
				return err
			}
			return a.withEnvironment(cmd.Context(), first(args), func(c *api.Client, env insights.Environment) error {
				return a.signedIn(cmd.Context(), c, f, &q.Credentials, func() error { return a.updateConnection(cmd.Context(), c, env, q) })
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (a *app) updateConnection(ctx context.Context, c *api.Client, env insights.Environment, q insights.ConnectionRequest) error {
	lines, err := c.UpdateConnection(ctx, env.ID, q)
	if err != nil {
		return a.failedPrerequisites(lines, err)
	}
	now, err := c.Environment(ctx, env.ID)
	if err != nil {
		return err
	}
	return a.print(map[string]any{"prerequisites": lines, "environment": now}, func(w io.Writer) error {
		printPrerequisites(w, lines)
		_, err := fmt.Fprintf(w, "%s is reached by %s\n", now.Storage.Account, reachedBy(now.Storage))
		return err
	})
}

// reachedBy says by what an environment's account is.
func reachedBy(s insights.DataStorage) string {
	p := s.Principal
	switch {
	case s.Kind == insights.ManagedStorage:
		return "this server itself"
	case s.Credential != insights.ServicePrincipal:
		return "account key"
	case p.Method == insights.ManagedIdentity:
		return "managed identity"
	case p.Method == insights.WorkloadIdentity:
		return "workload identity"
	case p.Method == insights.ClientCertificate:
		return "service principal " + p.ClientID + ", certificate"
	}
	return "service principal " + p.ClientID + ", client secret"
}
