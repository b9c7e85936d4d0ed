package catalog

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"os"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// seal encrypts account keys and other secrets with AES-256-GCM. Each that is sealed is a fresh nonce followed by the ciphertext, bound
// to its account's endpoint: a sealed key moved to another account does not open.
type seal struct{ aead cipher.AEAD }

const sealKeySize = 32

// openSeal reads the key file, making it if there is none.
func openSeal(files privateFiles) (*seal, error) {
	const op errs.Op = "catalog.openSeal"
	item := errs.Item(files.path(keyFile))
	key, err := files.read(keyFile)
	if errors.Is(err, os.ErrNotExist) {
		key = make([]byte, sealKeySize)
		_, _ = rand.Read(key) // crypto/rand does not fail
		err = files.write(keyFile, key)
	}
	if err != nil {
		return nil, errs.E(op, errs.Unavailable, item, err)
	}
	if len(key) != sealKeySize {
		return nil, errs.E(op, errs.Corrupt, item, "the key file does not hold 32 bytes", errs.Hint("restore it from a backup"))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errs.E(op, errs.Internal, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errs.E(op, errs.Internal, err)
	}
	return &seal{aead}, nil
}

func (s *seal) seal(secret insights.Secret, endpoint string) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, errs.E(errs.Op("catalog.seal"), errs.Internal, err)
	}
	return s.aead.Seal(nonce, nonce, []byte(secret.Reveal()), []byte(endpoint)), nil
}

func (s *seal) open(sealed []byte, endpoint string) (insights.Secret, error) {
	if len(sealed) < s.aead.NonceSize() {
		return insights.Secret{}, errors.New("the sealed key is too short")
	}
	nonce, text := sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():]
	plain, err := s.aead.Open(nil, nonce, text, []byte(endpoint))
	if err != nil {
		return insights.Secret{}, err
	}
	return insights.NewSecret(string(plain)), nil
}
