package duckdb

import (
	"context"
	"errors"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/ownlake/ownlake/errs"
)

// asError gives a driver's error its kind. An error that has one already, such as one that fill returned to
// Append, keeps it.
func asError(ctx context.Context, err error) error {
	if errs.KindOf(err) != errs.Other {
		return err
	}
	var e *driver.Error
	if !errors.As(err, &e) {
		return errs.E(errs.Internal, err)
	}
	switch e.Type {
	case driver.ErrorTypeInterrupt:
		if ctx.Err() != nil {
			return errs.E(ctx.Err())
		}
		return errs.E(errs.Canceled, err)
	case driver.ErrorTypeOutOfMemory:
		return errs.E(errs.Unavailable, errs.Hint("give the engine more memory, or its temporary folder more room"), err)
	case driver.ErrorTypeIO:
		return ioError(err, e.Msg)
	default:
		return errs.E(errs.Internal, err)
	}
}

func ioError(err error, msg string) error {
	switch {
	case strings.Contains(msg, "No files found") || strings.Contains(msg, "No such file"):
		return errs.E(errs.NotFound, err)
	case strings.Contains(msg, "No space left") || strings.Contains(msg, "disk full"):
		return errs.E(errs.Unavailable, errs.Hint("the disk is full; free some room or use another temporary folder"), err)
	default:
		return errs.E(errs.Unavailable, err)
	}
}
