package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// hardCommands are the commands of scripts about bad surroundings:
//
//	interrupt SIGNAL CODE PATTERN PROGRAM ARGS…   runs a program, signals it when its stderr matches, wants its exit code
//	until PATTERN PROGRAM ARGS…                   runs a program again and again until its stdout matches
//	occupy HOST:PORT                              listens there and answers nothing
func hardCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"interrupt": arguments(4, interrupt),
		"until":     arguments(2, runUntil),
		"occupy":    arguments(1, occupy),
	}
}

// arguments refuses a command that is negated or has fewer arguments than it needs.
func arguments(fewest int, do func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < fewest {
			ts.Fatalf("a command of script_hard_test.go is called wrongly with %q", args)
		}
		do(ts, args)
	}
}

func interrupt(ts *testscript.TestScript, args []string) {
	sig, known := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[0]]
	want, err := strconv.Atoi(args[1])
	if err != nil || !known {
		ts.Fatalf("usage: interrupt INT|TERM|KILL CODE PATTERN PROGRAM ARGS…")
	}
	cmd := command(ts, args[3:])
	out := &watched{pattern: regexp.MustCompile(args[2]), seen: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = ts.Stdout(), out
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-out.seen:
		_ = cmd.Process.Signal(sig)
	case err := <-ended:
		ts.Fatalf("it ended before its stderr matched: %v\n%s", err, out)
	case <-time.After(startTime):
		_ = cmd.Process.Kill()
	}
	if err := <-ended; cmd.ProcessState == nil {
		ts.Fatalf("%v", err)
	}
	_, _ = fmt.Fprint(ts.Stderr(), out)
	if got := cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d\n%s", got, want, out)
	}
}

// command is a program that runs as the script's own do, as far as ours need it.
func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = os.Environ()
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "OWNLAKE_DATA"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	return cmd
}

// watched is an output that says when it matches a pattern.
type watched struct {
	pattern *regexp.Regexp

	mu   sync.Mutex
	text bytes.Buffer
	once sync.Once
	seen chan struct{}
}

// Write implements [io.Writer].
func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = w.text.Write(p)
	if w.pattern.Match(w.text.Bytes()) {
		w.once.Do(func() { close(w.seen) })
	}
	return len(p), nil
}

// String is what was written.
func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func runUntil(ts *testscript.TestScript, args []string) {
	pattern := regexp.MustCompile(args[0])
	await(ts, args[0], func() bool {
		out, err := command(ts, args[1:]).Output()
		return err == nil && pattern.Match(out)
	})
}

func occupy(ts *testscript.TestScript, args []string) {
	ln, err := net.Listen("tcp", args[0])
	ts.Check(err)
	ts.Defer(func() { _ = ln.Close() })
}
