package resources

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// Account is a storage account. Names are unique among all subscriptions.
type Account struct {
	Subscription  string            `json:"subscription"`
	ResourceGroup string            `json:"resourceGroup"`
	Name          string            `json:"name"`
	Location      string            `json:"location"`
	Kind          string            `json:"kind"`
	SKU           string            `json:"sku"`
	Tags          map[string]string `json:"tags,omitempty"`
	Created       time.Time         `json:"created"`
	// HierarchicalNamespace is fixed when the account is made.
	HierarchicalNamespace bool `json:"hierarchicalNamespace"`
	Settings
	PrivateEndpoints []PrivateEndpoint `json:"privateEndpoints,omitempty"`
	// Keys are key1 and key2. They are sealed on disk.
	Keys [2]Key `json:"keys"`
	// ConfiguredKey tells the key that the account's server was configured with when it last set one, by its SHA-256; ""
	// is none.
	ConfiguredKey string `json:"configuredKey,omitempty"`
	// Secret is what the lake makes user delegation keys of, which outlive account keys. It is sealed on disk.
	Secret []byte `json:"-"`
}

// Settings are what can be changed of an account.
type Settings struct {
	AccessTier            string       `json:"accessTier,omitempty"`
	MinimumTLSVersion     string       `json:"minimumTlsVersion"`
	PublicNetworkAccess   string       `json:"publicNetworkAccess"` // Enabled or Disabled
	AllowBlobPublicAccess bool         `json:"allowBlobPublicAccess"`
	AllowSharedKeyAccess  bool         `json:"allowSharedKeyAccess"`
	HTTPSOnly             bool         `json:"httpsOnly"`
	DefaultToOAuth        bool         `json:"defaultToOAuth,omitempty"`
	Network               NetworkRules `json:"network"`
}

// DefaultSettings are those of a new account whose maker names none.
func DefaultSettings() Settings {
	return Settings{
		AccessTier: "Hot", MinimumTLSVersion: "TLS1_0", PublicNetworkAccess: "Enabled", AllowSharedKeyAccess: true, HTTPSOnly: true,
		Network: NetworkRules{DefaultAction: Allow, Bypass: "AzureServices"},
	}
}

// PrivateEndpoint is a connection of a private endpoint to an account.
type PrivateEndpoint struct {
	Name        string `json:"name"`
	EndpointID  string `json:"endpointId"` // resource id of the private endpoint
	Status      string `json:"status"`     // Pending, Approved, Rejected
	Description string `json:"description,omitempty"`
}

// Scope is the account's resource id.
func (a Account) Scope() access.Scope {
	return access.Subscription(a.Subscription).ResourceGroup(a.ResourceGroup).Account(a.Name)
}

var accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

// CheckAccountName judges a name for an account: whether it has the right form, and then whether it is free.
func (r *Resources) CheckAccountName(name string) error {
	if err := checkAccountName(name); err != nil {
		return err
	}
	if _, taken := r.view.Load().accounts[name]; taken {
		return alreadyTaken(name)
	}
	return nil
}

func checkAccountName(name string) error {
	if accountName.MatchString(name) {
		return nil
	}
	return invalid(CodeAccountNameInvalid, "", "%s is not a valid storage account name. Storage account name must be between 3 and 24 "+
		"characters in length and use numbers and lower-case letters only.", name)
}

func alreadyTaken(name string) error {
	return errs.E(errs.Conflict, CodeStorageAccountAlreadyTaken, "The storage account named "+name+" is already taken.")
}

// CreateAccount makes an account. One of that name is a Conflict. Keys and the secret are made at random
// where they are not given.
func (r *Resources) CreateAccount(a Account) (Account, error) {
	const op errs.Op = "resources.CreateAccount"
	if err := a.check(); err != nil {
		return a, errs.E(op, err)
	}
	a.Location, _ = ParseLocation(a.Location)
	a.Created = r.options.Clock().UTC()
	for i := range a.Keys {
		if a.Keys[i].Value == nil {
			key, err := r.newKey()
			if err != nil {
				return a, errs.E(op, err)
			}
			a.Keys[i] = key
		}
		if a.Keys[i].Created.IsZero() {
			a.Keys[i].Created = a.Created
		}
	}
	if a.Secret == nil {
		secret, err := r.newKey()
		if err != nil {
			return a, errs.E(op, err)
		}
		a.Secret = secret.Value
	}
	err := r.change(func(t *tx) error {
		g, err := t.group(a.Subscription, a.ResourceGroup)
		if err != nil {
			return err
		}
		a.Subscription, a.ResourceGroup = g.Subscription, g.Name
		if old, taken := t.accounts[a.Name]; taken {
			if old.Subscription == a.Subscription && !strings.EqualFold(old.ResourceGroup, a.ResourceGroup) {
				return errs.E(errs.Conflict, CodeStorageAccountInOtherGroup,
					"The account "+a.Name+" is already in another resource group in this subscription.")
			}
			return alreadyTaken(a.Name)
		}
		r.putAccount(t, a)
		return nil
	})
	return a, errs.Wrap(op, err)
}

// UpdateAccount changes an account by f, which must not keep what it is given. Name, place, location, kind and
// namespace stay as they are.
func (r *Resources) UpdateAccount(subscription, group, name string, f func(*Account) error) (Account, error) {
	const op errs.Op = "resources.UpdateAccount"
	var a Account
	err := r.change(func(t *tx) error {
		old, err := t.account(subscription, group, name)
		if err != nil {
			return err
		}
		a = old.clone()
		if err := f(&a); err != nil {
			return err
		}
		if a.Kind != old.Kind || a.HierarchicalNamespace != old.HierarchicalNamespace || a.Location != old.Location || a.Scope() != old.Scope() {
			return invalid(CodeAccountPropertyNotUpdatable, a.Name,
				"The location, the kind and the hierarchical namespace of an account cannot be changed.")
		}
		if err := a.check(); err != nil {
			return err
		}
		r.putAccount(t, a)
		return nil
	})
	return a, errs.Wrap(op, err)
}

// Account finds an account at its place.
func (r *Resources) Account(subscription, group, name string) (Account, error) {
	a, err := r.view.Load().account(subscription, group, name)
	return a.clone(), err
}

// AccountNamed finds an account wherever it is.
func (r *Resources) AccountNamed(name string) (Account, error) {
	a, ok := r.view.Load().accounts[fold(name)]
	if !ok {
		return a, errs.E(errs.Op("resources.AccountNamed"), errs.NotFound, CodeResourceNotFound, errs.Item(name), "there is no such storage account")
	}
	return a.clone(), nil
}

func (v *view) account(subscription, group, name string) (Account, error) {
	if _, err := v.group(subscription, group); err != nil {
		return Account{}, err
	}
	a, ok := v.accounts[fold(name)]
	if !ok || !strings.EqualFold(a.Subscription, subscription) || !strings.EqualFold(a.ResourceGroup, group) {
		return Account{}, resourceNotFound("Microsoft.Storage/storageAccounts", name, group)
	}
	return a, nil
}

// Accounts lists the accounts of a scope, which is a subscription or a resource group, by name.
func (r *Resources) Accounts(scope access.Scope) []Account {
	var accounts []Account
	for _, a := range r.view.Load().accounts {
		if scope.Contains(a.Scope()) {
			accounts = append(accounts, a.clone())
		}
	}
	slices.SortFunc(accounts, func(a, b Account) int { return strings.Compare(a.Name, b.Name) })
	return accounts
}

// DeleteAccount forgets an account with the role assignments at it. What the lake holds is the caller's to remove
// before.
func (r *Resources) DeleteAccount(subscription, group, name string) error {
	err := r.change(func(t *tx) error {
		a, err := t.account(subscription, group, name)
		if err != nil {
			return err
		}
		t.removeAssignments(a.Scope())
		delete(t.accounts, a.Name)
		t.remove(accountPrefix + a.Name)
		return nil
	})
	return errs.Wrap("resources.DeleteAccount", err)
}

var (
	accountKinds = []string{"StorageV2", "BlockBlobStorage", "BlobStorage", "Storage", "FileStorage"}
	accountSKUs  = []string{
		"Standard_LRS", "Standard_GRS", "Standard_RAGRS", "Standard_ZRS", "Premium_LRS", "Premium_ZRS", "Standard_GZRS", "Standard_RAGZRS",
	}
	accessTiers = []string{"", "Hot", "Cool", "Cold", "Premium"}
	tlsVersions = []string{"TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"}
)

// check judges values that do not depend on what else there is.
func (a Account) check() error {
	if err := checkAccountName(a.Name); err != nil {
		return err
	}
	if _, ok := ParseLocation(a.Location); !ok {
		return invalid(CodeLocationNotValid, a.Name, "The specified location '%s' is not valid.", a.Location)
	}
	if !slices.Contains(accountSKUs, a.SKU) {
		return invalid(CodeInvalidAccountType, a.Name, "The AccountType %s is invalid.", a.SKU)
	}
	for _, v := range []struct {
		name, value string
		valid       []string
	}{
		{"kind", a.Kind, accountKinds},
		{"accessTier", a.AccessTier, accessTiers},
		{"minimumTlsVersion", a.MinimumTLSVersion, tlsVersions},
		{"publicNetworkAccess", a.PublicNetworkAccess, []string{"Enabled", "Disabled", "SecuredByPerimeter"}},
	} {
		if !slices.Contains(v.valid, v.value) {
			return invalidValue(a.Name, v.name)
		}
	}
	if err := a.Network.check(a.Name); err != nil {
		return err
	}
	return checkTags(a.Tags)
}

func invalidValue(item, parameter string) error {
	return invalid(CodeInvalidValues, item, "Values for request parameters are invalid: %s.", parameter)
}

func (a Account) clone() Account {
	a.Tags = maps.Clone(a.Tags)
	a.PrivateEndpoints = slices.Clone(a.PrivateEndpoints)
	a.Network.IPRules = slices.Clone(a.Network.IPRules)
	return a
}

// accountRecord is an account on disk.
type accountRecord struct {
	Account
	SealedKeys   [2][]byte `json:"sealedKeys"`
	SealedSecret []byte    `json:"sealedSecret"`
}

func (r *Resources) putAccount(t *tx, a Account) {
	t.accounts[a.Name] = a
	record := accountRecord{Account: a}
	key := accountPrefix + a.Name
	for i := range a.Keys {
		record.SealedKeys[i] = r.options.State.Seal(key, a.Keys[i].Value)
	}
	record.SealedSecret = r.options.State.Seal(secretKey(a.Name), a.Secret)
	t.put(key, record)
}

func (r *Resources) readAccount(text json.RawMessage) (Account, error) {
	var record accountRecord
	if err := json.Unmarshal(text, &record); err != nil {
		return Account{}, err
	}
	for i := range record.Keys {
		secret, err := r.options.State.Unseal(accountPrefix+record.Name, record.SealedKeys[i])
		if err != nil {
			return Account{}, err
		}
		record.Keys[i].Value = secret
	}
	secret, err := r.options.State.Unseal(secretKey(record.Name), record.SealedSecret)
	record.Secret = secret
	return record.Account, err
}

// secretKey keeps a secret from being taken for an account key.
func secretKey(account string) string { return accountPrefix + account + "/secret" }
