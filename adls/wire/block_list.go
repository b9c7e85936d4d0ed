package wire

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// MaxBlocks is the service's limit on the blocks of a blob.
const MaxBlocks = 50_000

var blockSources = map[string]lake.BlockSource{
	"Latest": lake.Latest, "Committed": lake.Committed, "Uncommitted": lake.Uncommitted,
}

// ParseBlockList reads the body of Put Block List: elements Latest, Committed and Uncommitted in any order,
// each a block id. It stops at [MaxBlocks], so that its work is bounded whatever is sent.
func ParseBlockList(r io.Reader) ([]lake.BlockRef, error) {
	d := xml.NewDecoder(r)
	root, err := nextElement(d)
	if err != nil || root == nil || root.Name.Local != "BlockList" {
		return nil, badBlockList("the document does not begin with BlockList", err)
	}
	var refs []lake.BlockRef
	for {
		start, err := nextElement(d)
		if err != nil {
			return nil, badBlockList("the document is broken", err)
		}
		if start == nil {
			return refs, drained(d)
		}
		if len(refs) == MaxBlocks {
			return nil, errs.E(errs.Invalid, CodeBlockListTooLong, "more than 50,000 blocks")
		}
		ref, err := parseBlockRef(d, *start)
		if err != nil {
			return nil, err
		}
		refs = append(refs, ref)
	}
}

func parseBlockRef(d *xml.Decoder, start xml.StartElement) (lake.BlockRef, error) {
	source, ok := blockSources[start.Name.Local]
	if !ok {
		return lake.BlockRef{}, badBlockList("unknown element "+quoted(start.Name.Local), nil)
	}
	var text string
	if err := d.DecodeElement(&text, &start); err != nil {
		return lake.BlockRef{}, badBlockList("the document is broken", err)
	}
	id, err := ParseBlockID(strings.TrimSpace(text))
	if err != nil {
		return lake.BlockRef{}, errs.E(errs.Invalid, lake.CodeInvalidBlockList, err)
	}
	return lake.BlockRef{ID: id, Source: source}, nil
}

// nextElement returns the next child's start, or nil at the end of the parent.
func nextElement(d *xml.Decoder) (*xml.StartElement, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil //nolint:nilnil // nil is the end of the list, as documented
		}
	}
}

// drained reads what follows the document, so that checks on the whole body have seen all of it.
func drained(d *xml.Decoder) error {
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badBlockList("the document is followed by something else", err)
		}
	}
}

func badBlockList(msg string, err error) error {
	if errs.CodeOf(err) != "" || errs.KindOf(err) != errs.Other {
		return err // the body could not be read or was not the one announced
	}
	return errs.E(errs.Invalid, CodeInvalidXMLDocument, msg)
}

// ParseBlockID decodes a block id: base64 of 1 to 64 bytes.
func ParseBlockID(s string) (lake.BlockID, error) {
	id, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(id) == 0 || len(id) > 64 {
		return "", BadQuery("blockid", s, "base64 of 1 to 64 bytes")
	}
	return lake.BlockID(id), nil
}
