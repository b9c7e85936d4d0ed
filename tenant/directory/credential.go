package directory

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// Credentials are what an application or a service principal proves itself by.
type Credentials struct {
	Secrets      []Secret      `json:"secrets,omitempty"`
	Certificates []Certificate `json:"certificates,omitempty"`
}

// Secret is a client secret, of which only a hash is kept.
type Secret struct {
	KeyID       string    `json:"keyId"`
	DisplayName string    `json:"displayName,omitempty"`
	Hint        string    `json:"hint"` // its first characters, so that people can tell secrets apart
	Hash        string    `json:"hash"`
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
}

// Certificate is a certificate whose key signs client assertions.
type Certificate struct {
	KeyID       string    `json:"keyId"`
	DisplayName string    `json:"displayName,omitempty"`
	DER         []byte    `json:"der"`
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
}

// Parse returns the certificate.
func (c Certificate) Parse() (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(c.DER)
	if err != nil {
		return nil, errs.E(errs.Op("directory.Certificate.Parse"), errs.Corrupt, errs.Item(c.KeyID), err)
	}
	return cert, nil
}

// Good reports whether the credential's time has come and is not over.
func (c Certificate) Good(now time.Time) bool { return within(now, c.Start, c.End) }

// Good reports whether the credential's time has come and is not over.
func (s Secret) Good(now time.Time) bool { return within(now, s.Start, s.End) }

func within(now, start, end time.Time) bool { return !now.Before(start) && now.Before(end) }

func (c Credentials) clone() Credentials {
	c.Secrets, c.Certificates = slices.Clone(c.Secrets), slices.Clone(c.Certificates)
	return c
}

// Thumbprint256 is a certificate's SHA-256 thumbprint as client assertions carry it (x5t#S256).
func Thumbprint256(der []byte) string {
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
