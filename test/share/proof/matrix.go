package main

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// expectations has a row for each operation and a column for each sort of principal: "+" may, "-" may not.
//
//go:embed matrix.txt
var expectations string

// verdicts are by the name of an operation and of a column.
type verdicts map[string]map[string]byte

func parseExpectations(text string) (verdicts, error) {
	all := verdicts{}
	var columns []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, "|")
		name = strings.TrimSpace(name)
		fields := strings.Fields(rest)
		if columns == nil {
			columns = fields
			continue
		}
		if len(fields) != len(columns) || all[name] != nil {
			return nil, fmt.Errorf("matrix.txt: %q has %d columns of %d, or is there twice", name, len(fields), len(columns))
		}
		all[name] = map[string]byte{}
		for i, f := range fields {
			if f != "+" && f != "-" {
				return nil, fmt.Errorf("matrix.txt: %q has %q for %s", name, f, columns[i])
			}
			all[name][columns[i]] = f[0]
		}
	}
	return all, nil
}

// matrix has every principal try every operation, and compares.
func matrix(ctx context.Context, w *world) error {
	want, err := parseExpectations(expectations)
	if err != nil {
		return err
	}
	if _, err := w.do(ctx, put("/?restype=service&comp=properties", retention)); err != nil {
		return err
	}
	all, err := gather(ctx, w)
	if err != nil {
		return err
	}
	if err := all.settle(ctx); err != nil {
		return err
	}
	m := &trials{people: all, want: want, found: make([][]byte, len(all.list))}
	g, trying := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i := range all.list {
		g.Go(func() error { return m.try(trying, i) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	m.print()
	return all.leave(ctx)
}

// leave removes what was made in the shared container, so that it is as the setup has left it.
func (p *people) leave(ctx context.Context) error {
	_, err := p.do(ctx, remove("/"+container+"/proof?recursive=true"))
	if err == nil {
		_, err = p.do(ctx, patch("/"+container+"/?action=setAccessControlRecursive&mode=remove&maxRecords=1", "",
			"x-ms-acl", "user:"+p.owner.ID+",group:"+p.staff))
	}
	return err
}

// settle waits until the role counts that was given last, and so all that were given before.
func (p *people) settle(ctx context.Context) error {
	viewer := p.lastViewer()
	return p.until(ctx, "the role of "+viewer.name+" counts", func() (bool, error) {
		a, err := p.ask(ctx, get("/?comp=list&prefix="+container), func(r *http.Request) error { return viewer.sign(r, "") })
		return a.status == http.StatusOK, err
	})
}

// lastViewer is the principal with the last role that lets containers be listed.
func (p *people) lastViewer() principal {
	var last principal
	for _, one := range p.list {
		if one.column == "viewer" {
			last = one
		}
	}
	return last
}

// trials are the matrix under way.
type trials struct {
	*people
	want  verdicts
	found [][]byte // for each principal, by the operations' order
	// leasing is held by who leases the container, which others cannot meanwhile.
	leasing sync.Mutex
}

// try has one principal try everything, each in a folder that is as it was made.
func (t *trials) try(ctx context.Context, i int) error {
	p := t.list[i]
	folder := ""
	for n, op := range operations() {
		if folder == "" {
			folder = fmt.Sprintf("proof/%02d-%02d", i, n)
			if err := t.makeFolder(ctx, folder); err != nil {
				return err
			}
		}
		verdict, err := t.once(ctx, p, op, folder, fmt.Sprintf("proof-%02d-%02d", i, n))
		if err != nil {
			return fmt.Errorf("%s, %s: %w", p.name, op.name, err)
		}
		t.found[i] = append(t.found[i], verdict)
		if verdict != '-' && op.changes {
			folder = ""
		}
	}
	return nil
}

func (t *trials) once(ctx context.Context, p principal, op operation, folder, other string) (byte, error) {
	if op.name == "lease container" {
		t.leasing.Lock()
		defer t.leasing.Unlock()
	}
	r := t.fill(op.request, folder, other)
	for _, first := range op.before {
		if _, err := t.do(ctx, t.fill(first, folder, other)); err != nil {
			return 0, err
		}
	}
	before, err := t.state(ctx, folder)
	if err != nil {
		return 0, err
	}
	a, err := t.ask(ctx, r, func(r *http.Request) error { return p.sign(r, folder) })
	if err != nil {
		return 0, err
	}
	verdict := t.judge(p, op, a)
	if verdict == '-' {
		after, err := t.state(ctx, folder)
		if err != nil {
			return 0, err
		}
		if after != before {
			t.note(p, op, "it was refused ("+a.String()+"), and it changed something")
			verdict = '!'
		}
	}
	for _, next := range op.after {
		if a, err := t.ask(ctx, t.fill(next, folder, other), t.byKey); err != nil || a.status >= http.StatusInternalServerError {
			return 0, fmt.Errorf("after it: %s: %w", a, err)
		}
	}
	return verdict, nil
}

// judge tells an answer's verdict, and says so where it is another than expected. "!" is neither may nor may not.
func (t *trials) judge(p principal, op operation, a answer) byte {
	verdict := byte('!')
	switch {
	case a.status < http.StatusBadRequest:
		verdict = '+'
	case a.isRefusal():
		verdict = '-'
	}
	if want := t.want[op.name][p.column]; verdict != want {
		t.note(p, op, fmt.Sprintf("expected %c, found %c: %s", want, verdict, a))
	}
	return verdict
}

func (t *trials) note(p principal, op operation, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.differences++
	_, _ = fmt.Fprintf(t.stdout, "DIFFERS %s, %s: %s\n", p.name, op.name, text)
}

// fill puts the names of this trial in a request.
func (t *trials) fill(r request, folder, other string) request {
	names := strings.NewReplacer("FIX", folder, "OTHER", other, "ACCOUNT", t.dfs, "SOMEBODY", "11111111-2222-4333-8444-555555555555", "STAFF", t.staff)
	r.target = names.Replace(r.target)
	r.header = maps.Clone(r.header)
	for name, value := range r.header {
		r.header[name] = names.Replace(value)
	}
	return r
}

// makeFolder makes what everything is tried in, as the account's key does, so that the default lists of the shared container
// say who may what. It then belongs to the owner and the group of the trials.
func (t *trials) makeFolder(ctx context.Context, folder string) error {
	at := "/" + container + "/" + folder
	list := []request{put(at+"/log", "", "x-ms-blob-type", "AppendBlob")}
	for _, file := range []string{"f", "sub/g", "old", "gone"} {
		list = append(list, put(at+"/"+file, "content", "x-ms-blob-type", "BlockBlob"))
	}
	list = append(list, remove(at+"/gone?recursive=false"))
	for _, path := range []string{"", "/f", "/log", "/sub", "/sub/g", "/old"} {
		list = append(list, patch(at+path+"?action=setAccessControl", "", "x-ms-owner", t.owner.ID, "x-ms-group", t.staff))
	}
	for _, r := range list {
		if _, err := t.do(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// state is what a refused request must not change: the folder's paths with their tags of versions, owners and permissions.
func (t *trials) state(ctx context.Context, folder string) (string, error) {
	a, err := t.do(ctx, get("/"+container+"?resource=filesystem&recursive=true&directory="+folder))
	return a.body, err
}

// print prints the table that was found, a line for each principal and a column for each operation. What differs from what was
// expected is "!".
func (t *trials) print() {
	_, _ = fmt.Fprintln(t.stdout, "\nmay (columns):")
	all := operations()
	for n, op := range all {
		_, _ = fmt.Fprintf(t.stdout, "  %2d %s\n", n+1, op.name)
	}
	_, _ = fmt.Fprint(t.stdout, "\n+ allowed and - refused as expected, ! another than expected\n\n")
	tens, ones := "", ""
	for n := range all {
		tens, ones = tens+strconv.Itoa((n+1)/10), ones+strconv.Itoa((n+1)%10)
	}
	_, _ = fmt.Fprintf(t.stdout, "%-58s %s\n%-58s %s\n", "", tens, "", ones)
	for i, p := range t.list {
		line := make([]byte, len(all))
		for n, op := range all {
			t.checks++
			line[n] = t.found[i][n]
			if line[n] != t.want[op.name][p.column] {
				line[n] = '!'
			}
		}
		_, _ = fmt.Fprintf(t.stdout, "%-58s %s\n", p.name, line)
	}
}
