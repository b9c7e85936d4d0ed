package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// Listings are written by hand: they have thousands of entries of the same shape, for which encoding/json and
// encoding/xml take several times as long as finding the entries does. The texts are theirs, byte by byte.

// listBuffer is how much of a listing is put together before it is sent.
const listBuffer = 64 << 10

// listWriter collects a listing's text and sends it in parts.
type listWriter struct {
	w   io.Writer
	buf []byte
	err error
}

func newListWriter(w io.Writer) *listWriter {
	return &listWriter{w: w, buf: make([]byte, 0, listBuffer+listBuffer/8)}
}

// endEntry sends what has come together, if it is enough.
func (l *listWriter) endEntry() {
	if len(l.buf) >= listBuffer {
		l.send()
	}
}

func (l *listWriter) send() {
	if l.err == nil {
		_, l.err = l.w.Write(l.buf)
	}
	l.buf = l.buf[:0]
}

func (l *listWriter) end() error {
	l.send()
	return l.err
}

func (l *listWriter) text(s string) { l.buf = append(l.buf, s...) }

// Encode writes the list as JSON.
func (p PathList) Encode(w io.Writer) error {
	l := newListWriter(w)
	l.text(`{"paths":[`)
	for i := range p.Paths {
		if i > 0 {
			l.text(",")
		}
		l.pathItem(&p.Paths[i])
		l.endEntry()
	}
	l.text("]}")
	return l.end()
}

func (l *listWriter) pathItem(p *PathItem) {
	l.text("{")
	l.jsonField("contentLength", p.ContentLength)
	l.jsonField("creationTime", p.CreationTime)
	l.jsonField("etag", p.ETag)
	if p.EncryptionScope != "" {
		l.jsonField("EncryptionScope", p.EncryptionScope)
	}
	if p.ExpiryTime != "" {
		l.jsonField("expiryTime", p.ExpiryTime)
	}
	l.jsonField("group", p.Group)
	if p.IsDirectory != "" {
		l.jsonField("isDirectory", p.IsDirectory)
	}
	l.jsonField("lastModified", p.LastModified)
	l.jsonField("name", p.Name)
	l.jsonField("owner", p.Owner)
	l.jsonField("permissions", p.Permissions)
	l.text("}")
}

// jsonField writes a member of an object, with the comma before it if it is not the first.
func (l *listWriter) jsonField(name, value string) {
	if l.buf[len(l.buf)-1] != '{' {
		l.buf = append(l.buf, ',')
	}
	l.buf = append(l.buf, '"')
	l.buf = append(l.buf, name...)
	l.buf = append(l.buf, `":`...)
	if plainJSON.has(value) {
		l.buf = append(l.buf, '"')
		l.buf = append(l.buf, value...)
		l.buf = append(l.buf, '"')
		return
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		l.err = err
	}
	l.buf = append(l.buf, quoted...)
}

// plainText says of each byte whether it stands for itself in a text.
type plainText [256]bool

// newPlainText is printable ASCII without the characters that need escaping.
func newPlainText(special string) *plainText {
	var t plainText
	for c := byte(' '); c < 0x7f; c++ {
		t[c] = strings.IndexByte(special, c) < 0
	}
	return &t
}

var (
	plainJSON = newPlainText(`"\<>&`)
	plainXML  = newPlainText(`"'&<>`)
)

// has reports whether all of a text stands for itself.
func (t *plainText) has(s string) bool {
	for i := range len(s) {
		if !t[s[i]] {
			return false
		}
	}
	return true
}

// BlobListWriter writes a [BlobList] as XML while its items are being found, in parts.
type BlobListWriter struct{ l *listWriter }

// NewBlobListWriter begins a list: head is all of it but the items and the next marker. Nothing is sent before there
// is a part of some size.
func NewBlobListWriter(w io.Writer, head BlobList) *BlobListWriter {
	l := newListWriter(w)
	l.text(xml.Header + `<EnumerationResults ServiceEndpoint="`)
	l.escaped(head.ServiceEndpoint)
	l.text(`" ContainerName="`)
	l.escaped(head.ContainerName)
	l.text(`">`)
	l.optional("Prefix", head.Prefix)
	l.optional("Marker", head.Marker)
	if head.MaxResults != 0 {
		l.number("MaxResults", int64(head.MaxResults))
	}
	l.optional("Delimiter", head.Delimiter)
	l.text("<Blobs>")
	return &BlobListWriter{l}
}

// Add writes a [BlobItem] or a [BlobPrefix].
func (b *BlobListWriter) Add(item any) {
	b.l.blob(item)
	b.l.endEntry()
}

// End writes the rest, and returns the first error of all that was written.
func (b *BlobListWriter) End(nextMarker string) error {
	b.l.text("</Blobs>")
	b.l.element("NextMarker", nextMarker)
	b.l.text("</EnumerationResults>")
	return b.l.end()
}

func (l *listWriter) blob(item any) {
	switch item := item.(type) {
	case BlobItem:
		l.text("<Blob>")
		l.name(item.Name)
		l.optional("DeletionId", item.DeletionID)
		if item.Deleted {
			l.element("Deleted", "true")
		}
		l.optional("Snapshot", item.Snapshot)
		l.blobProperties(&item.Properties)
		if item.Metadata != nil {
			l.other("Metadata", *item.Metadata)
		}
		if item.Tags != nil {
			l.tags(*item.Tags)
		}
		l.text("</Blob>")
	case BlobPrefix:
		l.text("<BlobPrefix>")
		l.name(item.Name)
		if item.Properties != nil {
			l.blobProperties(item.Properties)
		}
		l.text("</BlobPrefix>")
	}
}

func (l *listWriter) blobProperties(p *BlobProperties) {
	l.text("<Properties>")
	l.optional("Creation-Time", p.CreationTime)
	l.optional("Last-Modified", p.LastModified)
	l.optional("Etag", p.ETag)
	l.optional("ResourceType", p.ResourceType)
	l.optional("Owner", p.Owner)
	l.optional("Group", p.Group)
	l.optional("Permissions", p.Permissions)
	l.optional("Acl", p.ACL)
	l.number("Content-Length", p.ContentLength)
	l.element("Content-Type", p.ContentType)
	l.element("Content-Encoding", p.ContentEncoding)
	l.element("Content-Language", p.ContentLanguage)
	if p.ContentCRC64 != nil {
		l.element("Content-CRC64", *p.ContentCRC64)
	}
	l.element("Content-MD5", p.ContentMD5)
	l.element("Cache-Control", p.CacheControl)
	l.element("Content-Disposition", p.ContentDisposition)
	l.element("BlobType", p.BlobType)
	l.optional("AccessTier", p.AccessTier)
	if p.AccessTierInferred {
		l.element("AccessTierInferred", "true")
	}
	l.optional("AccessTierChangeTime", p.AccessTierChangeTime)
	l.optional("CopyId", p.CopyID)
	l.optional("CopyStatus", p.CopyStatus)
	l.optional("CopySource", p.CopySource)
	l.optional("CopyProgress", p.CopyProgress)
	l.optional("CopyCompletionTime", p.CopyCompletionTime)
	l.optional("Expiry-Time", p.ExpiryTime)
	if p.Sealed {
		l.element("Sealed", "true")
	}
	if p.TagCount > 0 {
		l.number("TagCount", int64(p.TagCount))
	}
	l.optional("LeaseStatus", p.LeaseStatus)
	l.optional("LeaseState", p.LeaseState)
	l.optional("LeaseDuration", p.LeaseDuration)
	l.element("ServerEncrypted", strconv.FormatBool(p.ServerEncrypted))
	l.optional("EncryptionScope", p.EncryptionScope)
	l.optional("DeletedTime", p.DeletedTime)
	if p.RemainingDays != nil {
		l.number("RemainingRetentionDays", int64(*p.RemainingDays))
	}
	l.text("</Properties>")
}

func (l *listWriter) tags(set TagSet) {
	l.text("<Tags><TagSet>")
	for _, t := range set.Tags {
		l.text("<Tag>")
		l.element("Key", t.Key)
		l.element("Value", t.Value)
		l.text("</Tag>")
	}
	l.text("</TagSet></Tags>")
}

func (l *listWriter) element(name, value string) {
	l.open(name)
	l.escaped(value)
	l.close(name)
}

func (l *listWriter) optional(name, value string) {
	if value != "" {
		l.element(name, value)
	}
}

func (l *listWriter) number(name string, value int64) {
	l.open(name)
	l.buf = strconv.AppendInt(l.buf, value, 10)
	l.close(name)
}

// name writes a name in the plain case, and leaves the others to its own marshaller.
func (l *listWriter) name(n XMLName) {
	if plainXML.has(string(n)) {
		l.element("Name", string(n))
		return
	}
	l.other("Name", n)
}

func (l *listWriter) open(name string) {
	l.buf = append(l.buf, '<')
	l.buf = append(l.buf, name...)
	l.buf = append(l.buf, '>')
}

func (l *listWriter) close(name string) {
	l.buf = append(l.buf, '<', '/')
	l.buf = append(l.buf, name...)
	l.buf = append(l.buf, '>')
}

func (l *listWriter) escaped(s string) {
	if plainXML.has(s) {
		l.buf = append(l.buf, s...)
		return
	}
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	l.buf = append(l.buf, b.Bytes()...)
}

// other writes an element of a type that few entries have.
func (l *listWriter) other(name string, value any) {
	var b bytes.Buffer
	e := xml.NewEncoder(&b)
	if err := e.EncodeElement(value, xml.StartElement{Name: xml.Name{Local: name}}); err != nil {
		l.err = err
	}
	l.buf = append(l.buf, b.Bytes()...)
}
