//go:build unix

package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/lake"
)

// handlesDir tells a child process, in its environment, to serve a lake with few file handles from this folder.
const handlesDir = "OWNLAKE_TEST_HANDLES_DIR"

// childHandles is few, and enough for the lake itself.
const childHandles = 512

// TestServeWithFewFileHandles is the child process of the test below, and nothing otherwise. It does what its standard input
// says, line by line: "take" opens files until there are no handles left, "give" closes them.
func TestServeWithFewFileHandles(t *testing.T) {
	dir := os.Getenv(handlesDir)
	if dir == "" {
		t.Skip("is run by TestALakeWithoutFileHandlesKeepsItsDataAndRecovers")
	}
	limit := syscall.Rlimit{Cur: childHandles, Max: childHandles}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	cfg := lakeConfig(t)
	cfg.DataDir, cfg.Logger = dir, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	l, err := StartLake(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(l.Addresses()); err != nil {
		t.Fatal(err)
	}
	var taken []*os.File
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		switch lines.Text() {
		case "take":
			for {
				f, err := os.Open(os.DevNull)
				if err != nil {
					break
				}
				taken = append(taken, f)
			}
		case "give":
			for _, f := range taken {
				_ = f.Close()
			}
			taken = nil
		}
		fmt.Println(lines.Text(), len(taken))
	}
	if err := l.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// childLake is a lake in a process of its own.
type childLake struct {
	t    *testing.T
	base string
	in   io.Writer
	out  *bufio.Scanner
	end  func() error
}

func startChildLake(t *testing.T, dir string) *childLake {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Skip("needs the path of the test's own executable: " + err.Error())
	}
	child := exec.CommandContext(t.Context(), self, "-test.run=^TestServeWithFewFileHandles$")
	child.Env = append(os.Environ(), handlesDir+"="+dir)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	c := &childLake{t: t, in: in, out: bufio.NewScanner(out)}
	c.end = func() error {
		err := in.Close()
		for c.out.Scan() { // what the testing package prints at the end
		}
		return errors.Join(err, child.Wait())
	}
	var a LakeAddresses
	if !c.out.Scan() {
		t.Fatalf("the child process printed nothing: %v", c.out.Err())
	}
	if err := json.Unmarshal(c.out.Bytes(), &a); err != nil {
		t.Fatalf("%q: %v", c.out.Text(), err)
	}
	c.base = a.Blob
	return c
}

// tell gives an order and waits until it was followed.
func (c *childLake) tell(order string) {
	c.t.Helper()
	if _, err := fmt.Fprintln(c.in, order); err != nil {
		c.t.Fatal(err)
	}
	if !c.out.Scan() || !strings.HasPrefix(c.out.Text(), order) {
		c.t.Fatalf("%s: %q, %v", order, c.out.Text(), c.out.Err())
	}
}

// send sends a signed request and returns the status; 0 if there was no answer.
func (c *childLake) send(client *http.Transport, method, target string, body []byte) (int, []byte) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.base+target, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("x-ms-blob-type", "BlockBlob")
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	sharedkey.Credential{Account: EmulatorAccount, Key: lakeConfig(c.t).Key}.Sign(r)
	resp, err := client.RoundTrip(r)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close() //nolint:errcheck // it was read to its end
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, b
}

// TestALakeWithoutFileHandlesKeepsItsDataAndRecovers takes the handles from a lake twice: by clients that connect and stay, and
// within the process.
func TestALakeWithoutFileHandlesKeepsItsDataAndRecovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := startChildLake(t, dir)
	client := &http.Transport{MaxIdleConnsPerHost: 1}
	content := func(i int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%04d", i), 2_000+i%2*(i%10)*1_000) }
	kept, late := map[int]bool{}, map[int]bool{}
	put := func(i int) int {
		status, _ := c.send(client, http.MethodPut, fmt.Sprintf("/one/f%d", i), content(i))
		kept[i] = status == http.StatusCreated
		return status
	}
	if status, b := c.send(client, http.MethodPut, "/one?restype=container", nil); status != http.StatusCreated {
		t.Fatalf("create a container: %d %s", status, b)
	}
	// More clients than there are handles, each of which stays.
	address := strings.TrimPrefix(c.base[:strings.LastIndex(c.base, "/")], "http://")
	for range 2 * childHandles {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	for i := range 20 {
		if status := put(i); status != http.StatusCreated {
			t.Errorf("file %d beside idle clients: status %d", i, status)
		}
	}
	// Files that somebody began to write take no handles.
	for i := range childHandles {
		target := fmt.Sprintf("/one/s%d", i)
		c.send(client, http.MethodPut, target+"?resource=file", nil)
		if status, b := c.send(client, http.MethodPatch, target+"?action=append&position=0", make([]byte, 20_000)); status != http.StatusAccepted {
			t.Fatalf("append to file %d: %d %s", i, status, b)
		}
	}
	other := &http.Transport{MaxIdleConnsPerHost: 1}
	c.send(other, http.MethodGet, "/one/f0", nil) // connects
	c.tell("take")
	for i := 20; i < 40; i++ {
		if status := put(i); status != http.StatusCreated && status < http.StatusInternalServerError {
			t.Errorf("file %d without handles: status %d, want it kept or refused as the server's failure", i, status)
		}
	}
	// Others write and read on connections that they have.
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 40; i < 800; i++ {
			status, _ := c.send(other, http.MethodPut, fmt.Sprintf("/one/f%d", i), content(i))
			late[i] = status == http.StatusCreated
		}
	})
	for range 100 {
		if status, b := c.send(client, http.MethodGet, "/one/f0", nil); status != http.StatusOK || !bytes.Equal(b, content(0)) {
			t.Errorf("a small file without handles: status %d, %d bytes", status, len(b))
		}
	}
	c.tell("give")
	writer.Wait()
	maps.Copy(kept, late)
	if !late[799] {
		t.Error("the last of many files was not kept once there were handles again")
	}
	for i := 800; i < 820; i++ {
		if status := put(i); status != http.StatusCreated {
			t.Errorf("file %d once there are handles again: status %d", i, status)
		}
	}
	if err := c.end(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
	mustKeep(t, dir, kept, content)
}

// mustKeep opens a lake again and reads what was acknowledged.
func mustKeep(t *testing.T, dir string, kept map[int]bool, content func(int) []byte) {
	t.Helper()
	cfg := lakeConfig(t)
	cfg.DataDir = dir
	l, err := StartLake(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	for i, acknowledged := range kept {
		if !acknowledged {
			continue
		}
		c, err := l.Store().Read(t.Context(), "one", lake.Path(fmt.Sprintf("f%d", i)), lake.ReadOptions{})
		if err != nil {
			t.Errorf("file %d, which was acknowledged: %v", i, err)
			continue
		}
		b, err := io.ReadAll(c.Body)
		if err = errors.Join(err, c.Body.Close()); err != nil || !bytes.Equal(b, content(i)) {
			t.Errorf("file %d, which was acknowledged, has %d bytes, %v", i, len(b), err)
		}
	}
}
