package microsoft

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"

	"github.com/ownlake/ownlake/errs"
)

// Cloud is where the services of a cloud are. Addresses have the scheme https and no slash at the end.
type Cloud struct {
	Name string
	// Login is the authority that people and programs sign in at, Graph is Microsoft Graph, Manager is Resource Manager.
	Login, Graph, Manager string
	// ManagerAudience is what tokens for Resource Manager are asked for; "" means Manager.
	ManagerAudience string
	// StorageSuffix is what follows ACCOUNT.dfs. in the names of hosts, such as "core.windows.net".
	StorageSuffix string
	// RootCAs verify the services' certificates; nil means the system's.
	RootCAs *x509.CertPool
}

// PublicCloud returns Microsoft's public cloud.
func PublicCloud() Cloud {
	return Cloud{
		Name: "AzureCloud", Login: "https://login.microsoftonline.com", Graph: "https://graph.microsoft.com",
		Manager: "https://management.azure.com", ManagerAudience: "https://management.core.windows.net/", StorageSuffix: "core.windows.net",
	}
}

// metadataVersion is the api-version whose answer is one cloud and not a list of them.
const metadataVersion = "2022-09-01"

// maxMetadata is more than a cloud says of itself.
const maxMetadata = 1 << 20

// Discover asks a Resource Manager where the other services of its cloud are, as "az cloud register" does (reference real
// clients, "Azure CLI"). The client must trust the service; who answers is who credentials will be shown to. Of the
// cloud, RootCAs are the caller's to add. The error is Invalid for an address or an answer that describes no cloud, and
// Unavailable where nothing answers.
func Discover(ctx context.Context, managerURL string, client *http.Client) (Cloud, error) {
	const op errs.Op = "microsoft.Discover"
	manager := strings.TrimSuffix(managerURL, "/")
	if !isAddress(manager) {
		return Cloud{}, errs.E(op, errs.Invalid, errs.Item(managerURL), "not the address of a Resource Manager", errs.Hint("write https://HOST[:PORT]"))
	}
	text, err := readMetadata(ctx, manager+"/metadata/endpoints?api-version="+metadataVersion, client)
	if err != nil {
		return Cloud{}, errs.E(op, errs.Item(manager), err)
	}
	c, err := parseMetadata(text)
	if err != nil {
		return Cloud{}, errs.E(op, errs.Item(manager), err)
	}
	c.Manager = manager
	return c, nil
}

func readMetadata(ctx context.Context, address string, client *http.Client) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, errs.E(errs.Invalid, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, unanswered(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxMetadata))
	switch {
	case err != nil:
		return nil, unanswered(err)
	case resp.StatusCode >= http.StatusInternalServerError:
		return nil, errs.E(errs.Unavailable, "it answers "+resp.Status)
	case resp.StatusCode != http.StatusOK:
		return nil, errs.E(errs.Invalid, "it answers "+resp.Status, errs.Hint("give the address of a Resource Manager"))
	}
	return text, nil
}

// parseMetadata reads what Resource Manager says of its cloud.
func parseMetadata(text []byte) (Cloud, error) {
	var m struct {
		Name           string `json:"name"`
		Graph          string `json:"microsoftGraphResourceId"`
		Authentication struct {
			Login     string   `json:"loginEndpoint"`
			Audiences []string `json:"audiences"`
		} `json:"authentication"`
		Suffixes struct {
			Storage string `json:"storage"`
		} `json:"suffixes"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return Cloud{}, errs.E(errs.Invalid, "the answer does not describe a cloud", err)
	}
	c := Cloud{
		Name: m.Name, Login: strings.TrimSuffix(m.Authentication.Login, "/"), Graph: strings.TrimSuffix(m.Graph, "/"),
		StorageSuffix: strings.Trim(m.Suffixes.Storage, "."),
	}
	if len(m.Authentication.Audiences) > 0 {
		c.ManagerAudience = m.Authentication.Audiences[0]
	}
	if !isAddress(c.Login) || !isAddress(c.Graph) || c.StorageSuffix == "" {
		return Cloud{}, errs.E(errs.Invalid, "the answer lacks the address of the sign-in service, of Graph, or the storage suffix")
	}
	return c, nil
}

// isAddress reports whether tokens may go there: to https, and to a host and nothing below it.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

// isMicrosofts reports whether the sign-in service is one that Microsoft's instance discovery vouches for. Others have to
// be taken at the caller's word.
func (c Cloud) isMicrosofts() bool {
	u, err := url.Parse(c.Login)
	return err == nil && slices.Contains([]string{
		"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn",
	}, strings.ToLower(u.Hostname()))
}

// configuration is the cloud as Microsoft's clients take it.
func (c Cloud) configuration() cloud.Configuration {
	audience := c.ManagerAudience
	if audience == "" {
		audience = c.Manager
	}
	return cloud.Configuration{ActiveDirectoryAuthorityHost: c.Login + "/", Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
		cloud.ResourceManager: {Endpoint: c.Manager, Audience: audience},
	}}
}

// client returns a client that trusts the cloud's certificates.
func (c Cloud) client() *http.Client {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8,
		IdleConnTimeout: idleTimeout, TLSHandshakeTimeout: handshakeTimeout,
		TLSClientConfig: &tls.Config{RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12},
	}
	// A redirect would take the request, and with it a token, to another place.
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
