package server

import (
	"context"
	"testing"

	"github.com/ownlake/ownlake/lake"
)

func TestContainersAreKeptAsTheLakeWasLastToldTo(t *testing.T) {
	t.Parallel()
	cfg := lakeConfig(t)
	cfg.Listen, cfg.DFSListen, cfg.TLSListen = "", "", ""
	seven, none := 7, 0
	for i, step := range []struct {
		days *int
		want int
	}{{nil, 0}, {&seven, 7}, {nil, 7}, {&none, 0}} {
		cfg.ContainerRetentionDays = step.days
		l, err := OpenLake(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.store.ServiceSettings(t.Context())
		if err != nil || s.ContainerRetentionDays != step.want {
			t.Errorf("opening %d: %d days, %v; want %d", i, s.ContainerRetentionDays, err, step.want)
		}
		s.DeleteRetentionDays = 3 // another setting, which stays
		if err := l.store.SetServiceSettings(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	wrong := lake.MaxRetentionDays + 1
	cfg.ContainerRetentionDays = &wrong
	if l, err := OpenLake(t.Context(), cfg); err == nil {
		t.Error("366 days are taken")
		_ = l.Close(context.Background())
	}
}
