package sas

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

// Values of [Resource].
const (
	resourceBlob      = "b"
	resourceSnapshot  = "bs"
	resourceVersion   = "bv"
	resourceContainer = "c"
	resourceDirectory = "d"
)

// Letters of [Permissions]. Service and user delegation SAS must have them in this order; for account SAS,
// where SDKs differ, any order is taken.
const (
	serviceLetters = "racwdxyltfmeopi"
	accountLetters = "rwdxylacuptfi"
)

// knownFields are all parameters that can be part of a token.
var knownFields = func() map[Field]bool {
	known := map[Field]bool{Signature: true, DirectoryDepth: true, Snapshot: true, VersionID: true}
	for _, lines := range [][]line{accountLines, serviceLines, userDelegationLines} {
		for _, l := range lines {
			known[l.field] = true
		}
	}
	return known
}()

// Present reports whether a query carries a shared access signature. Names count without regard to case.
func Present(q url.Values) bool {
	for name := range q {
		if strings.EqualFold(name, string(Signature)) {
			return true
		}
	}
	return false
}

// ForDelegatedUser reports whether a query carries a signature that is for one user alone, whose bearer token then comes
// with it. It verifies nothing.
func ForDelegatedUser(q url.Values) bool {
	return Present(q) && q.Get(string(DelegatedUserObjectID)) != ""
}

// Parse reads the token in a query and leaves out what its kind and version do not sign. It checks the form
// only; whether the signature is right is for [Verifier.Verify]. The error is Unauthorized with code
// AuthenticationFailed; its text is what the service tells as AuthenticationErrorDetail.
func Parse(q url.Values) (Token, error) {
	t := Token{}
	for name, values := range q {
		f := Field(strings.ToLower(name))
		if !knownFields[f] {
			continue
		}
		if _, twice := t[f]; twice || len(values) != 1 {
			return nil, failed(string(f) + " occurs more than once")
		}
		t[f] = values[0]
	}
	// A plus that a client left unescaped has become a space, which base64 does not have.
	t[Signature] = strings.ReplaceAll(t[Signature], " ", "+")
	t = t.signedOnly()
	if err := t.wellFormed(); err != nil {
		return nil, err
	}
	if mac, err := base64.StdEncoding.DecodeString(t[Signature]); err != nil || len(mac) != macSize {
		return nil, failed("Signature fields not well formed: sig is not an HMAC-SHA256 in base64.")
	}
	return t, nil
}

// signedOnly returns the token without empty fields and without those that its version does not sign. The kind of
// resource and the depth stay: a false one leads to another resource and so to another signature.
func (t Token) signedOnly() Token {
	keep := append(t.lines(), Signature)
	if t.Kind() != Account {
		keep = append(keep, Resource)
		switch t[Resource] {
		case resourceSnapshot:
			keep = append(keep, Snapshot)
		case resourceVersion:
			keep = append(keep, VersionID)
		case resourceDirectory:
			keep = append(keep, DirectoryDepth)
		}
	}
	out := Token{}
	for f, v := range t {
		if v != "" && slices.Contains(keep, f) {
			out[f] = v
		}
	}
	return out
}

// wellFormed checks every field but the signature.
func (t Token) wellFormed() error {
	for f, v := range t {
		// A line end inside a field would let it pose as the next one.
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return malformed(f, "it holds a control character")
		}
	}
	if t[Version] == "" {
		return mandatory(Version)
	}
	if _, err := time.Parse(time.DateOnly, t[Version]); err != nil {
		return malformed(Version, "it is not a version such as 2026-04-06")
	}
	kind := t.Kind()
	if t[Version] < oldest[kind] {
		return malformed(Version, kind.String()+" needs "+oldest[kind]+" or later")
	}
	if err := t.checkCommon(); err != nil {
		return err
	}
	switch kind {
	case Account:
		return t.checkAccount()
	case UserDelegation:
		return t.checkUserDelegation()
	case Service:
	}
	return t.checkService()
}

func (t Token) checkCommon() error {
	for _, f := range []Field{Start, Expiry, KeyStart, KeyExpiry} {
		if _, err := parseTime(t[f]); err != nil {
			return malformed(f, "it is not a time in UTC such as 2026-01-31T12:00:00Z")
		}
	}
	if p := t[Protocol]; p != "" && p != "https" && p != "https,http" {
		return malformed(Protocol, "it is neither https nor https,http")
	}
	if _, _, err := parseRange(t[IPRange]); t[IPRange] != "" && err != nil {
		return malformed(IPRange, "it is neither an IP address nor two with a hyphen between them")
	}
	return nil
}

func (t Token) checkAccount() error {
	for _, f := range []Field{Permissions, Expiry, Services, ResourceTypes} {
		if t[f] == "" {
			return mandatory(f)
		}
	}
	if !isSet(t[Permissions], accountLetters) {
		return malformed(Permissions, "it has letters other than "+accountLetters+", or one twice")
	}
	if !isSet(t[Services], "bqtf") {
		return malformed(Services, "it has letters other than bqtf, or one twice")
	}
	if !isSet(t[ResourceTypes], "sco") {
		return malformed(ResourceTypes, "it has letters other than sco, or one twice")
	}
	return nil
}

func (t Token) checkService() error {
	if err := t.checkResource(); err != nil {
		return err
	}
	if t[Identifier] == "" {
		if err := t.checkMandatory(Permissions, Expiry); err != nil {
			return err
		}
	}
	if len(t[Identifier]) > 64 {
		return malformed(Identifier, "it is longer than 64 characters")
	}
	return t.checkOrder()
}

func (t Token) checkUserDelegation() error {
	if err := t.checkResource(); err != nil {
		return err
	}
	if err := t.checkMandatory(Permissions, Expiry, KeyTenantID, KeyExpiry, KeyService, KeyVersion); err != nil {
		return err
	}
	if t[KeyService] != "b" {
		return malformed(KeyService, "the key is not one of the blob service")
	}
	if t[AuthorizedObjectID] != "" && t[UnauthorizedObjectID] != "" {
		return malformed(UnauthorizedObjectID, "it excludes "+string(AuthorizedObjectID))
	}
	for _, f := range []Field{RequestHeaders, RequestQuery} {
		for name := range eachName(t[f]) {
			if name == "" || strings.Contains(name, ":") {
				return malformed(f, "it is not a list of names with commas between them")
			}
		}
	}
	return t.checkOrder()
}

func (t Token) checkMandatory(fields ...Field) error {
	for _, f := range fields {
		if t[f] == "" {
			return mandatory(f)
		}
	}
	return nil
}

func (t Token) checkOrder() error {
	if !isOrdered(t[Permissions], serviceLetters) {
		return malformed(Permissions, "its letters are not some of "+serviceLetters+" in this order")
	}
	return nil
}

func (t Token) checkResource() error {
	switch t[Resource] {
	case "":
		return mandatory(Resource)
	case resourceBlob, resourceContainer:
		return nil
	case resourceSnapshot, resourceVersion:
		if t.timestamp() == "" {
			return malformed(Resource, "the request names no snapshot or version")
		}
		if t[Version] < since20181109 {
			return malformed(Resource, "snapshots and versions need "+since20181109+" or later")
		}
		return nil
	case resourceDirectory:
		if t[Version] < since20200210 {
			return malformed(Resource, "a directory needs "+since20200210+" or later")
		}
		if t.depth() < 0 {
			return malformed(DirectoryDepth, "a directory needs its depth, a number from 0")
		}
		return nil
	}
	return malformed(Resource, "it is none of b, bs, bv, c, d")
}

// depth returns the directory's depth, or -1 where there is none.
func (t Token) depth() int {
	n, err := strconv.ParseUint(t[DirectoryDepth], 10, 16)
	if err != nil {
		return -1
	}
	return int(n)
}

func isSet(letters, of string) bool {
	for i, l := range letters {
		if !strings.ContainsRune(of, l) || strings.ContainsRune(letters[:i], l) {
			return false
		}
	}
	return true
}

func isOrdered(letters, of string) bool {
	for _, l := range letters {
		i := strings.IndexRune(of, l)
		if i < 0 {
			return false
		}
		of = of[i+1:]
	}
	return true
}

// parseTime reads a time of one of the ISO 8601 forms that the service takes. Fractions of a second may follow. No
// text is the zero time.
func parseTime(s string) (t time.Time, err error) {
	if s == "" {
		return t, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err = time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return t, err
}

// parseRange reads an address or an inclusive range of addresses.
func parseRange(s string) (first, last netip.Addr, err error) {
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	if first, err = netip.ParseAddr(from); err != nil {
		return first, last, err
	}
	if last, err = netip.ParseAddr(to); err != nil {
		return first, last, err
	}
	first, last = first.Unmap(), last.Unmap()
	if first.Is4() != last.Is4() || last.Less(first) {
		return first, last, errors.New("the range is empty")
	}
	return first, last, nil
}

func mandatory(f Field) error {
	return failed(string(f) + " is mandatory. Cannot be empty")
}

func malformed(f Field, problem string) error {
	return failed("Signature fields not well formed: " + string(f) + ": " + problem + ".")
}

func failed(detail string) error {
	return errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, detail)
}
