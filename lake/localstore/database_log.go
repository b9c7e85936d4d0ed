package localstore

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// databaseLog passes the database's messages on to the store's log.
type databaseLog struct {
	log    *slog.Logger
	health *health
}

// Infof drops what is of no use to an operator: flushes and compactions.
func (l databaseLog) Infof(string, ...any) {}

// Errorf logs what went wrong in the background.
func (l databaseLog) Errorf(format string, args ...any) {
	l.log.Error("lake database", slog.String("message", fmt.Sprintf(format, args...)))
}

// Fatalf is called where the database cannot go on because the disk fails, and must not return. In a call of
// the store it panics, which ends as the call's error (see withoutPanic). In the database's own goroutines it breaks the
// store and ends the goroutine: what was acknowledged is on disk, and the next opening finds it.
func (l databaseLog) Fatalf(format string, args ...any) {
	l.Errorf(format, args...)
	message := fmt.Sprintf(format, args...)
	if protected() {
		panic(fatal{message})
	}
	_ = l.health.fail(errs.E(errs.Unavailable, message))
	runtime.Goexit()
}

// protected reports whether withoutPanic is among the callers.
func protected() bool {
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, "/localstore.withoutPanic") {
			return true
		}
		if !more {
			return false
		}
	}
}
