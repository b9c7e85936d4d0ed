package adlstest

import (
	"context"
	"encoding/xml"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// Feature is something that an account may have or not. Which it has is asked of the account itself.
type Feature string

// The features.
const (
	// DFS is a Data Lake Storage endpoint.
	DFS Feature = "dfs endpoint"
	// HNS is a hierarchical namespace.
	HNS Feature = "hierarchical namespace"
	// SoftDelete keeps deleted blobs for some days.
	SoftDelete Feature = "soft delete"
	// NoSoftDelete is an account that does not.
	NoSoftDelete Feature = "no soft delete"
	// ContainerSoftDelete keeps deleted containers for some days.
	ContainerSoftDelete Feature = "container soft delete"
	// PublicAccess lets containers be opened to anonymous readers.
	PublicAccess Feature = "public access"
	// NoPublicAccess is an account that refuses it.
	NoPublicAccess Feature = "no public access"
	// Bearer is a token in [Target.Token].
	Bearer Feature = "bearer token"
	// PlainHTTP is an address without TLS.
	PlainHTTP Feature = "plain HTTP"
)

// reach asks whether there is a server at all that takes the key, so that what is wrong with the address is not
// told a thousand times.
func reach(ctx context.Context, target Target) error {
	t := newT(ctx, target, "reach")
	var answer *Answer
	err := t.attempt(func() { answer = t.BlobService("GET", "?comp=list&maxresults=1").Send() })
	switch {
	case ctx.Err() != nil:
		return errs.E(errs.Op("adlstest.Run"), ctx.Err())
	case err != nil:
		return errs.E(errs.Op("adlstest.Run"), errs.Unavailable, errs.Hint("check the address, and whether the server runs"), err)
	case answer.status == 401 || answer.status == 403:
		return errs.E(errs.Op("adlstest.Run"), errs.Unauthorized, errs.Item(target.Account), "the server refuses the account's key: "+answer.Get("x-ms-error-code"),
			errs.Hint("check the account's name and key, and the clock"))
	}
	return nil
}

// features asks a target what it has. What it lacks maps to the reason.
func features(ctx context.Context, target Target) (missing map[Feature]string) {
	t := newT(ctx, target, "features")
	missing = map[Feature]string{}
	lack := func(has bool, f Feature, why string) {
		if !has {
			missing[f] = why
		}
	}
	_ = t.attempt(func() {
		a := t.BlobService("GET", "?restype=account&comp=properties").Send()
		lack(a.Get("x-ms-is-hns-enabled") == "true", HNS, "the account says that it has no hierarchical namespace")
	})
	lack(target.DFS != "", DFS, "no dfs endpoint was named")
	if target.DFS != "" {
		_ = t.attempt(func() {
			a := t.DFSService("GET", "?resource=account&maxResults=1").Send()
			lack(a.status == 200, DFS, "the dfs endpoint does not list filesystems")
		})
	}
	soft := softDelete(t)
	lack(soft, SoftDelete, "the service properties say that soft delete is off")
	lack(!soft, NoSoftDelete, "the service properties say that soft delete is on")
	lack(containerSoftDelete(t), ContainerSoftDelete, "a deleted container is not listed")
	public := publicAccess(t)
	lack(public, PublicAccess, "the account permits no public access")
	lack(!public, NoPublicAccess, "the account permits public access")
	lack(target.Token != "", Bearer, "no bearer token was given")
	lack(strings.HasPrefix(target.Blob, "http:"), PlainHTTP, "the address has TLS")
	t.cleanUp()
	return missing
}

func softDelete(t *T) (on bool) {
	_ = t.attempt(func() {
		var p struct {
			Policy struct {
				Enabled bool `xml:"Enabled"`
			} `xml:"DeleteRetentionPolicy"`
		}
		a := t.BlobService("GET", "?restype=service&comp=properties").Send()
		on = a.status == 200 && xml.Unmarshal(a.body, &p) == nil && p.Policy.Enabled
	})
	return on
}

func containerSoftDelete(t *T) (on bool) {
	_ = t.attempt(func() {
		name := t.NewFilesystem()
		t.at(false, "DELETE", name, "?restype=container").Want(202)
		var l containerListing
		t.BlobService("GET", "?comp=list&include=deleted&prefix="+name).Want(200).XML(&l)
		on = len(l.Containers) > 0
	})
	return on
}

func publicAccess(t *T) (permitted bool) {
	_ = t.attempt(func() {
		a := t.Blob("PUT", "?restype=container&comp=acl").H("x-ms-blob-public-access", "blob").Send()
		permitted = a.status == 200
	})
	return permitted
}
