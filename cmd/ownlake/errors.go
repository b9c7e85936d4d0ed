package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ownlake/ownlake/errs"
)

// Exit codes, an outside interface (docs/guide/project.md, section "Exit codes").
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitWarnings     = 3
	exitPrecondition = 4
	exitCanceled     = 130
)

// codeUsage marks errors in how a command was called.
const codeUsage errs.Code = "Usage"

// errWarnings ends a command that did its work and has printed warnings: exit code 3, nothing more printed.
var errWarnings = errors.New("done with warnings")

// usageError reports a wrong call, such as an unknown value of a flag: exit code 2.
func usageError(hint, format string, args ...any) error {
	return errs.E(errs.Invalid, codeUsage, errs.Hint(hint), fmt.Errorf(format, args...))
}

// asUsage turns an error of the flag parser into a wrong call.
func asUsage(err error) error {
	if errs.CodeOf(err) == codeUsage {
		return err
	}
	return errs.E(errs.Invalid, codeUsage, errs.Hint("--help shows how to call the command"), err)
}

// exitCode maps an error to the process's exit code.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errWarnings):
		return exitWarnings
	case errs.CodeOf(err) == codeUsage:
		return exitUsage
	case errs.Is(err, errs.Precondition):
		return exitPrecondition
	case errs.Is(err, errs.Canceled):
		return exitCanceled
	}
	return exitFailed
}

// printError prints a failure once, as text or, with --json, as one JSON object.
func (a *app) printError(err error) {
	if err == nil || errors.Is(err, errWarnings) {
		return
	}
	if !a.json {
		_, _ = fmt.Fprintf(a.stderr, "error: %v\n", err)
		return
	}
	type failure struct {
		Message string `json:"message"`
		Kind    string `json:"kind"`
		Code    string `json:"code,omitempty"`
		Hint    string `json:"hint,omitempty"`
	}
	_ = json.NewEncoder(a.stderr).Encode(map[string]failure{"error": {
		Message: err.Error(), Kind: errs.KindOf(err).String(),
		Code: string(errs.CodeOf(err)), Hint: string(errs.HintOf(err)),
	}})
}
