package wire

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"net/url"
	"strings"
	"time"

	"github.com/ownlake/ownlake/lake"
)

// BlobList is the body of List Blobs.
type BlobList struct {
	XMLName         xml.Name  `xml:"EnumerationResults"`
	ServiceEndpoint string    `xml:"ServiceEndpoint,attr"`
	ContainerName   string    `xml:"ContainerName,attr"`
	Prefix          string    `xml:"Prefix,omitempty"`
	Marker          string    `xml:"Marker,omitempty"`
	MaxResults      int       `xml:"MaxResults,omitempty"`
	Delimiter       string    `xml:"Delimiter,omitempty"`
	Blobs           BlobItems `xml:"Blobs"`
	NextMarker      string    `xml:"NextMarker"`
}

// BlobItems holds [BlobItem] and [BlobPrefix] values in the order of their names.
type BlobItems struct{ Items []any }

// MarshalXML writes the items one after another.
func (b BlobItems) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, item := range b.Items {
		if err := e.Encode(item); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// BlobItem is one blob of List Blobs.
type BlobItem struct {
	XMLName    xml.Name       `xml:"Blob"`
	Name       XMLName        `xml:"Name"`
	DeletionID string         `xml:"DeletionId,omitempty"`
	Deleted    bool           `xml:"Deleted,omitempty"`
	Snapshot   string         `xml:"Snapshot,omitempty"`
	Properties BlobProperties `xml:"Properties"`
	Metadata   *XMLMetadata   `xml:"Metadata,omitempty"`
	Tags       *TagSet        `xml:"Tags>TagSet,omitempty"`
}

// BlobPrefix stands for a directory where List Blobs is asked for one level.
type BlobPrefix struct {
	XMLName    xml.Name        `xml:"BlobPrefix"`
	Name       XMLName         `xml:"Name"`
	Properties *BlobProperties `xml:"Properties,omitempty"`
}

// BlobProperties are the properties of one blob. The ETag is unquoted, other than in headers.
type BlobProperties struct {
	CreationTime         string  `xml:"Creation-Time,omitempty"`
	LastModified         string  `xml:"Last-Modified,omitempty"`
	ETag                 string  `xml:"Etag,omitempty"`
	ResourceType         string  `xml:"ResourceType,omitempty"`
	Owner                string  `xml:"Owner,omitempty"`
	Group                string  `xml:"Group,omitempty"`
	Permissions          string  `xml:"Permissions,omitempty"`
	ACL                  string  `xml:"Acl,omitempty"`
	ContentLength        int64   `xml:"Content-Length"`
	ContentType          string  `xml:"Content-Type"`
	ContentEncoding      string  `xml:"Content-Encoding"`
	ContentLanguage      string  `xml:"Content-Language"`
	ContentCRC64         *string `xml:"Content-CRC64"`
	ContentMD5           string  `xml:"Content-MD5"`
	CacheControl         string  `xml:"Cache-Control"`
	ContentDisposition   string  `xml:"Content-Disposition"`
	BlobType             string  `xml:"BlobType"`
	AccessTier           string  `xml:"AccessTier,omitempty"`
	AccessTierInferred   bool    `xml:"AccessTierInferred,omitempty"`
	AccessTierChangeTime string  `xml:"AccessTierChangeTime,omitempty"`
	CopyID               string  `xml:"CopyId,omitempty"`
	CopyStatus           string  `xml:"CopyStatus,omitempty"`
	CopySource           string  `xml:"CopySource,omitempty"`
	CopyProgress         string  `xml:"CopyProgress,omitempty"`
	CopyCompletionTime   string  `xml:"CopyCompletionTime,omitempty"`
	ExpiryTime           string  `xml:"Expiry-Time,omitempty"`
	Sealed               bool    `xml:"Sealed,omitempty"`
	TagCount             int     `xml:"TagCount,omitempty"`
	LeaseStatus          string  `xml:"LeaseStatus,omitempty"`
	LeaseState           string  `xml:"LeaseState,omitempty"`
	LeaseDuration        string  `xml:"LeaseDuration,omitempty"`
	ServerEncrypted      bool    `xml:"ServerEncrypted"`
	EncryptionScope      string  `xml:"EncryptionScope,omitempty"`
	DeletedTime          string  `xml:"DeletedTime,omitempty"`
	RemainingDays        *int    `xml:"RemainingRetentionDays"`
}

// NewBlobProperties describes a path for List Blobs, with owner, group and permissions, and with the copy that
// made it, if they were asked for.
func NewBlobProperties(p lake.Properties, permissions, copies bool) BlobProperties {
	b := BlobProperties{
		CreationTime: FormatDate(p.CreatedOn), LastModified: FormatDate(p.LastModified), ETag: string(p.ETag),
		ResourceType: ResourceType(p), ContentLength: p.Size, ContentType: contentType(p), ContentEncoding: p.Headers.ContentEncoding,
		ContentLanguage: p.Headers.ContentLanguage, ContentMD5: base64.StdEncoding.EncodeToString(p.Headers.ContentMD5),
		CacheControl: p.Headers.CacheControl, ContentDisposition: p.Headers.ContentDisposition,
		ServerEncrypted: false,
	}
	b.LeaseState, b.LeaseStatus, b.LeaseDuration = leaseText(p.Lease)
	b.setDetails(p.Details, copies)
	if permissions {
		b.Owner, b.Group, b.Permissions = string(p.Owner), string(p.Group), p.Permissions
	}
	return b
}

// SetDeleted says of an item that it was deleted. The service shows no lease of such a one, when it is gone for good as its
// expiry, and of the days that it is kept those that are left whole.
func (b *BlobItem) SetDeleted(d lake.Deletion, now time.Time) {
	b.DeletionID, b.Deleted = string(d.ID), true
	p := &b.Properties
	p.LeaseStatus, p.LeaseState, p.LeaseDuration = "", "", ""
	p.ExpiryTime, p.DeletedTime = FormatDate(d.Until), FormatDate(d.On)
	days := int(d.Until.Sub(now) / day)
	p.RemainingDays = &days
}

const day = 24 * time.Hour

// NewUncommittedBlobProperties describes a blob of which there are only uncommitted blocks: it has no version yet and
// no content.
func NewUncommittedBlobProperties() BlobProperties {
	return BlobProperties{BlobType: string(lake.BlockBlob), AccessTier: "Hot", AccessTierInferred: true, LeaseStatus: "unlocked", LeaseState: "available"}
}

// ResourceType is "file" or "directory".
func ResourceType(p lake.Properties) string {
	if p.IsDirectory {
		return "directory"
	}
	return "file"
}

// contentType is the content's type, which the service fills in where the writer gave none.
func contentType(p lake.Properties) string {
	if p.Headers.ContentType == "" && !p.IsDirectory {
		return "application/octet-stream"
	}
	return p.Headers.ContentType
}

// XMLName is a name that may hold characters XML cannot; those are percent-encoded and marked.
type XMLName string

// MarshalXML writes the name, encoded where it must be.
func (n XMLName) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	s := string(n)
	if strings.ContainsFunc(s, func(r rune) bool { return r == 0xFFFE || r == 0xFFFF }) {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "Encoded"}, Value: "true"})
		s = url.PathEscape(s)
	}
	return e.EncodeElement(s, start)
}

// XMLMetadata is metadata as elements named after it.
type XMLMetadata lake.Metadata

// MarshalXML writes one element for each name, in the order of names.
func (m XMLMetadata) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, name := range sortedNames(lake.Metadata(m)) {
		if !xmlElementName(name) {
			continue // a name that only a header can carry
		}
		if err := e.EncodeElement(m[name], xml.StartElement{Name: xml.Name{Local: name}}); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

func xmlElementName(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		ok := c >= 'a' && c <= 'z' || s[i] == '_' || i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '-' || s[i] == '.')
		if !ok {
			return false
		}
	}
	return s != ""
}

// ContainerList is the body of List Containers.
type ContainerList struct {
	XMLName         xml.Name        `xml:"EnumerationResults"`
	ServiceEndpoint string          `xml:"ServiceEndpoint,attr"`
	Prefix          string          `xml:"Prefix,omitempty"`
	Marker          string          `xml:"Marker,omitempty"`
	MaxResults      int             `xml:"MaxResults,omitempty"`
	Containers      []ContainerItem `xml:"Containers>Container"`
	NextMarker      string          `xml:"NextMarker"`
}

// ContainerItem is one container of List Containers.
type ContainerItem struct {
	Name       string              `xml:"Name"`
	Deleted    bool                `xml:"Deleted,omitempty"`
	Version    string              `xml:"Version,omitempty"` // of a deleted one
	Properties ContainerProperties `xml:"Properties"`
	Metadata   *XMLMetadata        `xml:"Metadata,omitempty"`
}

// ContainerProperties are the properties of one container. Its ETag is quoted, other than a blob's.
type ContainerProperties struct {
	LastModified          string `xml:"Last-Modified"`
	ETag                  string `xml:"Etag"`
	LeaseStatus           string `xml:"LeaseStatus"`
	LeaseState            string `xml:"LeaseState"`
	PublicAccess          string `xml:"PublicAccess,omitempty"`
	LeaseDuration         string `xml:"LeaseDuration,omitempty"`
	HasImmutabilityPolicy bool   `xml:"HasImmutabilityPolicy"`
	HasLegalHold          bool   `xml:"HasLegalHold"`
	DefaultScope          string `xml:"DefaultEncryptionScope"`
	DenyScopeOverride     bool   `xml:"DenyEncryptionScopeOverride"`
	DeletedTime           string `xml:"DeletedTime,omitempty"`
	RemainingDays         *int   `xml:"RemainingRetentionDays"`
}

// NewContainerItem describes a filesystem for List Containers. Of the days that a deleted one is kept the service counts the
// one that has begun.
func NewContainerItem(p lake.FilesystemProperties, metadata bool, now time.Time) ContainerItem {
	item := ContainerItem{Name: string(p.Name), Properties: ContainerProperties{
		LastModified: FormatDate(p.LastModified), ETag: FormatETag(p.ETag),
		PublicAccess: string(p.PublicAccess),
		DefaultScope: string(cmp.Or(p.Encryption.Default, lake.AccountEncryption)), DenyScopeOverride: p.Encryption.DenyOverride,
	}}
	c := &item.Properties
	c.LeaseState, c.LeaseStatus, c.LeaseDuration = leaseText(p.Lease)
	if d := p.Deleted; d != nil {
		item.Deleted, item.Version = true, ContainerVersion(d.ID)
		c.LeaseState, c.DeletedTime = "expired", FormatDate(d.On)
		days := int((d.Until.Sub(now) + day - 1) / day)
		c.RemainingDays = &days
	}
	if metadata && len(p.Metadata) > 0 {
		m := XMLMetadata(p.Metadata)
		item.Metadata = &m
	}
	return item
}

// BlockListing is the body of Get Block List.
type BlockListing struct {
	XMLName     xml.Name     `xml:"BlockList"`
	Committed   *BlockHolder `xml:"CommittedBlocks"`
	Uncommitted *BlockHolder `xml:"UncommittedBlocks"`
}

// BlockHolder holds the blocks of one kind.
type BlockHolder struct {
	Blocks []BlockItem `xml:"Block"`
}

// BlockItem is one block; its name is base64.
type BlockItem struct {
	Name string `xml:"Name"`
	Size int64  `xml:"Size"`
}

// NewBlockHolder describes blocks for Get Block List.
func NewBlockHolder(blocks []lake.Block) *BlockHolder {
	h := &BlockHolder{Blocks: make([]BlockItem, len(blocks))}
	for i, b := range blocks {
		h.Blocks[i] = BlockItem{Name: base64.StdEncoding.EncodeToString([]byte(b.ID)), Size: b.Size}
	}
	return h
}
