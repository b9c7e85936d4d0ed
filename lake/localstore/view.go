package localstore

import "github.com/cockroachdb/pebble/v2"

// view runs a look-up in one consistent view of the database. Where no change is being applied meanwhile, which is
// what most look-ups meet, the database itself is one, and cheaper than a snapshot, for which all look-ups would
// queue. look may run twice, and must return nothing from a run whose error it returns.
func (s *Store) view(look func(pebble.Reader) error) error {
	if before := s.changes.Load(); before%2 == 0 {
		r := s.reader()
		err := look(r)
		if s.changes.Load() == before {
			r.remember()
			return err
		}
	}
	snap := s.db.NewSnapshot()
	defer snap.Close() //nolint:errcheck // closing a snapshot only forgets it
	return look(snap)
}
