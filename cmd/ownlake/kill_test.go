package main

import (
	"bufio"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/azurestore"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/server"
)

// killRounds says, in the environment, how often the server is killed, and killSeed repeats a choice of operations.
const (
	killRounds = "OWNLAKE_KILL_ROUNDS"
	killSeed   = "OWNLAKE_KILL_SEED"
)

// killWriters is how many clients write while the server is killed.
const killWriters = 8

// TestNothingAcknowledgedIsLostWhenTheServerIsKilled kills `ownlake lake` at random moments while clients create,
// append, flush, replace, rename and delete. Each client remembers what was acknowledged: afterwards the lake is in
// exactly that state, or in the one that the request under way would have made, and the folder is sound.
func TestNothingAcknowledgedIsLostWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	rounds, seed := killSettings(t)
	t.Logf("%s=%d", killSeed, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	writers := make([]*killWriter, killWriters)
	for i := range writers {
		writers[i] = &killWriter{
			t: t, dir: lake.Path(fmt.Sprint("writer", i)), state: killState{},
			random: rand.New(rand.NewPCG(seed, uint64(i)+1)),
		}
	}
	operations := 0
	for round := range rounds {
		operations += killRound(t, dir, writers, time.Duration(random.Int64N(int64(300*time.Millisecond))))
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	report, err := localstore.Check(t.Context(), localstore.CheckOptions{FS: vfs.Default, Dir: filepath.Join(dir, "lake"), Clock: time.Now})
	if err != nil || report.Damage() > 0 {
		t.Errorf("the folder after %d kills: %v, %v", rounds, report.Findings, err)
	}
	t.Logf("%d kills, %d acknowledged operations", rounds, operations)
}

func killSettings(t *testing.T) (rounds int, seed uint64) {
	t.Helper()
	rounds = 15
	var b [8]byte
	_, _ = crand.Read(b[:]) // crypto/rand never fails
	seed = binary.LittleEndian.Uint64(b[:])
	var err error
	if text := os.Getenv(killRounds); text != "" {
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv(killSeed); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return rounds, seed
}

// killRound starts the server, compares, writes until the server is killed, and returns how much was acknowledged.
func killRound(t *testing.T, dir string, writers []*killWriter, after time.Duration) (operations int) {
	t.Helper()
	process, store := startKillable(t, dir)
	defer store.Close() //nolint:errcheck // it only gives connections back
	_, err := store.CreateFilesystem(t.Context(), "kill", lake.CreateFilesystemOptions{})
	if err != nil && !errs.Is(err, errs.Exists) {
		t.Fatal(err)
	}
	for _, w := range writers {
		w.settle(store)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var running sync.WaitGroup
	for _, w := range writers {
		running.Go(func() { w.writeUntil(ctx, store) })
	}
	timer := time.NewTimer(after)
	defer timer.Stop()
	<-timer.C
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait() // it was killed
	cancel()           // and nothing is tried again
	running.Wait()
	for _, w := range writers {
		operations += w.acknowledged
		w.acknowledged = 0
	}
	return operations
}

// startKillable starts the command itself, and a client that never tries again.
func startKillable(t *testing.T, dir string) (*exec.Cmd, *azurestore.Store) {
	t.Helper()
	process := exec.CommandContext(t.Context(), "ownlake", "lake", "--data", dir, "--listen", "127.0.0.1:0", "--dfs-listen", "127.0.0.1:0", "--json")
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the server does not start: %v", err)
	}
	var ready server.LakeAddresses
	if err := json.Unmarshal(line, &ready); err != nil || ready.DFS == "" {
		t.Fatalf("the server says %q: %v", line, err)
	}
	store, err := azurestore.Open(azurestore.Options{Endpoint: ready.DFS, Account: server.EmulatorAccount, Key: server.EmulatorKey, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	return process, store
}

// killState is what a writer's directory holds: sum and length of the content, and a mark in the metadata, by path.
type killState map[lake.Path]string

func killValue(content []byte, mark string) string {
	return fmt.Sprintf("%08x/%d %s", crc32.ChecksumIEEE(content), len(content), mark)
}

// killWriter is a client with a directory of its own.
type killWriter struct {
	t      *testing.T
	dir    lake.Path
	random *rand.Rand
	state  killState // as acknowledged
	next   killState // as the request under way would make it; nil where none is
	// contents are what the state's sums stand for, as appends need it.
	contents     map[string][]byte
	acknowledged int
}

// settle compares the lake with what the writer knows, and takes up what the request under way came to.
func (w *killWriter) settle(store *azurestore.Store) {
	w.t.Helper()
	got := w.read(store)
	if w.next != nil && maps.Equal(got, w.next) {
		w.state = w.next
	}
	w.next = nil
	if diff := cmp.Diff(w.state, got); diff != "" {
		w.t.Errorf("%s is neither as acknowledged nor as the last request would have made it (-acknowledged +got):\n%s", w.dir, diff)
	}
}

func (w *killWriter) read(store *azurestore.Store) killState {
	w.t.Helper()
	got := killState{}
	w.contents = map[string][]byte{}
	page, err := store.List(w.t.Context(), "kill", w.dir, lake.ListOptions{Recursive: true})
	if errs.Is(err, errs.NotFound) {
		return got
	}
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range page.Entries {
		if e.IsDirectory {
			continue
		}
		c, err := store.Read(w.t.Context(), "kill", e.Path, lake.ReadOptions{})
		if err != nil {
			w.t.Fatalf("%s: %v", e.Path, err)
		}
		content, err := io.ReadAll(c.Body)
		if err := errors.Join(err, c.Body.Close()); err != nil {
			w.t.Fatalf("%s: %v", e.Path, err)
		}
		value := killValue(content, c.Properties.Metadata["mark"])
		got[e.Path], w.contents[value] = value, content
	}
	return got
}

// writeUntil makes one request after the other until one fails because the server has gone.
func (w *killWriter) writeUntil(ctx context.Context, store *azurestore.Store) {
	for ctx.Err() == nil {
		w.next = maps.Clone(w.state)
		err := w.step(ctx, store)
		switch {
		case err == nil:
			w.state, w.next = w.next, nil
			w.acknowledged++
		case errs.Is(err, errs.Unavailable), errs.Is(err, errs.Canceled):
			return
		default:
			w.t.Errorf("%s: %v (kind %v)", w.dir, err, errs.KindOf(err))
			return
		}
	}
}

// step makes one request, and describes in next what it does.
func (w *killWriter) step(ctx context.Context, store *azurestore.Store) error {
	choice := w.random.IntN(8)
	if choice >= 6 || len(w.state) == 0 {
		return w.put(ctx, store, w.dir.Join(fmt.Sprintf("d%d/f%d", w.random.IntN(3), w.random.IntN(5))))
	}
	paths := slices.Sorted(maps.Keys(w.state))
	p := paths[w.random.IntN(len(paths))]
	former := w.state[p]
	switch choice {
	case 1:
		delete(w.next, p)
		return store.Delete(ctx, "kill", p, lake.DeleteOptions{})
	case 2:
		return w.renameFile(ctx, store, p)
	case 3:
		return w.renameDirectory(ctx, store, p.Dir())
	case 4:
		return w.mark(ctx, store, p, former)
	case 5:
		w.next[p] = killValue(nil, "")
		_, err := store.Create(ctx, "kill", p, lake.CreateOptions{})
		return err
	}
	return w.appendTo(ctx, store, p, former)
}

func (w *killWriter) content() []byte {
	b := make([]byte, []int{10, 1000, 30_000, 400_000}[w.random.IntN(4)])
	for i := range b {
		b[i] = byte('a' + (i*7+w.acknowledged)%26)
	}
	return b
}

func (w *killWriter) put(ctx context.Context, store *azurestore.Store, p lake.Path) error {
	content, mark := w.content(), strconv.Itoa(w.random.IntN(1000))
	w.next[p] = killValue(content, mark)
	w.contents[w.next[p]] = content
	_, err := store.PutBlob(ctx, "kill", p, strings.NewReader(string(content)), lake.PutBlobOptions{Metadata: lake.Metadata{"mark": mark}})
	return err
}

// appendTo appends and flushes; the append alone changes nothing that can be read.
func (w *killWriter) appendTo(ctx context.Context, store *azurestore.Store, p lake.Path, former string) error {
	_, mark, _ := strings.Cut(former, " ")
	old, more := w.contents[former], w.content()
	if err := store.Append(ctx, "kill", p, int64(len(old)), strings.NewReader(string(more)), lake.AppendOptions{}); err != nil {
		return err
	}
	content := slices.Concat(old, more)
	w.next[p] = killValue(content, mark)
	w.contents[w.next[p]] = content
	_, err := store.Flush(ctx, "kill", p, int64(len(content)), lake.FlushOptions{})
	return err
}

func (w *killWriter) mark(ctx context.Context, store *azurestore.Store, p lake.Path, former string) error {
	sum, _, _ := strings.Cut(former, " ")
	mark := strconv.Itoa(w.random.IntN(1000))
	w.next[p] = sum + " " + mark
	w.contents[w.next[p]] = w.contents[former]
	_, err := store.SetProperties(ctx, "kill", p, lake.PropertyUpdate{Metadata: &lake.Metadata{"mark": mark}}, lake.Conditions{})
	return err
}

func (w *killWriter) renameFile(ctx context.Context, store *azurestore.Store, p lake.Path) error {
	to := p.Dir().Join(fmt.Sprintf("renamed%d", w.random.IntN(5)))
	if to == p {
		return w.mark(ctx, store, p, w.state[p])
	}
	w.next[to] = w.next[p]
	delete(w.next, p)
	_, err := store.Rename(ctx, lake.Location{Filesystem: "kill", Path: p}, lake.Location{Filesystem: "kill", Path: to}, lake.RenameOptions{})
	return err
}

// renameDirectory moves a directory, or, where there is something in its target, takes that away.
func (w *killWriter) renameDirectory(ctx context.Context, store *azurestore.Store, dir lake.Path) error {
	to := w.dir.Join(fmt.Sprintf("moved%d", w.random.IntN(3)))
	for p := range w.state {
		if to.Contains(p) {
			maps.DeleteFunc(w.next, func(p lake.Path, _ string) bool { return to.Contains(p) })
			return store.Delete(ctx, "kill", to, lake.DeleteOptions{Recursive: true})
		}
	}
	for p, value := range w.state {
		if rest, ok := strings.CutPrefix(string(p), string(dir)+"/"); ok {
			delete(w.next, p)
			w.next[to.Join(rest)] = value
		}
	}
	_, err := store.Rename(ctx, lake.Location{Filesystem: "kill", Path: dir}, lake.Location{Filesystem: "kill", Path: to}, lake.RenameOptions{})
	return err
}
