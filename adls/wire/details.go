package wire

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// setDetailHeaders writes what few files have.
func setDetailHeaders(h http.Header, p lake.Properties) {
	d := p.Details
	if d == nil {
		d = &lake.BlobDetails{}
	}
	Set(h, "x-ms-blob-type", string(d.Type()))
	if d.Append == nil {
		tier, inferred := shownTier(d)
		Set(h, "x-ms-access-tier", tier)
		if inferred {
			Set(h, "x-ms-access-tier-inferred", "true")
		} else {
			Set(h, "x-ms-access-tier-change-time", FormatDate(d.TierChanged))
		}
	} else {
		Set(h, "x-ms-blob-committed-block-count", strconv.Itoa(d.Append.Blocks))
		if d.Append.Sealed {
			Set(h, "x-ms-blob-sealed", "true")
		}
	}
	if len(d.Tags) > 0 {
		Set(h, "x-ms-tag-count", strconv.Itoa(len(d.Tags)))
	}
	if !d.ExpiresOn.IsZero() {
		Set(h, "x-ms-expiry-time", FormatDate(d.ExpiresOn))
	}
	Set(h, "x-ms-encryption-scope", string(d.EncryptionScope))
	if c := d.Copy; c != nil {
		Set(h, "x-ms-copy-id", c.ID)
		Set(h, "x-ms-copy-status", "success")
		Set(h, "x-ms-copy-source", c.Source)
		Set(h, "x-ms-copy-progress", copyProgress(c))
		Set(h, "x-ms-copy-completion-time", FormatDate(c.CompletedOn))
	}
}

func copyProgress(c *lake.Copy) string {
	n := strconv.FormatInt(c.Bytes, 10)
	return n + "/" + n
}

// shownTier is the tier of a block blob, and whether it is the account's.
func shownTier(d *lake.BlobDetails) (tier string, inferred bool) {
	if d == nil || d.Tier == "" {
		return string(lake.Hot), true
	}
	return string(d.Tier), false
}

// ParseTier reads a tier of block blobs, in any case. The error is Invalid.
func ParseTier(s string) (lake.AccessTier, error) {
	for _, t := range []lake.AccessTier{lake.Hot, lake.Cool, lake.Cold, lake.Archive} {
		if strings.EqualFold(s, string(t)) {
			return t, nil
		}
	}
	return "", BadHeader("x-ms-access-tier", s, "Hot, Cool, Cold or Archive")
}

// ParseTags reads the header x-ms-tags: names and values of a query. The error is Invalid.
func ParseTags(s string) (lake.Tags, error) {
	if s == "" {
		return nil, nil
	}
	tags := lake.Tags{}
	for pair := range strings.SplitSeq(s, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, BadHeader("x-ms-tags", s, "names and values that are percent-encoded")
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, BadHeader("x-ms-tags", s, "names and values that are percent-encoded")
		}
		if _, twice := tags[name]; twice {
			return nil, errs.E(errs.Invalid, lake.CodeInvalidTags, errs.Item(name), "the tag is there twice")
		}
		tags[name] = value
	}
	return tags, tags.Validate()
}

// BlobTags is the body of Get and Set Blob Tags.
type BlobTags struct {
	XMLName xml.Name `xml:"Tags"`
	Set     TagSet   `xml:"TagSet"`
}

// TagSet is a list of tags.
type TagSet struct {
	Tags []BlobTag `xml:"Tag"`
}

// BlobTag is one tag.
type BlobTag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

// NewTagSet lists tags in the order of their names.
func NewTagSet(tags lake.Tags) TagSet {
	s := TagSet{}
	for _, name := range sortedNames(lake.Metadata(tags)) {
		s.Tags = append(s.Tags, BlobTag{Key: name, Value: tags[name]})
	}
	return s
}

// Tags are the tags of a body. The error is Invalid.
func (b BlobTags) Tags() (lake.Tags, error) {
	tags := lake.Tags{}
	for _, t := range b.Set.Tags {
		if _, twice := tags[t.Key]; twice {
			return nil, errs.E(errs.Invalid, lake.CodeInvalidTags, errs.Item(t.Key), "the tag is there twice")
		}
		tags[t.Key] = t.Value
	}
	return tags, tags.Validate()
}

// TaggedBlobs is the body of Find Blobs by Tags.
type TaggedBlobs struct {
	XMLName         xml.Name     `xml:"EnumerationResults"`
	ServiceEndpoint string       `xml:"ServiceEndpoint,attr"`
	Where           string       `xml:"Where"`
	Blobs           []TaggedBlob `xml:"Blobs>Blob"`
	NextMarker      string       `xml:"NextMarker"`
}

// TaggedBlob is one blob that Find Blobs by Tags found, with the tags that were asked about.
type TaggedBlob struct {
	Name          XMLName `xml:"Name"`
	ContainerName string  `xml:"ContainerName"`
	Tags          TagSet  `xml:"Tags>TagSet"`
}

// setDetails adds to a listing's entry what few files have.
func (b *BlobProperties) setDetails(d *lake.BlobDetails, copies bool) {
	b.BlobType = string(d.Type())
	b.AccessTier, b.AccessTierInferred = shownTier(d)
	if d == nil {
		return
	}
	if d.Append != nil {
		b.AccessTier, b.AccessTierInferred = "", false
		b.Sealed = d.Append.Sealed
	} else if d.Tier != "" {
		b.AccessTierChangeTime = FormatDate(d.TierChanged)
	}
	if !d.ExpiresOn.IsZero() {
		b.ExpiryTime = FormatDate(d.ExpiresOn)
	}
	b.TagCount, b.EncryptionScope = len(d.Tags), string(d.EncryptionScope)
	if c := d.Copy; c != nil && copies {
		b.CopyID, b.CopyStatus, b.CopySource, b.CopyProgress = c.ID, "success", c.Source, copyProgress(c)
		b.CopyCompletionTime = FormatDate(c.CompletedOn)
	}
}
