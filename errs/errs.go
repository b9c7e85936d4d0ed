// Package errs is the one error type of ownlake.
//
// An [Error] carries five facts: the operation that failed, its [Kind], the item it concerned, a hint that
// tells a person what to do next, and the cause. Programs act on kinds ([KindOf], [Is]), never on text. Each
// edge maps kinds once: adls/wire to ADLS error codes, api to problem documents, cmd/ownlake to exit codes.
// The package knows nothing of HTTP, files or exit codes.
package errs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind says what sort of failure happened. Kinds are few and general; a program decides by them what to do.
type Kind uint8

// The kinds. The zero value, Other, is never made on purpose: it marks a foreign error.
const (
	Other        Kind = iota // an error from outside that nobody has classified
	NotFound                 // the item does not exist
	Exists                   // the item exists already
	Invalid                  // the request or the input is wrong; repeating it cannot help
	Permission               // the caller is known but may not
	Unauthorized             // the caller is not known: missing or wrong credentials
	Precondition             // a condition that the caller named does not hold (ETag, prerequisite)
	Conflict                 // the item's state forbids the operation now (lease, not empty, locked)
	Unavailable              // a service or a resource cannot be reached or is exhausted; a retry may help
	Canceled                 // the caller gave up
	Corrupt                  // stored data is not what was written
	Internal                 // a defect of ours
)

var kindNames = [...]string{
	"other", "not found", "exists", "invalid", "permission", "unauthorized", "precondition", "conflict",
	"unavailable", "canceled", "corrupt", "internal",
}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", k)
}

// ParseKind is the reverse of [Kind.String]. It returns false for a name it does not know.
func ParseKind(name string) (Kind, bool) {
	i := slices.Index(kindNames[:], name)
	return Kind(max(i, 0)), i >= 0
}

// Op names an operation, such as "lake.Rename".
type Op string

// Item names what an operation was about: a path, a file, a column.
type Item string

// Code is a stable machine-readable detail of a kind, such as "PathNotFound" or "LeaseIdMissing". The lake
// uses the error codes of the ADLS Gen2 REST API. An empty code means that the kind says it all.
type Code string

// Hint tells a person what to do next, as a sentence without a full stop.
type Hint string

// Error is a failure with its facts. Use [E] to make one.
type Error struct {
	Op   Op
	Kind Kind
	Code Code
	Item Item
	Hint Hint
	Err  error
}

// E builds an error from its arguments, told apart by type: [Op], [Kind], [Code], [Item], [Hint], string (a
// message, put before the cause's text if there is a cause) and error (the cause). A kind or code not given is
// taken from the cause. It panics on an argument of another type, as that is a defect of the caller.
func E(args ...any) error {
	e := &Error{}
	message := ""
	for _, arg := range args {
		switch a := arg.(type) {
		case Op:
			e.Op = a
		case Kind:
			e.Kind = a
		case Code:
			e.Code = a
		case Item:
			e.Item = a
		case Hint:
			e.Hint = a
		case string:
			message = a
		case error:
			e.Err = a
		case nil:
		default:
			panic(fmt.Sprintf("errs.E: argument of type %T", arg))
		}
	}
	switch {
	case message != "" && e.Err != nil:
		e.Err = fmt.Errorf("%s: %w", message, e.Err)
	case message != "":
		e.Err = errors.New(message)
	}
	if e.Kind == Other {
		e.Kind = KindOf(e.Err)
	}
	if e.Code == "" {
		e.Code = CodeOf(e.Err)
	}
	return e
}

// Error prints each fact once: item, operation trail, message and hint.
func (e *Error) Error() string {
	cause := e.Kind.String()
	if e.Err != nil {
		cause = e.Err.Error()
	}
	var b strings.Builder
	if e.Item != "" && !strings.HasPrefix(cause, string(e.Item)+": ") {
		b.WriteString(string(e.Item))
		b.WriteString(": ")
	}
	b.WriteString(cause)
	if e.Hint != "" && !strings.Contains(cause, "("+string(e.Hint)+")") {
		b.WriteString(" (")
		b.WriteString(string(e.Hint))
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the outermost error that has one. A context error is Canceled or, for a passed
// deadline, Unavailable. It returns Other for nil and for foreign errors.
func KindOf(err error) Kind {
	for e := (*Error)(nil); errors.As(err, &e); err = e.Err {
		if e.Kind != Other {
			return e.Kind
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	}
	return Other
}

// CodeOf returns the outermost code in the chain, or "".
func CodeOf(err error) Code {
	for e := (*Error)(nil); errors.As(err, &e); err = e.Err {
		if e.Code != "" {
			return e.Code
		}
	}
	return ""
}

// HintOf returns the outermost hint in the chain, or "".
func HintOf(err error) Hint {
	for e := (*Error)(nil); errors.As(err, &e); err = e.Err {
		if e.Hint != "" {
			return e.Hint
		}
	}
	return ""
}

// Is reports whether the error is of the kind.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Trail returns the operations from the outermost to the innermost, for an operator's log.
func Trail(err error) []Op {
	var ops []Op
	for e := (*Error)(nil); errors.As(err, &e); err = e.Err {
		if e.Op != "" {
			ops = append(ops, e.Op)
		}
	}
	return ops
}

// Wrap adds an operation to an error where it crosses a package border; nil stays nil.
func Wrap(op Op, err error) error {
	if err == nil {
		return nil
	}
	return E(op, err)
}
