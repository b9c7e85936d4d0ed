// Package localca is a certificate authority for one machine: a root certificate that lies in a folder and is
// made on first use, and server certificates signed by it, which are made in memory and renewed by themselves.
//
// Clients that trust the root ([CA.PEM]) can speak HTTPS to a server on this machine under any of the names it
// asks for. The root may sign for nothing else than servers and is good for ten years; its key never leaves
// the folder.
package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
)

const (
	rootFile = "ca.pem"
	keyFile  = "ca.key"

	rootLife = 10 * 365 * 24 * time.Hour
	leafLife = 90 * 24 * time.Hour
	// renewBefore its end a certificate is replaced.
	renewBefore = 30 * 24 * time.Hour
	// backdate lets clients whose clock is behind accept a certificate.
	backdate = time.Hour
)

// CA is a certificate authority. It is safe for concurrent use.
type CA struct {
	clock func() time.Time
	pem   []byte
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
}

// Open reads the authority in a folder, or makes it where there is none; the folder is made, too. The key can
// be read by its owner only. A root that has expired or is about to is replaced, and clients then have to trust
// the new one. Errors are Unavailable where the folder cannot be used and Corrupt where the files in it are
// not an authority.
func Open(dir string, clock func() time.Time) (*CA, error) {
	const op errs.Op = "localca.Open"
	ca := &CA{clock: clock}
	err := ca.load(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && clock().Add(renewBefore).After(ca.cert.NotAfter) {
		err = ca.create(dir)
	}
	if err != nil {
		return nil, errs.E(op, errs.Item(dir), err)
	}
	return ca, nil
}

func (ca *CA) load(dir string) error {
	certPEM, err := os.ReadFile(filepath.Join(dir, rootFile)) //nolint:gosec // G304: the folder is the operator's
	if err != nil {
		return errs.E(errs.Unavailable, err)
	}
	keyPEM, err := os.ReadFile(filepath.Join(dir, keyFile)) //nolint:gosec // G304: the folder is the operator's
	if err != nil {
		return errs.E(errs.Unavailable, err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return errs.E(errs.Corrupt, errs.Hint("remove ca.pem and ca.key to have new ones made"), err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return errs.E(errs.Corrupt, "ca.key is not an ECDSA key", errs.Hint("remove ca.pem and ca.key to have new ones made"))
	}
	ca.pem, ca.cert, ca.key = certPEM, pair.Leaf, key
	return nil
}

// create makes a root. The key is written before the certificate: a folder with half of them is one without.
func (ca *CA) create(dir string) error {
	now := ca.clock()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "ownlake local CA", Organization: []string{"ownlake"}},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(rootLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	ca.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	if err := replaceFile(filepath.Join(dir, keyFile), keyPEM); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	if err := replaceFile(filepath.Join(dir, rootFile), ca.pem); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	ca.key = key
	ca.cert, err = x509.ParseCertificate(der)
	return err
}

// replaceFile writes a file that its owner only can read, whole or not at all.
func replaceFile(path string, data []byte) error {
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // a leftover may have other permissions
	}
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// PEM returns the root certificate for clients to trust.
func (ca *CA) PEM() []byte { return ca.pem }

// Pool returns a pool with the root as its only certificate.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return pool
}

// TLSConfig returns a server's configuration for the names and addresses given, for HTTP/1.1. The certificate
// is made on the first handshake and renewed when it nears its end.
func (ca *CA) TLSConfig(names []string) *tls.Config {
	leaf := &leaf{ca: ca, names: names}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return leaf.get() },
	}
}

// leaf is a server certificate that renews itself.
type leaf struct {
	ca    *CA
	names []string

	mu   sync.Mutex
	cert *tls.Certificate
}

func (l *leaf) get() (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cert != nil && l.ca.clock().Add(renewBefore).Before(l.cert.Leaf.NotAfter) {
		return l.cert, nil
	}
	cert, err := l.ca.issue(l.names)
	if err != nil {
		return nil, err
	}
	l.cert = cert
	return cert, nil
}

func (ca *CA) issue(names []string) (*tls.Certificate, error) {
	const op errs.Op = "localca.issue"
	now := ca.clock()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "ownlake"},
		NotBefore: now.Add(-backdate), NotAfter: earlier(now.Add(leafLife), ca.cert.NotAfter),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, errs.E(op, errs.Internal, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	if err != nil {
		return nil, errs.E(op, errs.Internal, err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errs.E(op, errs.Internal, err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, ca.cert.Raw}, PrivateKey: key, Leaf: parsed}, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// serial returns a random serial number of 127 bits.
func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}
