package catalog

import (
	"encoding/json"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// sealSecrets seals what a connection's credential takes; one without a secret, such as a managed identity, is sealed all the
// same, so that the file does not tell.
func (s *seal) sealSecrets(conn *connected) error {
	var err error
	if conn.Credential == insights.AccountKey {
		conn.SealedKey, err = s.seal(conn.secrets.Key, conn.Endpoint)
		return err
	}
	text, err := json.Marshal(principalSecrets{
		ClientSecret: conn.secrets.ClientSecret.Reveal(), Certificate: conn.secrets.Certificate.Reveal(),
		CertificatePassword: conn.secrets.CertificatePassword.Reveal(),
	})
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	conn.SealedSecrets, err = s.seal(insights.NewSecret(string(text)), conn.Endpoint)
	return err
}

func (s *seal) openSecrets(conn *connected) (insights.Credentials, error) {
	if conn.Credential == insights.AccountKey {
		key, err := s.open(conn.SealedKey, conn.Endpoint)
		return insights.Credentials{Key: key}, err
	}
	text, err := s.open(conn.SealedSecrets, conn.Endpoint)
	if err != nil {
		return insights.Credentials{}, err
	}
	var secrets principalSecrets
	if err := json.Unmarshal([]byte(text.Reveal()), &secrets); err != nil {
		return insights.Credentials{}, err
	}
	return insights.Credentials{
		ClientSecret: insights.NewSecret(secrets.ClientSecret), Certificate: insights.NewSecret(secrets.Certificate),
		CertificatePassword: insights.NewSecret(secrets.CertificatePassword),
	}, nil
}
