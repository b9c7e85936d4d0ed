package directory

import (
	"crypto/rand"
	"crypto/x509"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

// CreateApplication adds an app registration. Its ids are made where it has none. An application id that is taken is
// Exists.
func (d *Directory) CreateApplication(a Application) (Application, error) {
	const op errs.Op = "directory.CreateApplication"
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	if a.ID, err = d.freshID(a.ID); err != nil {
		return Application{}, errs.E(op, err)
	}
	if a.AppID, err = d.freshAppID(a.AppID); err != nil {
		return Application{}, errs.E(op, err)
	}
	a.Created, a.Credentials = d.now(), Credentials{}
	if err := d.saveApplication(a); err != nil {
		return Application{}, errs.E(op, err)
	}
	return a.clone(), nil
}

func (d *Directory) freshAppID(appID string) (string, error) {
	if appID == "" {
		return uuid.NewString(), nil
	}
	id, err := ParseID(appID)
	if err != nil {
		return "", err
	}
	_, app := d.appByAppID[string(id)]
	_, principal := d.spByAppID[string(id)]
	if app || principal {
		return "", errs.E(errs.Exists, errs.Item(id), "an application has this application id already")
	}
	return string(id), nil
}

func (d *Directory) saveApplication(a Application) error {
	if err := d.checkApplication(a); err != nil {
		return err
	}
	a = a.clone()
	if err := d.store.Commit(state.Change{Key: appKey + string(a.ID), Value: a}); err != nil {
		return err
	}
	d.putApplication(a)
	return nil
}

func (d *Directory) checkApplication(a Application) error {
	if err := checkDisplayName(a.DisplayName); err != nil {
		return err
	}
	for _, uri := range a.RedirectURIs {
		if u, err := url.Parse(uri); err != nil || u.Fragment != "" || !isRedirect(u) {
			return errs.E(errs.Invalid, errs.Item(uri), "not a redirect URI",
				errs.Hint("use https, or http to localhost, without a fragment"))
		}
	}
	for _, uri := range a.IdentifierURIs {
		if u, err := url.Parse(uri); err != nil || u.Scheme == "" || u.Fragment != "" {
			return errs.E(errs.Invalid, errs.Item(uri), "not an identifier URI", errs.Hint("use api://"+a.AppID))
		}
		for _, other := range d.applications {
			if other.ID != a.ID && slices.Contains(other.IdentifierURIs, uri) {
				return errs.E(errs.Exists, errs.Item(uri), "another application has this identifier URI")
			}
		}
	}
	if a.TokenVersion < 0 || a.TokenVersion > 2 {
		return errs.E(errs.Invalid, errs.Item(a.DisplayName), "tokens have version 1 or 2")
	}
	return nil
}

func isRedirect(u *url.URL) bool {
	host := u.Hostname()
	return u.Scheme == "https" && host != "" || u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host == "::1")
}

// Application finds a registration by object id or application id. It is NotFound where there is none.
func (d *Directory) Application(id string) (Application, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	a, err := d.application(id)
	return a.clone(), errs.Wrap("directory.Application", err)
}

func (d *Directory) application(id string) (Application, error) {
	key := fold(id)
	object, ok := d.appByAppID[key]
	if !ok {
		object = access.ObjectID(key)
	}
	a, ok := d.applications[object]
	if !ok {
		return Application{}, errs.E(errs.NotFound, errs.Item(id), "no such app registration", errs.Hint("use its application (client) id or object id"))
	}
	return a, nil
}

// Applications returns all registrations in the order of their object ids.
func (d *Directory) Applications() []Application {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := sorted(d.applications)
	for i := range list {
		list[i] = list[i].clone()
	}
	return list
}

// UpdateApplication changes a registration. Its ids, its date and its credentials stay as they are.
func (d *Directory) UpdateApplication(id string, change func(*Application)) (Application, error) {
	const op errs.Op = "directory.UpdateApplication"
	d.mu.Lock()
	defer d.mu.Unlock()
	old, err := d.application(id)
	if err != nil {
		return Application{}, errs.E(op, err)
	}
	a := old.clone()
	change(&a)
	a.ID, a.AppID, a.Created, a.Credentials = old.ID, old.AppID, old.Created, old.Credentials
	if err := d.saveApplication(a); err != nil {
		return Application{}, errs.E(op, err)
	}
	return a, nil
}

// CreateServicePrincipal adds the service principal of an application that is registered here. It is NotFound where no
// application has the id, and Exists where there is a service principal.
func (d *Directory) CreateServicePrincipal(appID string) (ServicePrincipal, error) {
	const op errs.Op = "directory.CreateServicePrincipal"
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.spByAppID[fold(appID)]; ok {
		return ServicePrincipal{}, errs.E(op, errs.Exists, errs.Item(appID), "the application has a service principal already",
			errs.Hint("its object id is "+string(id)))
	}
	a, err := d.application(appID)
	if err != nil {
		return ServicePrincipal{}, errs.E(op, err)
	}
	s := ServicePrincipal{
		ID: newID(), AppID: a.AppID, DisplayName: a.DisplayName, Enabled: true, Created: d.now(), PublicClient: a.PublicClient,
		Names: append([]string{a.AppID}, a.IdentifierURIs...),
	}
	if err := d.savePrincipal(s); err != nil {
		return ServicePrincipal{}, errs.E(op, err)
	}
	return s.clone(), nil
}

func (d *Directory) savePrincipal(s ServicePrincipal) error {
	if err := checkRoles(s.Roles); err != nil {
		return err
	}
	s = s.clone()
	if err := d.store.Commit(state.Change{Key: principalKey + string(s.ID), Value: s}); err != nil {
		return err
	}
	d.putPrincipal(s)
	return nil
}

// ServicePrincipal finds a service principal by object id or application id. It is NotFound where there is none.
func (d *Directory) ServicePrincipal(id string) (ServicePrincipal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	s, err := d.principal(id)
	return s.clone(), errs.Wrap("directory.ServicePrincipal", err)
}

func (d *Directory) principal(id string) (ServicePrincipal, error) {
	key := fold(id)
	object, ok := d.spByAppID[key]
	if !ok {
		object = access.ObjectID(key)
	}
	s, ok := d.principals[object]
	if !ok {
		return ServicePrincipal{}, errs.E(errs.NotFound, errs.Item(id), "no such service principal",
			errs.Hint("use the application id or the service principal's object id"))
	}
	return s, nil
}

// ServicePrincipals returns all service principals in the order of their object ids.
func (d *Directory) ServicePrincipals() []ServicePrincipal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := sorted(d.principals)
	for i := range list {
		list[i] = list[i].clone()
	}
	return list
}

// UpdateServicePrincipal changes a service principal. Its ids, its date and its credentials stay as they are.
func (d *Directory) UpdateServicePrincipal(id string, change func(*ServicePrincipal)) (ServicePrincipal, error) {
	const op errs.Op = "directory.UpdateServicePrincipal"
	d.mu.Lock()
	defer d.mu.Unlock()
	old, err := d.principal(id)
	if err != nil {
		return ServicePrincipal{}, errs.E(op, err)
	}
	s := old.clone()
	change(&s)
	s.ID, s.AppID, s.Created, s.Credentials, s.WellKnown = old.ID, old.AppID, old.Created, old.Credentials, old.WellKnown
	if err := d.savePrincipal(s); err != nil {
		return ServicePrincipal{}, errs.E(op, err)
	}
	return s, nil
}

// secretLife is how long a secret is good for where nobody says.
const secretLife = 2 * 365 * 24 * time.Hour

// AddSecret makes a client secret for an application or a service principal and returns its text, which nobody can
// read again. A zero end means two years.
func (d *Directory) AddSecret(id access.ObjectID, name string, end time.Time) (Secret, string, error) {
	const op errs.Op = "directory.AddSecret"
	text := rand.Text() + "~" + rand.Text()
	now := d.now()
	if end.IsZero() {
		end = now.Add(secretLife)
	}
	s := Secret{KeyID: uuid.NewString(), DisplayName: name, Hint: text[:3], Hash: d.hash.hash(text), Start: now, End: end.UTC()}
	err := d.changeCredentials(id, func(c *Credentials) error {
		c.Secrets = append(c.Secrets, s)
		return nil
	})
	if err != nil {
		return Secret{}, "", errs.E(op, err)
	}
	return s, text, nil
}

// AddCertificate lets an application or a service principal prove itself by a certificate, in DER. One that is not a
// certificate is Invalid.
func (d *Directory) AddCertificate(id access.ObjectID, name string, der []byte) (Certificate, error) {
	const op errs.Op = "directory.AddCertificate"
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Certificate{}, errs.E(op, errs.Invalid, "not a certificate", errs.Hint("give an X.509 certificate without its key"), err)
	}
	c := Certificate{KeyID: uuid.NewString(), DisplayName: name, DER: der, Start: cert.NotBefore.UTC(), End: cert.NotAfter.UTC()}
	err = d.changeCredentials(id, func(all *Credentials) error {
		all.Certificates = append(all.Certificates, c)
		return nil
	})
	return c, errs.Wrap(op, err)
}

// RemoveCredential removes a secret or certificate by its key id. It is NotFound where there is none.
func (d *Directory) RemoveCredential(id access.ObjectID, keyID string) error {
	return errs.Wrap("directory.RemoveCredential", d.changeCredentials(id, func(c *Credentials) error {
		before := len(c.Secrets) + len(c.Certificates)
		c.Secrets = slices.DeleteFunc(c.Secrets, func(s Secret) bool { return s.KeyID == fold(keyID) })
		c.Certificates = slices.DeleteFunc(c.Certificates, func(s Certificate) bool { return s.KeyID == fold(keyID) })
		if len(c.Secrets)+len(c.Certificates) == before {
			return errs.E(errs.NotFound, errs.Item(keyID), "no such credential", errs.Hint("list the credentials for their key ids"))
		}
		return nil
	}))
}

func (d *Directory) changeCredentials(id access.ObjectID, change func(*Credentials) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.object(id)
	if err != nil {
		return err
	}
	switch v := o.(type) {
	case Application:
		if err := change(&v.Credentials); err != nil {
			return err
		}
		return d.saveApplication(v)
	case ServicePrincipal:
		if err := change(&v.Credentials); err != nil {
			return err
		}
		return d.savePrincipal(v)
	}
	return errs.E(errs.Invalid, errs.Item(id), "only applications and service principals have credentials")
}

// CheckSecret reports whether the text is a secret, good now, of any of the credentials. An expired one is
// Unauthorized with a message of its own, as Entra tells it apart.
func (d *Directory) CheckSecret(text string, of ...Credentials) error {
	const op errs.Op = "directory.CheckSecret"
	expired, known := false, false
	now := d.clock()
	for _, c := range of {
		for _, s := range c.Secrets {
			// The hint is no secret, and spares the work for most of the others.
			if len(text) < len(s.Hint) || text[:len(s.Hint)] != s.Hint || !d.hash.matches(s.Hash, text) {
				continue
			}
			known, expired = true, expired || !s.Good(now)
			if s.Good(now) {
				return nil
			}
		}
	}
	if expired {
		return errs.E(op, errs.Unauthorized, CodeExpired, "the client secret has expired", errs.Hint("make a new one"))
	}
	if !known {
		d.hash.matches("", text)
	}
	return errs.E(op, errs.Unauthorized, CodeCredentials, "not a client secret of this application",
		errs.Hint("use the secret's value, not its key id"))
}
