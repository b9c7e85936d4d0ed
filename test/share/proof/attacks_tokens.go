package main

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"strings"
)

// jwt is a token taken apart.
type jwt struct {
	header, claims map[string]any
	signature      string
}

func parseJWT(token string) (jwt, error) {
	var j jwt
	parts := strings.Split(token, ".")
	for i, into := range []*map[string]any{&j.header, &j.claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			return j, err
		}
	}
	j.signature = parts[2]
	return j, nil
}

// with returns a token with other claims, of which nil takes one away.
func (j jwt) with(claims map[string]any) jwt {
	j.claims = maps.Clone(j.claims)
	for name, value := range claims {
		if j.claims[name] = value; value == nil {
			delete(j.claims, name)
		}
	}
	return j
}

// headed returns a token with other members of its header.
func (j jwt) headed(header map[string]any) jwt {
	j.header = maps.Clone(j.header)
	maps.Copy(j.header, header)
	return j
}

func (j jwt) payload() string {
	var parts []string
	for _, m := range []map[string]any{j.header, j.claims} {
		text, _ := json.Marshal(m)
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	return strings.Join(parts, ".")
}

func (j jwt) String() string { return j.payload() + "." + j.signature }

// signed signs with a key that is not the tenant's.
func (j jwt) signed(key *rsa.PrivateKey) string {
	sum := sha256.Sum256([]byte(j.payload()))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return j.payload() + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (j jwt) secret(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(j.payload()))
	return j.payload() + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// byTokens tries tokens that the tenant did not give, or not for the lake. Tokens that have expired are tried in the
// tests of package sharing/microsoft, which has a clock to set.
func (r *raid) byTokens(ctx context.Context) error {
	read := get(at("open/f?action=read"))
	if err := r.allowed(ctx, "a token as it was given is taken", read, bearer(r.readerToken)); err != nil {
		return err
	}
	forged, err := r.forgeries(ctx)
	if err != nil {
		return err
	}
	for _, f := range forged {
		if err := r.refused(ctx, f.name, read, bearer(f.token)); err != nil {
			return err
		}
	}
	if err := r.harmless(ctx, "no token", read, bearer("")); err != nil {
		return err
	}
	return r.elsewhere401(ctx)
}

type forgery struct{ name, token string }

func (r *raid) forgeries(ctx context.Context) ([]forgery, error) {
	good, err := parseJWT(r.token)
	if err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	public, err := r.publicKey(ctx)
	if err != nil {
		return nil, err
	}
	asReader := good.with(map[string]any{"oid": r.reader.ID, "sub": r.reader.ID})
	own := map[string]any{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": "AQAB"}
	forgeries := []forgery{
		{"a token with another's object id", asReader.String()},
		{"a token with a group that its holder is not in", good.with(map[string]any{"groups": []string{r.readers}}).String()},
		{"a token with a longer life", good.with(map[string]any{"exp": 4102444800}).String()},
		{"a token without a signature", asReader.payload() + "."},
		{"a token of two parts", asReader.payload()},
		{"alg none", asReader.headed(map[string]any{"alg": "none"}).payload() + "."},
		{"alg None", asReader.headed(map[string]any{"alg": "None"}).payload() + "."},
		{"alg none with a signature", asReader.headed(map[string]any{"alg": "none"}).String()},
		{"a token signed with a key of one's own", asReader.signed(key)},
		{"a token that brings its key", asReader.headed(map[string]any{"jwk": own}).signed(key)},
		{"a token that names where its key is", asReader.headed(map[string]any{"jku": r.otherCloud + "/keys", "x5u": r.otherCloud + "/keys"}).signed(key)},
		{"a token signed with the public key as a secret", asReader.headed(map[string]any{"alg": "HS256"}).secret(public)},
		{"a token of an issuer of one's own", asReader.with(map[string]any{"iss": "https://127.0.0.1:1/" + r.tenant + "/v2.0"}).signed(key)},
		{"garbage for a token", "a.b.c"},
	}
	for name, scope := range map[string]string{"a token for Microsoft Graph": graphScope, "a token for Resource Manager": r.cloud + "/.default"} {
		token, err := r.userToken(ctx, r.user, r.password, scope)
		if err != nil {
			return nil, err
		}
		forgeries = append(forgeries, forgery{name, token})
	}
	if r.otherTenant != "" {
		token, err := r.token3(ctx, storageScope)
		if err != nil {
			return nil, err
		}
		theirs, err := parseJWT(token)
		if err != nil {
			return nil, err
		}
		forgeries = append(
			forgeries, forgery{"a token of another tenant", token},
			forgery{"a token of another tenant that says to be of this one", theirs.with(map[string]any{"iss": good.claims["iss"], "tid": good.claims["tid"]}).String()},
		)
	}
	return forgeries, nil
}

// token3 is a token of the other tenant's administrator.
func (r *raid) token3(ctx context.Context, scope string) (string, error) {
	return r.world.token(ctx, r.otherCloud, r.otherTenant, url.Values{
		"grant_type": {"password"}, "client_id": {azureCLI}, "username": {r.user}, "password": {r.password}, "scope": {scope},
	})
}

// publicKey is the tenant's, which anybody can have.
func (r *raid) publicKey(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.cloud+"/"+r.tenant+"/discovery/v2.0/keys", nil)
	if err != nil {
		return nil, err
	}
	var keys struct{ Keys []struct{ N string } }
	if err := r.send(req, &keys); err != nil {
		return nil, err
	}
	n, err := base64.RawURLEncoding.DecodeString(keys.Keys[0].N)
	return new(big.Int).SetBytes(n).Bytes(), err
}

// elsewhere401 shows tokens for the lake, of this tenant and another, to Microsoft Graph and Resource Manager.
func (r *raid) elsewhere401(ctx context.Context) error {
	subscription := strings.Join(strings.Split(r.account, "/")[:3], "/")
	admin, err := r.userToken(ctx, r.user, r.password, storageScope)
	if err != nil {
		return err
	}
	tokens := []forgery{{"a token for the lake", admin}}
	if r.otherTenant != "" {
		for name, scope := range map[string]string{"another tenant's token for Graph": graphScope, "another tenant's token for Resource Manager": r.otherCloud + "/.default"} {
			token, err := r.token3(ctx, scope)
			if err != nil {
				return err
			}
			tokens = append(tokens, forgery{name, token})
		}
	}
	for _, t := range tokens {
		for service, address := range map[string]string{"Graph": "/v1.0/users", "Resource Manager": subscription + "/resourceGroups?api-version=2022-09-01"} {
			status, err := r.status(ctx, http.MethodGet, r.cloud+address, t.token, nil)
			if err != nil {
				return err
			}
			r.check(t.name+" shown to "+service, status == http.StatusUnauthorized, http.StatusText(status))
		}
	}
	return nil
}
