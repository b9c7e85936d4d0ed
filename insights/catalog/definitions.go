package catalog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Definitions returns what is declared for the environment, with the version of exactly this state.
func (c *Catalog) Definitions(ctx context.Context, env insights.EnvironmentID) (insights.Definitions, error) {
	const op errs.Op = "catalog.Definitions"
	store, err := c.homeStore(ctx, env)
	if err != nil {
		return insights.Definitions{}, errs.E(op, err)
	}
	documents, err := readDefinitions(ctx, store, env.Folder())
	if err != nil {
		return insights.Definitions{}, errs.E(op, err)
	}
	d, err := documents.decode()
	return d, errs.Wrap(op, err)
}

// Apply makes the definitions those given: sources not named are removed, and so is the unification if it is
// nil. Invalid names every problem; Precondition says that somebody else changed the definitions, before this
// call (d.Version is not the current one) or during it. Each document is replaced in one step; sources
// are written before the unification that uses them and removed after it.
func (c *Catalog) Apply(ctx context.Context, env insights.EnvironmentID, d insights.Definitions) (insights.Applied, error) {
	const op errs.Op = "catalog.Apply"
	if err := append(d.Problems(), relativeLocations(d)...).Err(op); err != nil {
		return insights.Applied{}, err
	}
	if e, err := c.Get(ctx, env); err != nil || e.Problem != "" {
		return insights.Applied{}, errs.E(op, unusable(e), err)
	}
	store, err := c.homeStore(ctx, env)
	if err != nil {
		return insights.Applied{}, errs.E(op, err)
	}
	current, err := readDefinitions(ctx, store, env.Folder())
	if err != nil {
		return insights.Applied{}, errs.E(op, err)
	}
	if d.Version != "" && d.Version != current.version() {
		return insights.Applied{}, errs.E(op, changedMeanwhile())
	}
	wanted, err := encodeDefinitions(env.Folder(), d)
	if err != nil {
		return insights.Applied{}, errs.E(op, err)
	}
	applied, err := write(ctx, store, current, wanted)
	if err != nil {
		return applied, errs.E(op, err)
	}
	written, err := readDefinitions(ctx, store, env.Folder())
	applied.Version = written.version()
	return applied, errs.Wrap(op, err)
}

// unusable is the error of using an environment that has a problem.
func unusable(env insights.Environment) error {
	if env.Problem == "" {
		return nil
	}
	return errs.E(errs.Unavailable, errs.Item("environment "+env.Name), env.Problem)
}

func changedMeanwhile() error {
	return errs.E(errs.Precondition, "the definitions were changed by somebody else meanwhile",
		errs.Hint("read them again, make your change there, and apply again"))
}

// relativeLocations finds locations that only the machine of the caller can resolve.
func relativeLocations(d insights.Definitions) insights.Problems {
	var ps insights.Problems
	check := func(path, location string) {
		if location != "" && !strings.Contains(location, "://") && !filepath.IsAbs(location) {
			ps = append(ps, insights.Problem{
				Path: path, Message: fmt.Sprintf("%q is relative, and the server does not know to which folder", location),
				Hint: "give an absolute path or an address; ownlake apply does so for a project's files",
			})
		}
	}
	for i, s := range d.Sources {
		check(fmt.Sprintf("sources[%d].folder", i), s.Folder)
		for j, t := range s.Tables {
			check(fmt.Sprintf("sources[%d].tables[%d].location", i, j), t.Location)
		}
	}
	return ps
}

// documents are the definition files of an environment by path.
type documents map[lake.Path]document

func readDefinitions(ctx context.Context, s lake.Store, folder lake.Path) (documents, error) {
	var paths []lake.Path
	err := list(ctx, s, folder.Join(definitionsDir), lake.ListOptions{Recursive: true}, func(e lake.Properties) {
		if !e.IsDirectory && strings.HasSuffix(string(e.Path), ".json") {
			paths = append(paths, e.Path)
		}
	})
	if err != nil {
		return nil, err
	}
	read := make([]document, len(paths))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, p := range paths {
		g.Go(func() error {
			var err error
			read[i], err = readDocument(ctx, s, p)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all := documents{}
	for i, p := range paths {
		all[p] = read[i]
	}
	return all, nil
}

// sorted returns the paths in order: sources by name, then the unification.
func (ds documents) sorted() []lake.Path { return slices.Sorted(maps.Keys(ds)) }

// version stands for the exact state: any write to any document changes it.
func (ds documents) version() string {
	h := sha256.New()
	for _, p := range ds.sorted() {
		h.Write([]byte(string(p) + "\x00" + string(ds[p].etag) + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (ds documents) decode() (insights.Definitions, error) {
	d := insights.Definitions{Sources: []insights.DataSource{}, Version: ds.version()}
	for _, p := range ds.sorted() {
		switch {
		case p.Dir().Base() == sourcesDir:
			var source insights.DataSource
			if err := ds[p].decode(p, &source); err != nil {
				return d, err
			}
			d.Sources = append(d.Sources, source)
		case p.Base() == unificationFile:
			d.Unification = &insights.Unification{}
			if err := ds[p].decode(p, d.Unification); err != nil {
				return d, err
			}
		}
	}
	return d, nil
}

func encodeDefinitions(folder lake.Path, d insights.Definitions) (documents, error) {
	all := documents{}
	for _, source := range d.Sources {
		data, err := encode(source)
		if err != nil {
			return nil, err
		}
		all[folder.Join(definitionsDir, sourcesDir, source.Name+".json")] = document{data: data}
	}
	if d.Unification != nil {
		data, err := encode(d.Unification)
		if err != nil {
			return nil, err
		}
		all[folder.Join(definitionsDir, unificationFile)] = document{data: data}
	}
	return all, nil
}

// write makes the current documents those wanted.
func write(ctx context.Context, s lake.Store, current, wanted documents) (insights.Applied, error) {
	a := insights.Applied{Created: []string{}, Updated: []string{}, Unchanged: []string{}, Deleted: []string{}}
	for _, p := range wanted.sorted() {
		former, exists := current[p]
		if exists && bytes.Equal(former.data, wanted[p].data) {
			a.Unchanged = append(a.Unchanged, definitionName(p))
			continue
		}
		if err := writeDocument(ctx, s, p, wanted[p].data, former.etag); err != nil {
			return a, conflicting(err)
		}
		if exists {
			a.Updated = append(a.Updated, definitionName(p))
		} else {
			a.Created = append(a.Created, definitionName(p))
		}
	}
	for _, p := range slices.Backward(current.sorted()) {
		if _, keep := wanted[p]; keep {
			continue
		}
		err := s.Delete(ctx, insights.Container, p, lake.DeleteOptions{Conditions: lake.Conditions{IfMatch: current[p].etag}})
		if err != nil {
			return a, conflicting(err)
		}
		a.Deleted = append(a.Deleted, definitionName(p))
	}
	return a, nil
}

// conflicting turns a failed condition of a write into the reason it has here.
func conflicting(err error) error {
	if errs.Is(err, errs.Precondition) || errs.Is(err, errs.Exists) || errs.Is(err, errs.NotFound) {
		return changedMeanwhile()
	}
	return err
}

// definitionName is what a person calls a definition file.
func definitionName(p lake.Path) string {
	name := strings.TrimSuffix(p.Base(), ".json")
	if p.Dir().Base() == sourcesDir {
		return "source " + name
	}
	return name
}
