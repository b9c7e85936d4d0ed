package project

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/ownlake/ownlake/insights"
)

// The kinds of documents.
const (
	kindEnvironment = "environment"
	kindSource      = "source"
	kindUnification = "unification"
)

// environmentDocument is a document of the kind environment.
type environmentDocument struct {
	Name       string                   `yaml:"name"`
	Type       insights.EnvironmentType `yaml:"type"`
	Region     insights.Region          `yaml:"region"`
	DataFormat insights.DataFormat      `yaml:"dataFormat"`
	Storage    storageDocument          `yaml:"storage"`
	Dataverse  *insights.DataverseStep  `yaml:"dataverse"`
}

type storageDocument struct {
	Kind            insights.StorageKind    `yaml:"kind"`
	Account         string                  `yaml:"account"`
	Endpoint        string                  `yaml:"endpoint"`
	ResourceID      string                  `yaml:"resourceId"`
	Subscription    string                  `yaml:"subscription"`
	ResourceGroup   string                  `yaml:"resourceGroup"`
	Credential      insights.CredentialKind `yaml:"credential"`
	KeyFile         string                  `yaml:"keyFile"`
	KeyEnv          string                  `yaml:"keyEnv"`
	Principal       principalDocument       `yaml:"principal"`
	Cloud           cloudDocument           `yaml:"cloud"`
	CreateContainer bool                    `yaml:"createContainer"`
}

// principalDocument is a service principal with where its secrets are.
type principalDocument struct {
	Tenant                  string                   `yaml:"tenant"`
	ClientID                string                   `yaml:"clientId"`
	Method                  insights.PrincipalMethod `yaml:"method"`
	ClientSecretFile        string                   `yaml:"clientSecretFile"`
	ClientSecretEnv         string                   `yaml:"clientSecretEnv"`
	CertificateFile         string                   `yaml:"certificateFile"`
	CertificatePasswordFile string                   `yaml:"certificatePasswordFile"`
	CertificatePasswordEnv  string                   `yaml:"certificatePasswordEnv"`
}

type cloudDocument struct {
	Manager string `yaml:"manager"`
	CAFile  string `yaml:"caFile"`
}

// position is where a value stands.
type position struct {
	file         string
	line, column int
}

// reader collects the documents of a project's files and what is wrong with them.
type reader struct {
	dir         string
	documents   int
	environment *environmentDocument
	sources     []insights.DataSource
	unification *insights.Unification
	// positions holds where each value stands, by the paths that [insights.Problem] uses:
	// "sources[0].tables[1].format".
	positions map[string]position
	// broken are the paths whose values have the wrong shape.
	broken   map[string]bool
	problems []Problem
}

func newReader(dir string) *reader {
	return &reader{dir: dir, positions: map[string]position{}, broken: map[string]bool{}}
}

// file reads the documents of one file.
func (r *reader) file(name string, data []byte) {
	shown := filepath.Join(r.dir, filepath.FromSlash(name))
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		r.syntaxError(shown, err)
		return
	}
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.NullType {
			continue
		}
		r.documents++
		r.document(shown, doc.Body)
	}
}

// syntaxError notes what the YAML parser found. It stops at the first error of a file.
func (r *reader) syntaxError(file string, err error) {
	p := Problem{File: file, Message: "not YAML: " + err.Error()}
	if at, ok := errors.AsType[yaml.Error](err); ok && at.GetToken() != nil {
		where := at.GetToken().Position
		p.Line, p.Column, p.Message = where.Line, where.Column, "not YAML: "+at.GetMessage()
	}
	r.problems = append(r.problems, p)
}

// document reads one document by its kind.
func (r *reader) document(file string, body ast.Node) {
	d := &decoder{file: file, positions: r.positions, broken: r.broken, anchors: map[string]ast.Node{}}
	d.findAnchors(body)
	kind, node := d.kind(body)
	switch kind {
	case kindEnvironment:
		var e environmentDocument
		if d.decode(body, "environment", &e); r.environment != nil {
			d.problem(node, "", "the environment is declared twice")
		}
		r.environment = &e
	case kindSource:
		var s insights.DataSource
		d.decode(body, fmt.Sprintf("sources[%d]", len(r.sources)), &s)
		r.sources = append(r.sources, s)
	case kindUnification:
		var u insights.Unification
		if d.decode(body, "unification", &u); r.unification != nil {
			d.problem(node, "", "the unification is declared twice")
		}
		r.unification = &u
	}
	d.secrets(body)
	r.problems = append(r.problems, d.problems...)
}

// problemsOf asks package insights what is wrong with the values.
func problemsOf(p *Project) insights.Problems {
	found := p.Definitions.Problems()
	if q := p.Environment; q != nil {
		for _, one := range q.Problems() {
			one.Path = "environment." + strings.Replace(one.Path, "cloud.", "storage.cloud.", 1)
			found = append(found, one)
		}
		found = append(found, keyProblems(p)...)
	}
	return found
}

// check says where the values stand that are wrong.
func (r *reader) check(found insights.Problems) {
	for _, one := range found {
		at, exact := r.locate(one.Path)
		// What was reported already, where it stands, needs no second message.
		if r.isBroken(one.Path) || exact && r.reported(at) {
			continue
		}
		r.problems = append(r.problems, Problem{File: at.file, Line: at.line, Column: at.column, Message: one.Message, Hint: one.Hint})
	}
}

// isBroken reports whether the value or one around it has the wrong shape.
func (r *reader) isBroken(path string) bool {
	for ; path != ""; path = parent(path) {
		if r.broken[path] {
			return true
		}
	}
	return false
}

func keyProblems(p *Project) insights.Problems {
	if p.Environment.Storage.Kind == insights.ManagedStorage && p.Secrets.Key != (Secret{}) {
		return insights.Problems{{Path: "environment.storage.kind", Message: "managed storage takes no key"}}
	}
	var found insights.Problems
	for _, one := range []struct {
		path   string
		secret Secret
	}{
		{"key", p.Secrets.Key}, {"principal.clientSecret", p.Secrets.ClientSecret}, {"principal.certificatePassword", p.Secrets.CertificatePassword},
	} {
		if name := one.path[strings.LastIndexByte(one.path, '.')+1:]; one.secret.File != "" && one.secret.Env != "" {
			found = append(found, insights.Problem{Path: "environment.storage." + one.path + "Env", Message: name + "File and " + name + "Env are both given", Hint: "keep one"})
		}
	}
	return found
}

func (r *reader) reported(at position) bool {
	for _, p := range r.problems {
		if p.File == at.file && p.Line == at.line && p.Column == at.column {
			return true
		}
	}
	return false
}

// locate finds where a value stands, or else the nearest value around it.
func (r *reader) locate(path string) (at position, exact bool) {
	for p := path; ; p = parent(p) {
		if at, ok := r.positions[p]; ok {
			return at, p == path
		}
		if p == "" {
			return position{file: r.dir}, false
		}
	}
}

// parent cuts the last name or index off a path.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}
