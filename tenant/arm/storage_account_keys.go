package arm

import (
	"encoding/base64"
	"time"

	"github.com/ownlake/ownlake/tenant/resources"
)

type keyBody struct {
	KeyName      string    `json:"keyName"`
	Value        string    `json:"value"`
	Permissions  string    `json:"permissions"`
	CreationTime time.Time `json:"creationTime"`
}

func keysAnswer(a resources.Account) (answer, error) {
	var keys []keyBody
	for i, name := range resources.KeyNames {
		keys = append(keys, keyBody{name, base64.StdEncoding.EncodeToString(a.Keys[i].Value), "FULL", a.Keys[i].Created})
	}
	return ok(map[string][]keyBody{"keys": keys})
}

func (h *handler) listKeys(req *request) (answer, error) {
	a, err := h.findAccount(req)
	if err != nil {
		return answer{}, err
	}
	return keysAnswer(a)
}

func (h *handler) regenerateKey(req *request) (answer, error) {
	var p struct {
		KeyName string `json:"keyName"`
	}
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	a, err := h.Resources.RegenerateKey(req.subscription, req.group, req.account, p.KeyName)
	if err != nil {
		return answer{}, err
	}
	return keysAnswer(a)
}
