package main

import (
	"context"
	"net/http"
	"strings"
)

// byPaths tries to come to the secret by other ways to write where it is.
func (r *raid) byPaths(ctx context.Context) error {
	if err := r.refused(ctx, "a reader reads what is shared with nobody", get(at("closed/secret?action=read")), bearer(r.readerToken)); err != nil {
		return err
	}
	for _, way := range []string{
		"open/../closed/secret", "open/%2e%2e/closed/secret", "open%2F..%2Fclosed%2Fsecret", "open/..%2fclosed/secret", "open/%252e%252e/closed/secret",
		`open\..\closed\secret`, "open/..%5cclosed%5csecret", "open//../closed/secret", "./closed/secret", "closed//secret", "closed/./secret",
		"closed/secret/", "closed/secret%00", "closed/secret%00.csv", "closed%c0%afsecret", "closed/secret;x", "CLOSED/SECRET", "closed／secret", "open/f/../../closed/secret",
	} {
		if err := r.harmless(ctx, "a reader reads it as "+way, get(at(way+"?action=read")), bearer(r.readerToken)); err != nil {
			return err
		}
	}
	up := strings.Repeat("../", 3)
	for _, l := range []line{
		{"reads out of the container", get("/" + container + "/" + up + "raid-elsewhere/f?action=read")},
		{"reads out of the container, encoded", get("/" + container + "/%2e%2e/raid-elsewhere/f?action=read")},
		{"reads another container", get("/raid-elsewhere/f?action=read")},
		{"lists another container", get("/raid-elsewhere?resource=filesystem&recursive=true")},
		{"lists with a folder of another operation", get("/" + container + "?resource=filesystem&recursive=true&directory=attacks/closed&prefix=attacks/open/")},
		{"lists with a prefix of another operation", get(whole + "&comp=list&prefix=attacks/closed/&directory=attacks/open")},
		{"lists by a prefix that ends within a name", get(whole + "&comp=list&prefix=attacks/clos")},
		{"lists everything", get("/" + container + "?resource=filesystem&recursive=true")},
		{"reads by two paths", get(at("closed/secret?directory=attacks/open&action=read"))},
		{"reads a snapshot of it", get(at("closed/secret?snapshot=2026-01-01T00:00:00.0000000Z"))},
		{"reads the files of the server", get("/" + container + "/" + up + up + up + "etc/passwd?action=read")},
		{"copies it", put(at("open/mine"), "", "x-ms-copy-source", r.dfs+at("closed/secret"))},
		{"puts a block of it", put(at("open/mine?comp=block&blockid=AAAA"), "", "x-ms-copy-source", r.dfs+at("closed/secret"))},
	} {
		for who, token := range map[string]string{"a reader": r.readerToken, "a writer": r.writerToken} {
			if err := r.harmless(ctx, who+" "+l.name, l.request, bearer(token)); err != nil {
				return err
			}
		}
	}
	return r.byBatch(ctx)
}

// byBatch hides requests in one that is allowed.
func (r *raid) byBatch(ctx context.Context) error {
	part := func(path, authorization string) string {
		return "--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nDELETE " + strings.TrimPrefix(r.dfs, r.dfs[:strings.LastIndexByte(r.dfs, '/')]) + path +
			" HTTP/1.1\r\n" + authorization + "x-ms-version: " + storageVersion + "\r\n\r\n"
	}
	mine := "Authorization: Bearer " + r.readerToken + "\r\n"
	for name, parts := range map[string]string{
		"a batch of a reader with a deletion":                     part(at("open/f"), mine),
		"a batch with a deletion of nobody":                       part(at("open/f"), ""),
		"a batch for one container with a deletion in another":    part("/raid-elsewhere/f", mine),
		"a batch with a way out of its container":                 part("/"+container+"/../raid-elsewhere/f", mine),
		"a batch of a reader with a deletion of what is not told": part(at("closed/secret"), mine),
	} {
		before, err := r.state(ctx)
		if err != nil {
			return err
		}
		a, err := r.ask(ctx, request{
			http.MethodPost, whole + "&comp=batch", headers("Content-Type", "multipart/mixed; boundary=b"), parts + "--b--\r\n",
		}, bearer(r.writerToken))
		if err != nil {
			return err
		}
		after, err := r.state(ctx)
		if err != nil {
			return err
		}
		r.check(name, before == after && !strings.Contains(a.body, "HTTP/1.1 2"), a.String()+" "+a.body)
	}
	return nil
}

// byRenames tries to gain by moving things: what is moved keeps its list, and no move opens what was closed.
func (r *raid) byRenames(ctx context.Context) error {
	source := func(p string) []string { return []string{"x-ms-rename-source", p} }
	if err := r.allRefused(ctx, "a reader", r.readerToken, []line{
		{"moves the secret to where readers read", put(at("open/mine"), "", source(at("closed/secret"))...)},
		{"moves a shared file away", put(at("open/mine"), "", source(at("open/f"))...)},
		{"moves a shared file over the secret", put(at("closed/secret"), "", source(at("open/f"))...)},
		{"moves the closed folder", put(at("open/closed"), "", source(at("closed"))...)},
		{"moves a folder from another container", put(at("open/elsewhere"), "", source("/raid-elsewhere/f")...)},
	}); err != nil {
		return err
	}
	if err := r.allRefused(ctx, "a writer", r.writerToken, []line{
		{"moves the secret out of the closed folder", put(at("open/mine"), "", source(at("closed/secret"))...)},
		{"moves the closed folder, where moving takes rwx", put(at("open/closed"), "", source(at("closed"))...)},
		{"moves a file over the secret", put(at("closed/secret"), "", source(at("open/f"))...)},
		{"moves from another container", put(at("open/mine"), "", source("/raid-elsewhere/f")...)},
		{"moves into another container", put("/raid-elsewhere/mine", "", source(at("open/f"))...)},
	}); err != nil {
		return err
	}
	// A file with a list of its own, in a folder where the writer may move it.
	for _, made := range []request{
		put(at("open/sealed"), secretText, "x-ms-blob-type", "BlockBlob"),
		patch(at("open/sealed?action=setAccessControl"), "", "x-ms-acl", "user::rw-,group::---,other::---"),
	} {
		if _, err := r.do(ctx, made); err != nil {
			return err
		}
	}
	if err := r.allowed(ctx, "a writer moves a sealed file within the folder", put(at("open/moved"), "", source(at("open/sealed"))...), bearer(r.writerToken)); err != nil {
		return err
	}
	return r.allRefused(ctx, "a writer", r.writerToken, []line{
		{"reads what was moved to a folder with default entries", get(at("open/moved?action=read"))},
		{"changes the list of what was moved", patch(at("open/moved?action=setAccessControl"), "", "x-ms-acl", "user::rw-,group::rw-,other::rw-")},
	})
}
