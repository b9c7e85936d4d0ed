package azurestore

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake"
)

// gmt is the zone that HTTP dates name; the dfs SDK prints the zone of the times it is given.
var gmt = time.FixedZone("GMT", 0)

// folderMark is the metadata by which the service marks directories for clients that know only blobs.
const folderMark = "hdi_isfolder"

// dfsConditions and blobConditions say conditions in the words of the two SDKs.
func dfsConditions(c lake.Conditions) *file.AccessConditions {
	return &file.AccessConditions{ModifiedAccessConditions: &file.ModifiedAccessConditions{
		IfMatch: quoted(c.IfMatch), IfNoneMatch: quoted(c.IfNoneMatch),
		IfModifiedSince: date(c.IfModifiedSince), IfUnmodifiedSince: date(c.IfUnmodifiedSince),
	}}
}

func blobConditions(c lake.Conditions) *blob.AccessConditions {
	return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{
		IfMatch: quoted(c.IfMatch), IfNoneMatch: quoted(c.IfNoneMatch),
		IfModifiedSince: date(c.IfModifiedSince), IfUnmodifiedSince: date(c.IfUnmodifiedSince),
	}}
}

// conditionHeaders states conditions where an SDK does not offer them, with the service's prefix for a source.
func conditionHeaders(prefix string, c lake.Conditions) []edit {
	var edits []edit
	for name, etag := range map[string]lake.ETag{"if-match": c.IfMatch, "if-none-match": c.IfNoneMatch} {
		if etag != "" {
			edits = append(edits, header(conditionName(prefix, name), string(*quoted(etag))))
		}
	}
	for name, t := range map[string]time.Time{
		"if-modified-since": c.IfModifiedSince, "if-unmodified-since": c.IfUnmodifiedSince,
	} {
		if !t.IsZero() {
			edits = append(edits, header(conditionName(prefix, name), t.UTC().Format(http.TimeFormat)))
		}
	}
	return edits
}

// conditionName writes standard headers canonically and the service's own in lower case, as the SDKs do.
func conditionName(prefix, name string) string {
	if prefix == "" {
		return http.CanonicalHeaderKey(name)
	}
	return prefix + name
}

func quoted(e lake.ETag) *azcore.ETag {
	switch e {
	case "":
		return nil
	case lake.AnyETag:
		return new(azcore.ETagAny)
	}
	return new(azcore.ETag(`"` + string(e) + `"`))
}

func unquoted(e *azcore.ETag) lake.ETag { return lake.ETag(strings.Trim(string(value(e)), `"`)) }

func date(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.In(gmt))
}

// value returns what a pointer of an SDK points at, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// optional returns nil for the zero value, which the SDKs take as not given.
func optional[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// when reads a time of an SDK.
func when(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func dfsHeaders(h lake.ContentHeaders) *file.HTTPHeaders {
	return &file.HTTPHeaders{
		ContentType: optional(h.ContentType), ContentEncoding: optional(h.ContentEncoding),
		ContentLanguage: optional(h.ContentLanguage), ContentDisposition: optional(h.ContentDisposition),
		CacheControl: optional(h.CacheControl), ContentMD5: h.ContentMD5,
	}
}

func blobHeaders(h lake.ContentHeaders) blob.HTTPHeaders {
	return blob.HTTPHeaders{
		BlobContentType: optional(h.ContentType), BlobContentEncoding: optional(h.ContentEncoding),
		BlobContentLanguage: optional(h.ContentLanguage), BlobContentDisposition: optional(h.ContentDisposition),
		BlobCacheControl: optional(h.CacheControl), BlobContentMD5: h.ContentMD5,
	}
}

// headerEdits states content headers in the words of Path Create, for the calls whose SDK method has no place
// for them.
func headerEdits(h lake.ContentHeaders) []edit {
	edits := []edit{
		header("x-ms-content-type", h.ContentType),
		header("x-ms-content-encoding", h.ContentEncoding),
		header("x-ms-content-language", h.ContentLanguage),
		header("x-ms-content-disposition", h.ContentDisposition),
		header("x-ms-cache-control", h.CacheControl),
	}
	if h.ContentMD5 != nil {
		edits = append(edits, header("x-ms-content-md5", base64.StdEncoding.EncodeToString(h.ContentMD5)))
	}
	return edits
}

// blobMetadata writes metadata as the blob SDK takes it. Names keep their case on the way out.
func blobMetadata(m lake.Metadata) map[string]*string {
	if m == nil {
		return nil
	}
	out := make(map[string]*string, len(m))
	for name, v := range m {
		out[name] = &v
	}
	return out
}

// foldedMetadata reads metadata that came as header names, whose case net/http has lost: lower case.
func foldedMetadata(m map[string]*string) lake.Metadata {
	out := lake.Metadata{}
	for name, v := range m {
		if name = strings.ToLower(name); name != folderMark {
			out[name] = value(v)
		}
	}
	return out
}

// formatProperties writes metadata as an x-ms-properties header: name=base64 pairs, in the order of the names.
func formatProperties(m lake.Metadata) string {
	pairs := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, name+"="+base64.StdEncoding.EncodeToString([]byte(m[name])))
	}
	return strings.Join(pairs, ",")
}

// parseProperties reads an x-ms-properties header. A value that is not base64 is kept as it came.
func parseProperties(s string) lake.Metadata {
	m := lake.Metadata{}
	for pair := range strings.SplitSeq(s, ",") {
		name, encoded, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if name == "" || strings.EqualFold(name, folderMark) {
			continue
		}
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			decoded = []byte(encoded)
		}
		m[name] = string(decoded)
	}
	return m
}

// properties reads the answer to Path Get Properties.
func properties(p lake.Path, r *file.GetAccessControlResponse) lake.Properties {
	props := lake.Properties{
		Path: p, IsDirectory: value(r.ResourceType) == "directory",
		ETag: unquoted(r.ETag), LastModified: when(r.LastModified), CreatedOn: when(r.CreationTime),
		Owner: access.ObjectID(value(r.Owner)), Group: access.ObjectID(value(r.Group)),
		Permissions: value(r.Permissions), Metadata: parseProperties(value(r.Properties)),
	}
	if props.IsDirectory {
		return props
	}
	props.Size, props.Blob = value(r.ContentLength), lake.BlockBlob
	props.Headers = lake.ContentHeaders{
		ContentType: value(r.ContentType), ContentEncoding: value(r.ContentEncoding),
		ContentLanguage: value(r.ContentLanguage), ContentDisposition: value(r.ContentDisposition),
		CacheControl: value(r.CacheControl),
	}
	if md5, err := base64.StdEncoding.DecodeString(value(r.ContentMD5)); err == nil && len(md5) > 0 {
		props.Headers.ContentMD5 = md5
	}
	return props
}

// fileTimeEpoch is 1970-01-01 in the unit that listings give creation times in: 100 ns since 1601-01-01.
const fileTimeEpoch = 116444736000000000

// listedTime reads a time of a listing: an HTTP date, or for creation times the count of a Windows file time.
func listedTime(s string) time.Time {
	if ticks, err := strconv.ParseInt(s, 10, 64); err == nil {
		ticks -= fileTimeEpoch
		return time.Unix(ticks/1e7, ticks%1e7*100).UTC()
	}
	t, err := http.ParseTime(s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
