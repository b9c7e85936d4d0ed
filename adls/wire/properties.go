package wire

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/lake"
)

// ContentHeaders reads the content headers that a writer gives, from names with the prefix: "X-Ms-" on the
// dfs endpoint, "X-Ms-Blob-" on the blob endpoint. given says whether there was any.
func ContentHeaders(h http.Header, prefix string) (c lake.ContentHeaders, given bool, err error) {
	fields := contentFields(&c)
	for name, field := range fields {
		*field = h.Get(prefix + name)
		given = given || *field != ""
	}
	c.ContentMD5, err = HeaderMD5(h, prefix+"Content-Md5")
	return c, given || c.ContentMD5 != nil, err
}

// MergeContentHeaders overlays the headers given in change on those in base.
func MergeContentHeaders(base, change lake.ContentHeaders) lake.ContentHeaders {
	from, to := contentFields(&change), contentFields(&base)
	for name, field := range from {
		if *field != "" {
			*to[name] = *field
		}
	}
	if change.ContentMD5 != nil {
		base.ContentMD5 = change.ContentMD5
	}
	return base
}

func contentFields(c *lake.ContentHeaders) map[string]*string {
	return map[string]*string{
		"Content-Type": &c.ContentType, "Content-Encoding": &c.ContentEncoding, "Content-Language": &c.ContentLanguage,
		"Content-Disposition": &c.ContentDisposition, "Cache-Control": &c.CacheControl,
	}
}

// HeaderMD5 reads a header that holds an MD5 in base64; nil if there is none.
func HeaderMD5(h http.Header, name string) ([]byte, error) {
	v := h.Get(name)
	if v == "" {
		return nil, nil
	}
	sum, err := base64.StdEncoding.DecodeString(v)
	if err != nil || len(sum) != 16 {
		return nil, BadHeader(name, v, "16 bytes in base64")
	}
	return sum, nil
}

// SetVersionHeaders writes ETag and Last-Modified.
func SetVersionHeaders(h http.Header, p lake.Properties) {
	Set(h, "ETag", FormatETag(p.ETag))
	Set(h, "Last-Modified", FormatDate(p.LastModified))
}

// SetSystemHeaders writes what both endpoints tell of a path but for its content and metadata.
func SetSystemHeaders(h http.Header, p lake.Properties) {
	SetVersionHeaders(h, p)
	Set(h, "x-ms-creation-time", FormatDate(p.CreatedOn))
	Set(h, "x-ms-resource-type", ResourceType(p))
	Set(h, "x-ms-owner", string(p.Owner))
	Set(h, "x-ms-group", string(p.Group))
	Set(h, "x-ms-permissions", p.Permissions)
	SetLeaseHeaders(h, p.Lease)
	Set(h, "x-ms-server-encrypted", "false")
	setDetailHeaders(h, p)
}

// SetEncryptionHeaders writes what a filesystem says of the encryption scopes of its files.
func SetEncryptionHeaders(h http.Header, p lake.EncryptionPolicy) {
	Set(h, "x-ms-default-encryption-scope", string(cmp.Or(p.Default, lake.AccountEncryption)))
	Set(h, "x-ms-deny-encryption-scope-override", strconv.FormatBool(p.DenyOverride))
}

// SetContentHeaders writes the content headers stored with a path.
func SetContentHeaders(h http.Header, p lake.Properties) {
	Set(h, "Accept-Ranges", "bytes")
	Set(h, "Content-Type", contentType(p))
	Set(h, "Content-Encoding", p.Headers.ContentEncoding)
	Set(h, "Content-Language", p.Headers.ContentLanguage)
	Set(h, "Content-Disposition", p.Headers.ContentDisposition)
	Set(h, "Cache-Control", p.Headers.CacheControl)
	if p.Headers.ContentMD5 != nil {
		Set(h, "Content-MD5", base64.StdEncoding.EncodeToString(p.Headers.ContentMD5))
	}
}
