// Package config is what an operator may change of a server: the file config.yaml in the data folder, and the
// environment variables that stand over it.
//
// Flags are for what is fixed while a process runs (folders, addresses); everything here is read again when the
// server gets SIGHUP. A project's environments, sources and rules are not configuration but resources
// (insights/project), and who may use the lake is in a file of its own (accessfile). The package reads and checks values; it does not know what they are used for.
package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// FileName is the file's name in the data folder.
const FileName = "config.yaml"

// Config are the values in force.
type Config struct {
	// EngineMemoryLimit bounds the SQL engine's memory in bytes; what does not fit is spilled to disk.
	EngineMemoryLimit int64
	// EngineThreads is how many processors the SQL engine uses; 0 means all.
	EngineThreads int
	// Retention is how long superseded files stay in an environment's folder (OPS-5).
	Retention time.Duration
	// URL is where browsers reach the app, if not at its own address: a proxy with TLS, such as
	// https://insights.contoso.example. It is read at the start only, as is SignIn.
	URL    string
	SignIn SignIn
	// SourceFolders are the local folders that others than administrators of the server may make data sources of.
	SourceFolders []string

	origins map[string]string // by key: where the value is from
}

// SignIn says which tenant people sign in at, by OpenID Connect. An empty Issuer is the tenant in the box.
type SignIn struct {
	Issuer           string // such as https://login.microsoftonline.com/TENANT/v2.0
	Tenant           string // the directory's id, where the issuer does not name it
	ClientID         string // of this app's registration there
	ClientSecretFile string // where the registration is one of a confidential client
}

// Default is the configuration where nobody says anything.
func Default() Config {
	return Config{EngineMemoryLimit: 3 << 30, Retention: 30 * 24 * time.Hour, origins: map[string]string{}}
}

// key is one value that can be set.
type key struct {
	name string // as in the file, with dots for nesting
	doc  string
	set  func(c *Config, text string) error
	get  func(c Config) string
}

// keys are all there are; the file, the environment variables, `ownlake config show` and the reference page are
// made from them.
func keys() []key {
	return []key{
		{
			"engine.memoryLimit",
			"Memory of the SQL engine, such as 3GiB or 512MiB; at least 256MiB. What does not fit is spilled to disk. The process needs about a third more, and matching holds its own data beside.",
			func(c *Config, text string) (err error) {
				c.EngineMemoryLimit, err = parseBytes(text)
				return err
			},
			func(c Config) string { return formatBytes(c.EngineMemoryLimit) },
		},
		{
			"engine.threads",
			"Processors that the SQL engine uses; 0 takes all.",
			func(c *Config, text string) error {
				n, err := strconv.Atoi(text)
				if err != nil || n < 0 || n > 1024 {
					return fmt.Errorf("%q is not a number from 0 to 1024", text)
				}
				c.EngineThreads = n
				return nil
			},
			func(c Config) string { return strconv.Itoa(c.EngineThreads) },
		},
		{
			"retention",
			"How long superseded files stay in an environment's folder, such as 720h or 30d; at least 1h, as readers may still have them open.",
			func(c *Config, text string) (err error) {
				c.Retention, err = parseDuration(text)
				return err
			},
			func(c Config) string { return formatDuration(c.Retention) },
		},
		{
			"url", "Where browsers reach the app, if not at its own address: a proxy with TLS, such as `https://insights.contoso.example`. The app then may listen beyond loopback. Read at the start only, as the keys of signIn.",
			func(c *Config, text string) error {
				u, err := url.Parse(text)
				if text != "" && (err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "") {
					return fmt.Errorf("%q is not https://HOST or https://HOST:PORT", text)
				}
				c.URL = strings.TrimSuffix(text, "/")
				return nil
			},
			func(c Config) string { return c.URL },
		},
		{
			"sources.folders", "Local folders, separated by commas, whose files contributors may make data sources of; other local files are for administrators of the server. Read at the start only.",
			func(c *Config, text string) error {
				c.SourceFolders = nil
				for one := range strings.SplitSeq(text, ",") {
					if one = strings.TrimSpace(one); one == "" {
						continue
					}
					if !filepath.IsAbs(one) {
						return fmt.Errorf("%q is not the whole path of a folder", one)
					}
					c.SourceFolders = append(c.SourceFolders, one)
				}
				return nil
			},
			func(c Config) string { return strings.Join(c.SourceFolders, ", ") },
		},
		text("signIn.issuer", "Whose people sign in, such as `https://login.microsoftonline.com/TENANT/v2.0`; empty: the tenant in the box.", func(c *Config) *string { return &c.SignIn.Issuer }),
		text("signIn.tenant", "The directory's id, where the issuer does not name it.", func(c *Config) *string { return &c.SignIn.Tenant }),
		text("signIn.clientId", "The application id of this app's registration at the issuer, with the redirect address `URL/api/v1/session/callback`.", func(c *Config) *string { return &c.SignIn.ClientID }),
		text("signIn.clientSecretFile", "File with the registration's client secret, where it has one.", func(c *Config) *string { return &c.SignIn.ClientSecretFile }),
	}
}

// text is a key whose value is taken as it is.
func text(name, doc string, field func(*Config) *string) key {
	return key{
		name, doc,
		func(c *Config, text string) error {
			*field(c) = strings.TrimSpace(text)
			return nil
		},
		func(c Config) string { return *field(&c) },
	}
}

// Variable is the environment variable of a key: "OWNLAKE_ENGINE_MEMORY_LIMIT" for "engine.memoryLimit".
func Variable(key string) string {
	var b strings.Builder
	b.WriteString("OWNLAKE_")
	for _, r := range key {
		switch {
		case r == '.':
			b.WriteByte('_')
		case unicode.IsUpper(r):
			b.WriteByte('_')
			b.WriteRune(r)
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// Load reads the file, if there is one, and the environment variables over it. lookup is [os.LookupEnv]. Everything
// that is wrong is reported at once, with file, line and column, as one Invalid error; the returned
// configuration is then not to be used.
func Load(file string, lookup func(string) (string, bool)) (Config, error) {
	const op errs.Op = "config.Load"
	c := Default()
	data, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return c, errs.E(op, errs.Unavailable, errs.Item(file), err)
	}
	problems := c.readFile(file, data)
	problems = append(problems, c.readVariables(lookup)...)
	if len(problems) > 0 {
		return c, errs.E(op, errs.Invalid, strings.Join(problems, "\n"))
	}
	return c, nil
}

func (c *Config) readVariables(lookup func(string) (string, bool)) (problems []string) {
	for _, k := range keys() {
		name := Variable(k.name)
		text, ok := lookup(name)
		if !ok {
			continue
		}
		if err := k.set(c, text); err != nil {
			problems = append(problems, fmt.Sprintf("environment variable %s: %v", name, err))
		}
		c.origins[k.name] = "environment variable " + name
	}
	return problems
}

// Setting is one value in force.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"` // "default", a file with its line, or an environment variable
}

// Settings lists all values in force and where each is from.
func (c Config) Settings() []Setting {
	list := make([]Setting, 0, len(keys()))
	for _, k := range keys() {
		origin := c.origins[k.name]
		if origin == "" {
			origin = "default"
		}
		list = append(list, Setting{k.name, k.get(c), origin})
	}
	return list
}

// Reference is the reference page, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n" +
		"What an operator may change: `config.yaml` in the data folder, read again on SIGHUP; environment variables stand over it.\n" +
		"`ownlake config show` prints the values in force and where each is from. This page is made from the code.\n\n" +
		"Who may use the lake with bearer tokens is in a file of its own, `access.yaml`: see [tokens](../guide/tokens.md#the-file).\n\n" +
		"| key | environment variable | default | meaning |\n|---|---|---|---|\n")
	for _, k := range keys() {
		value := "none"
		if text := k.get(Default()); text != "" {
			value = "`" + text + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", k.name, Variable(k.name), value, k.doc)
	}
	b.WriteString("\n```yaml\nengine:\n  memoryLimit: 4GiB\n  threads: 2\nretention: 30d\n```\n")
	return b.String()
}

func nearest(name string) string {
	names := make([]string, 0, len(keys()))
	for _, k := range keys() {
		names = append(names, k.name)
	}
	if near := insights.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "the keys are " + strings.Join(names, ", ")
}
