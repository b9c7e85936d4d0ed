package localstore

import (
	"context"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// ServiceSettings returns the settings of the account's blob service; none were set in a new lake.
func (s *Store) ServiceSettings(ctx context.Context) (lake.ServiceSettings, error) {
	const op errs.Op = "localstore.ServiceSettings"
	if err := s.health.check(ctx); err != nil {
		return lake.ServiceSettings{}, errs.E(op, err)
	}
	settings, err := lookupSettings(s.db)
	return settings, errs.Wrap(op, err)
}

func lookupSettings(r pebble.Reader) (lake.ServiceSettings, error) {
	v, err := get(r, settingsKey())
	if err != nil || v == nil {
		return lake.ServiceSettings{}, err
	}
	return decodeSettings(v)
}

// SetServiceSettings replaces the settings of the account's blob service. It is possible on a full disk, as keeping
// nothing more that is deleted is a way to free space.
func (s *Store) SetServiceSettings(ctx context.Context, settings lake.ServiceSettings) error {
	const op errs.Op = "localstore.SetServiceSettings"
	for _, days := range []int{settings.DeleteRetentionDays, settings.ContainerRetentionDays} {
		if days < 0 || days > lake.MaxRetentionDays {
			return errs.E(op, errs.Invalid, lake.CodeInvalidInput, "what is deleted is kept for up to 365 days")
		}
	}
	err := s.shrink(ctx, func(t *tx) error {
		t.set(settingsKey(), encodeSettings(settings))
		return nil
	})
	return errs.Wrap(op, err)
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
	e.uint(uint64(settings.DeleteRetentionDays))
	e.uint(uint64(settings.ContainerRetentionDays))
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
	if len(d.buf) > 0 { // records of lakes that kept nothing end here
		settings.DeleteRetentionDays, settings.ContainerRetentionDays = int(d.uint()), int(d.uint())
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
