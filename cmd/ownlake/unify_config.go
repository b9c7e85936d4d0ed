package main

import (
	"context"
	"fmt"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/insights/project"
	"github.com/ownlake/ownlake/insights/unify"
)

// readConfig reads the unification that --config names, if any, and brings the tables to its order.
func readConfig(path string, tables *[]*match.Table) (*insights.Unification, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nothing is configured
	}
	names := make([]string, len(*tables))
	for i, t := range *tables {
		names[i] = t.Name
	}
	u, err := project.LoadUnification(path, names)
	if err != nil {
		return nil, err
	}
	*tables, err = unify.Arrange(u, *tables)
	return &u, err
}

// arrange finds the records' keys, and brings tables and records to the order that --config needs, if it is given.
func arrange(tables *[]*match.Table, config, key string) (*insights.Unification, tableKeys, error) {
	configured, err := readConfig(config, tables)
	if err != nil {
		return nil, tableKeys{}, err
	}
	keys, err := recordKeys(*tables, key)
	if err == nil && configured != nil {
		keys.sort(*tables)
	}
	return configured, keys, err
}

// sort brings each table to the order of its keys, so that the order of a file's rows changes nothing.
func (k *tableKeys) sort(tables []*match.Table) {
	for i, t := range tables {
		if c := k.of[i]; c != nil {
			t.Sort(c)
		}
	}
}

// findClusters unifies by what is configured, or by the data alone.
func (a *app) findClusters(ctx context.Context, tables []*match.Table, configured *insights.Unification, o match.Options) (*match.Result, error) {
	if configured == nil {
		return match.Run(ctx, tables, o)
	}
	result, warnings, err := unify.Cluster(ctx, unify.FileRequest{Tables: tables, Unification: *configured, Skip: o.Skip, Options: o})
	for _, w := range warnings {
		_, _ = fmt.Fprintln(a.stderr, "warning: "+w)
	}
	return result, err
}
