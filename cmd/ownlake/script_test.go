package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var updateScripts = flag.Bool("rewrite", false, "write the files that scripts compare with anew")

// TestMain lets scripts run this program: the test binary, called as "ownlake", is the command.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ownlake": main})
}

// TestScripts runs testdata/script/*.txtar: the command line as people use it, each script with a data folder of
// its own. Besides the commands of testscript there is
//
//	status CODE PROGRAM ARGS…   runs a program and wants its exit code
//	reachable HOST:PORT         waits until a server accepts connections there
//	appears FILE                waits until there is such a file
//	tmpfs DIR MB                mounts a disk of that size, or changes its size; [tmpfs] says if that is allowed
//
// those of hardCommands and tenantCommands, and the variables PORT1 to PORT4, ports that were free when the script began, and EXAMPLES, the example project.
func TestScripts(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs("../../examples/contoso")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *updateScripts,
		Cmds:          scriptCommands(),
		Condition: func(name string) (bool, error) {
			if name == "tmpfs" {
				return mountAllowed(t), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("OWNLAKE_DATA", env.WorkDir+"/lake-data")
			env.Setenv("HOME", env.WorkDir+"/home")
			env.Setenv("EXAMPLES", examples)
			for i, port := range freePorts(t, 4) {
				env.Setenv("PORT"+strconv.Itoa(i+1), port)
			}
			return os.Mkdir(env.WorkDir+"/home", 0o700)
		},
	})
}

func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"status": wantStatus, "reachable": reachable, "appears": appears, "tmpfs": tmpfs,
	}
	maps.Copy(commands, hardCommands())
	maps.Copy(commands, tenantCommands())
	return commands
}

func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: status CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("%q is not an exit code", args[0])
	}
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// freePorts returns ports that nobody listens on now.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	ports := make([]string, n)
	for i := range ports {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		_, ports[i], _ = net.SplitHostPort(l.Addr().String())
	}
	return ports
}

// startTime is how long a server may take to accept connections on a busy machine.
const startTime = 60 * time.Second

func reachable(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: reachable HOST:PORT")
	}
	await(ts, args[0], func() bool {
		conn, err := net.DialTimeout("tcp", args[0], time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func appears(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: appears FILE")
	}
	await(ts, args[0], func() bool {
		_, err := os.Stat(ts.MkAbs(args[0]))
		return err == nil
	})
}

func await(ts *testscript.TestScript, what string, there func() bool) {
	for deadline := time.Now().Add(startTime); !there(); {
		if time.Now().After(deadline) {
			ts.Fatalf("%s is not there after %v", what, startTime)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// mountAllowed reports whether this process may mount disks, by trying.
func mountAllowed(t *testing.T) bool {
	t.Helper()
	dir := t.TempDir()
	if exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).Run() != nil {
		return false
	}
	return exec.CommandContext(t.Context(), "umount", dir).Run() == nil
}

// tmpfs mounts a disk of the given size in megabytes, until the script ends.
func tmpfs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || neg {
		ts.Fatalf("usage: tmpfs DIR MB")
	}
	dir := ts.MkAbs(args[0])
	if _, err := os.Stat(dir); err == nil {
		ts.Check(ts.Exec("mount", "-o", "remount,size="+args[1]+"m", dir))
		return
	}
	ts.Check(os.Mkdir(dir, 0o700))
	ts.Check(ts.Exec("mount", "-t", "tmpfs", "-o", "size="+args[1]+"m", "tmpfs", dir))
	ts.Defer(func() { _ = exec.Command("umount", dir).Run() })
}
