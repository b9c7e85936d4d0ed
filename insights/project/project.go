package project

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Project is what a folder declares. Locations of sources are absolute paths or addresses.
type Project struct {
	Dir string // absolute
	// Environment is nil if the project leaves it out. Of its credentials the cloud's address alone is set: Secrets say
	// where the rest is.
	Environment *insights.EnvironmentRequest
	Secrets     Secrets
	// Dataverse is nil if the project leaves it out.
	Dataverse   *insights.DataverseStep
	Definitions insights.Definitions
}

// Secrets say where an environment's secrets are. Zero values are of those that are not given.
type Secrets struct {
	Key                 Secret
	ClientSecret        Secret
	Certificate         Secret
	CertificatePassword Secret
	CA                  Secret // the cloud's certificates, which are no secret
}

// Secret names an absolute path or an environment variable.
type Secret struct{ File, Env string }

// Load reads the project in a folder. The error is NotFound if there is no such folder or nothing declared in it,
// and Invalid with a [*ProblemsError] that lists everything that is wrong.
func Load(dir string) (*Project, error) {
	const op errs.Op = "project.Load"
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, errs.E(op, errs.Invalid, errs.Item(dir), err)
	}
	return load(os.DirFS(absolute), dir, absolute)
}

// load reads a project; dir is how the person named the folder.
func load(fsys fs.FS, dir, absolute string) (*Project, error) {
	const op errs.Op = "project.Load"
	names, err := files(fsys)
	if err != nil {
		return nil, errs.E(op, errs.NotFound, errs.Item(dir), "the project's folder cannot be read", err)
	}
	r := newReader(dir)
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, errs.E(op, errs.Unavailable, errs.Item(filepath.Join(dir, name)), err)
		}
		r.file(name, data)
	}
	if len(names) == 0 || r.documents == 0 && len(r.problems) == 0 {
		return nil, errs.E(op, errs.NotFound, errs.Item(dir), "the folder declares nothing",
			errs.Hint("a project is a folder of YAML files with kind: environment, source or unification; examples/contoso is one"))
	}
	p := r.project(absolute)
	r.check(problemsOf(p))
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, compareProblems)
		return nil, errs.E(op, errs.Invalid, &ProblemsError{r.problems})
	}
	p.absoluteLocations()
	return p, nil
}

// files lists the project's files in the order of their names.
func files(fsys fs.FS) ([]string, error) {
	var names []string
	for _, dir := range []string{".", "sources"} {
		entries, err := fs.ReadDir(fsys, dir)
		if err != nil && dir == "." {
			return nil, err
		}
		for _, e := range entries {
			ending := path.Ext(e.Name())
			if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && (ending == ".yaml" || ending == ".yml") {
				names = append(names, path.Join(dir, e.Name()))
			}
		}
	}
	return names, nil
}

// project puts the documents together.
func (r *reader) project(absolute string) *Project {
	p := &Project{Dir: absolute, Definitions: insights.Definitions{Sources: r.sources, Unification: r.unification}}
	if e := r.environment; e != nil {
		q := insights.EnvironmentRequest{
			Name: e.Name, Type: e.Type, Region: e.Region, DataFormat: e.DataFormat, CreateContainer: e.Storage.CreateContainer,
			Storage: e.Storage.storage(),
		}
		q.Cloud.Manager = e.Storage.Cloud.Manager
		p.Environment, p.Secrets = &q, e.Storage.secrets(absolute)
		p.Dataverse = e.Dataverse
	}
	return p
}

func (s storageDocument) storage() insights.DataStorage {
	d := insights.DataStorage{
		Kind: s.Kind, Account: s.Account, Endpoint: s.Endpoint, ResourceID: s.ResourceID, Subscription: s.Subscription,
		ResourceGroup: s.ResourceGroup, Credential: s.Credential,
		Principal: insights.AccountPrincipal{Tenant: s.Principal.Tenant, ClientID: s.Principal.ClientID, Method: s.Principal.Method},
	}
	if d.Principal.Method == "" && s.Principal.CertificateFile != "" {
		d.Principal.Method = insights.ClientCertificate
	}
	if d.Credential == "" && s.Principal != (principalDocument{}) {
		d.Credential = insights.ServicePrincipal
	}
	return d
}

func (s storageDocument) secrets(dir string) Secrets {
	at := func(file, env string) Secret { return Secret{resolve(dir, file), env} }
	p := s.Principal
	return Secrets{
		Key: at(s.KeyFile, s.KeyEnv), ClientSecret: at(p.ClientSecretFile, p.ClientSecretEnv), Certificate: at(p.CertificateFile, ""),
		CertificatePassword: at(p.CertificatePasswordFile, p.CertificatePasswordEnv), CA: at(s.Cloud.CAFile, ""),
	}
}

// absoluteLocations makes relative paths count from the project's folder, as the server knows no other.
func (p *Project) absoluteLocations() {
	for i := range p.Definitions.Sources {
		s := &p.Definitions.Sources[i]
		s.Folder = resolve(p.Dir, s.Folder)
		for j := range s.Tables {
			s.Tables[j].Location = resolve(p.Dir, s.Tables[j].Location)
		}
	}
}

func resolve(dir, location string) string {
	if location == "" || strings.Contains(location, "://") || filepath.IsAbs(location) {
		return location
	}
	resolved := filepath.Join(dir, filepath.FromSlash(location))
	if strings.HasSuffix(location, "/") {
		resolved += string(filepath.Separator) // says that a folder is meant
	}
	return resolved
}
