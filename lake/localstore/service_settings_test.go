package localstore

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/lake"
)

func TestServiceSettingsSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	want := lake.ServiceSettings{CORS: []lake.CORSRule{
		{Origins: []string{"*"}, Methods: []string{"GET"}, ExposedHeaders: []string{"x-ms-meta-*"}, MaxAge: time.Hour},
		{Origins: []string{"https://a"}, Methods: []string{"PUT", "POST"}, AllowedHeaders: []string{"*"}},
	}}
	if err := s.SetServiceSettings(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	if r := check(t, dir, false); len(r.Findings) > 0 {
		t.Errorf("the check finds %v", r.Findings)
	}
	s = openDir(t, dir)
	defer closeStore(t, s)
	got, err := s.ServiceSettings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}
