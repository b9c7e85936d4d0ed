package api

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Place is where files of a data source lie: on the server's own disk, or in an account.
type Place struct {
	Local string // a path or glob; empty for a lake

	Endpoint  string
	Container string
	Path      string // maybe a glob
}

// mayDefine refuses data sources that read what the caller may not see. Whoever may define a source can read all that the
// server can: its disk, and every account that it has a key of. Places that are declared already are not asked again.
func (r *routes) mayDefine(ctx context.Context, id insights.EnvironmentID, sources, declared []insights.DataSource) error {
	c := requestOf(ctx).caller
	if r.o.roleIn(c, insights.AllEnvironments).Includes(insights.Administrator) {
		return nil
	}
	known := locationsOf(declared)
	var env insights.Environment
	for _, one := range locationsOf(sources) {
		if slices.Contains(known, one) {
			continue
		}
		place, err := r.o.Locate(one)
		if err != nil {
			return err
		}
		if env.ID == "" {
			if env, err = r.o.Services.Environments.Get(ctx, id); err != nil {
				return err
			}
		}
		if err := r.mayRead(ctx, c, env, one, place); err != nil {
			return err
		}
	}
	return nil
}

func locationsOf(sources []insights.DataSource) []string {
	var list []string
	for _, s := range sources {
		if s.Folder != "" {
			list = append(list, s.Folder)
		}
		for _, t := range s.Tables {
			if t.Location != "" {
				list = append(list, t.Location)
			}
		}
	}
	return list
}

func (r *routes) mayRead(ctx context.Context, c caller, env insights.Environment, text string, p Place) error {
	refused := func(why string) error {
		return errs.E(errs.Permission, errs.Code("PlaceNotAllowed"), errs.Item(text), why,
			errs.Hint("upload the files, name a folder of the environment's own account, or ask an administrator of the server"))
	}
	if p.Local != "" {
		if r.belowFolders(p.Local) {
			return nil
		}
		return refused("files of the server are read by its administrators, and below the folders that they allow")
	}
	store, err := r.o.Services.Lakes.Store(ctx, env)
	if err != nil {
		return err
	}
	account, err := store.Account(ctx)
	if err != nil {
		return err
	}
	if strings.TrimSuffix(account.Endpoint, "/") != strings.TrimSuffix(p.Endpoint, "/") {
		return refused("this is another account than the environment's own")
	}
	if p.Container != string(insights.Container) {
		if env.Storage.Kind == insights.OwnStorage {
			return nil
		}
		return refused("this is another container than the environments' own")
	}
	first, _, _ := strings.Cut(p.Path, "/")
	folder, isEnvironment := strings.CutPrefix(first, "ci_")
	if !isEnvironment || r.o.roleIn(c, insights.EnvironmentID(folder)) == "" {
		return refused("this is not the folder of an environment that you may see")
	}
	return nil
}

// belowFolders reports whether a local path lies in a folder that is allowed, wherever links lead. A glob counts by the
// folder that all of its matches are below.
func (r *routes) belowFolders(local string) bool {
	for strings.ContainsAny(local, "*?[") {
		local = filepath.Dir(local)
	}
	real, err := filepath.EvalSymlinks(local)
	if err != nil || !filepath.IsAbs(real) {
		return false
	}
	return slices.ContainsFunc(r.o.SourceFolders, func(folder string) bool {
		allowed, err := filepath.EvalSymlinks(folder)
		if err != nil {
			return false
		}
		below, err := filepath.Rel(allowed, real)
		return err == nil && filepath.IsLocal(below)
	})
}
