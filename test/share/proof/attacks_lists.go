package main

import (
	"context"
	"net/http"
	"strings"
)

// byLists tries to gain by access control lists, own ones and default ones.
func (r *raid) byLists(ctx context.Context) error {
	mine := "user::rwx,group::r-x,other::---,user:" + r.reader.ID + ":rwx,default:user::rwx,default:group::r-x,default:other::---,default:user:" + r.reader.ID + ":rwx"
	for who, token := range map[string]string{"a reader": r.readerToken, "a writer": r.writerToken, "a stranger": r.token} {
		if err := r.allRefused(ctx, who, token, []line{
			{"gives a folder default entries", patch(at("open?action=setAccessControl"), "", "x-ms-acl", mine)},
			{"gives the container default entries", patch("/"+container+"/?action=setAccessControl", "", "x-ms-acl", mine)},
			{"gives everything below entries", patch(at("open?action=setAccessControlRecursive&mode=modify"), "", "x-ms-acl", "user:"+r.reader.ID+":rwx")},
			{"takes others' entries away", patch(at("open?action=setAccessControlRecursive&mode=remove"), "", "x-ms-acl", "group:"+r.contributors)},
			{"opens a file to everybody", patch(at("open/f?action=setAccessControl"), "", "x-ms-permissions", "0777")},
			{"opens the secret", patch(at("closed/secret?action=setAccessControl"), "", "x-ms-acl", "user::rwx,group::rwx,other::rwx")},
			{"makes a folder sticky", patch(at("open?action=setAccessControl"), "", "x-ms-permissions", "1777")},
			{"opens the container", put(whole+"&comp=acl", "", "x-ms-blob-public-access", "container")},
		}); err != nil {
			return err
		}
	}
	return r.byOverwriting(ctx)
}

// byOverwriting tries to come to own, or to a wider list, by writing over what is another's; and shows that default entries
// change nothing that is there already.
func (r *raid) byOverwriting(ctx context.Context) error {
	over := put(at("open/f?resource=file"), "", "x-ms-permissions", "0777", "x-ms-umask", "0000")
	if err := r.allowed(ctx, "a writer writes over a file", over, bearer(r.writerToken)); err != nil {
		return err
	}
	owner, list, err := r.listOf(ctx, at("open/f"))
	if err != nil {
		return err
	}
	r.check("a writer who wrote over a file does not own it", owner == "$superuser", owner)
	r.check("writing over a file with permissions does not widen its list", strings.Contains(list, "other::---"), list)
	if err := r.allRefused(ctx, "a writer", r.writerToken, []line{
		{"changes the list of a file that was written over", patch(at("open/f?action=setAccessControl"), "", "x-ms-permissions", "0777")},
		{"writes over a file with a list", put(at("open/f?resource=file"), "", "x-ms-acl", "user::rwx,group::rwx,other::rwx")},
		{"writes over a file with an owner", put(at("open/f?resource=file"), "", "x-ms-owner", r.writer.ID)},
		{"writes into the closed folder", put(at("closed/mine"), "x", "x-ms-blob-type", "BlockBlob")},
		{"makes a folder over the secret", put(at("closed/secret?resource=directory"), "")},
	}); err != nil {
		return err
	}
	// A writer's own folder, whose default list names a reader, reaches what is made in it and nothing that was there.
	for _, made := range []request{
		put(at("open/own?resource=directory"), ""), put(at("open/own/before"), "x", "x-ms-blob-type", "BlockBlob"),
		patch(at("open/own?action=setAccessControl"), "", "x-ms-acl", "user::rwx,group::r-x,other::---,default:user::rwx,default:group::---,default:other::---,default:user:"+r.stranger.ID+":rwx"),
	} {
		if err := r.allowed(ctx, "a writer looks after a folder of its own: "+made.method+" "+made.target, made, bearer(r.writerToken)); err != nil {
			return err
		}
	}
	_, list, err = r.listOf(ctx, at("open/own/before"))
	if err != nil {
		return err
	}
	r.check("default entries do not reach what was there", !strings.Contains(list, r.stranger.ID), list)
	return r.allRefused(ctx, "a stranger whom a folder's default list names", r.token, []line{
		{"reads in that folder", get(at("open/own/before?action=read"))},
		{"makes a file in it", put(at("open/own/after"), "x", "x-ms-blob-type", "BlockBlob")},
	})
}

// listOf is a path's owner and list.
func (r *raid) listOf(ctx context.Context, target string) (owner, list string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, r.dfs+target+"?action=getAccessControl", nil)
	if err != nil {
		return "", "", err
	}
	req.Header.Set("x-ms-version", storageVersion)
	req.Header.Set("x-ms-date", now())
	r.key.Sign(req)
	resp, err := r.http.Do(req)
	if err != nil {
		return "", "", err
	}
	return resp.Header.Get("x-ms-owner"), resp.Header.Get("x-ms-acl"), resp.Body.Close()
}

// byOwners tries to gain by changes of owners.
func (r *raid) byOwners(ctx context.Context) error {
	if err := r.allowed(ctx, "a writer makes a file of its own", put(at("open/writers"), "x", "x-ms-blob-type", "BlockBlob"), bearer(r.writerToken)); err != nil {
		return err
	}
	owner, _, err := r.listOf(ctx, at("open/writers"))
	if err != nil {
		return err
	}
	r.check("what a writer makes is the writer's", owner == r.writer.ID, owner)
	return r.allRefused(ctx, "a writer", r.writerToken, []line{
		{"takes another's file", patch(at("open/f?action=setAccessControl"), "", "x-ms-owner", r.writer.ID)},
		{"takes the folder", patch(at("open?action=setAccessControl"), "", "x-ms-owner", r.writer.ID)},
		{"takes the secret", patch(at("closed/secret?action=setAccessControl"), "", "x-ms-owner", r.writer.ID)},
		{"gives a file of its own away", patch(at("open/writers?action=setAccessControl"), "", "x-ms-owner", r.reader.ID)},
		{"gives a file of its own to the account", patch(at("open/writers?action=setAccessControl"), "", "x-ms-owner", "$superuser")},
		{"gives a file of its own to a group that it is not in", patch(at("open/writers?action=setAccessControl"), "", "x-ms-group", r.readers)},
		{"makes a file for another", put(at("open/new?resource=file"), "", "x-ms-owner", r.reader.ID)},
		{"makes a file for the account", put(at("open/new?resource=file"), "", "x-ms-owner", "$superuser")},
		{"makes a file of a group that it is not in", put(at("open/new?resource=file"), "", "x-ms-group", r.readers)},
		{"changes the group of another's file", patch(at("open/f?action=setAccessControl"), "", "x-ms-group", r.contributors)},
	})
}
