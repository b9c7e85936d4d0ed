package localstore

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// ServiceSettings returns the settings of the account's blob service; none were set in a new lake.
func (s *Store) ServiceSettings(ctx context.Context) (lake.ServiceSettings, error) {
	const op errs.Op = "localstore.ServiceSettings"
	if err := s.health.check(ctx); err != nil {
		return lake.ServiceSettings{}, errs.E(op, err)
	}
	v, err := get(s.db, settingsKey())
	if err != nil || v == nil {
		return lake.ServiceSettings{}, errs.Wrap(op, err)
	}
	settings, err := decodeSettings(v)
	return settings, errs.Wrap(op, err)
}

// SetServiceSettings replaces the settings of the account's blob service.
func (s *Store) SetServiceSettings(ctx context.Context, settings lake.ServiceSettings) error {
	err := s.update(ctx, func(t *tx) error {
		t.set(settingsKey(), encodeSettings(settings))
		return nil
	})
	return errs.Wrap("localstore.SetServiceSettings", err)
}

func encodeSettings(settings lake.ServiceSettings) []byte {
	e := newRecord()
	e.uint(uint64(len(settings.CORS)))
	for _, r := range settings.CORS {
		for _, list := range [][]string{r.Origins, r.Methods, r.AllowedHeaders, r.ExposedHeaders} {
			e.strings(list)
		}
		e.int(int64(r.MaxAge))
	}
	return e.buf
}

func decodeSettings(b []byte) (lake.ServiceSettings, error) {
	d := openRecord(b)
	settings := lake.ServiceSettings{}
	for range d.count() {
		settings.CORS = append(settings.CORS, lake.CORSRule{
			Origins: d.strings(), Methods: d.strings(), AllowedHeaders: d.strings(), ExposedHeaders: d.strings(), MaxAge: time.Duration(d.int()),
		})
	}
	return settings, d.err
}

func (e *encoder) strings(list []string) {
	e.uint(uint64(len(list)))
	for _, s := range list {
		e.string(s)
	}
}

func (d *decoder) strings() []string {
	var list []string
	for range d.count() {
		list = append(list, d.string())
	}
	return list
}
