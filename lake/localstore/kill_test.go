package localstore_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// killDir and killDurability tell, in the environment of a child process, where it writes until it is killed, and how.
const (
	killDir        = "OWNLAKE_TEST_KILL_DIR"
	killDurability = "OWNLAKE_TEST_KILL_DURABILITY"
)

var durabilities = map[string]localstore.Durability{"full": localstore.Full, "process": localstore.Process}

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := writeUntilKilled(dir, durabilities[os.Getenv(killDurability)]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// killContent differs from file to file, and lies in the database for some and in a file for others.
func killContent(i int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%08d", i), 100+i%4*1500)
}

// writeUntilKilled prints the number of each file once it was acknowledged.
func writeUntilKilled(dir string, d localstore.Durability) error {
	s, err := localstore.Open(localstore.Options{FS: vfs.Default, Dir: dir, Clock: time.Now, Durability: d})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := s.CreateFilesystem(ctx, "one", lake.CreateFilesystemOptions{}); err != nil {
		return err
	}
	for i := 0; ; i++ {
		p, content := lake.Path(fmt.Sprintf("d%d/f%d", i%7, i)), killContent(i)
		if _, err := s.Create(ctx, "one", p, lake.CreateOptions{}); err != nil {
			return err
		}
		if err := s.Append(ctx, "one", p, 0, bytes.NewReader(content), lake.AppendOptions{}); err != nil {
			return err
		}
		if _, err := s.Flush(ctx, "one", p, int64(len(content)), lake.FlushOptions{}); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

func TestWhatWasAcknowledgedSurvivesAKilledProcess(t *testing.T) {
	t.Parallel()
	for name := range durabilities {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killAndReopen(t, name)
		})
	}
}

func killAndReopen(t *testing.T, durability string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Skip("needs the path of the test's own executable: " + err.Error())
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), killDir+"="+dir, killDurability+"="+durability)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := -1
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := fmt.Sscan(lines.Text(), &acknowledged); err != nil {
			t.Fatal(err)
		}
		if acknowledged == 200 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	if acknowledged < 200 {
		t.Fatalf("the child process ended by itself after %d files", acknowledged+1)
	}
	s := openStore(t, localstore.Options{FS: vfs.Default, Dir: dir})
	for i := range acknowledged + 1 {
		p := lake.Path(fmt.Sprintf("d%d/f%d", i%7, i))
		if got := string(readFile(t, s, p)); got != string(killContent(i)) {
			t.Errorf("%s, acknowledged before the kill, has %d bytes that are not its content's", p, len(got))
		}
	}
}
