package localstore_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// Variables of the environment: how many files a lake grows to, and, in the process that fills one, in which folder.
const (
	growthFiles = "OWNLAKE_BENCH_FILES"
	growthDir   = "OWNLAKE_BENCH_GROWTH_DIR"
)

// BenchmarkGrowth fills a lake with files in a process of its own, kills that process, and opens the lake. Its metrics
// are how much memory the process held with the first thousand files, and with all of them, while it wrote, listed and
// read; and how long the lake took to open, and to answer the first question, after the crash.
//
// OWNLAKE_BENCH_FILES is how many files: 200,000 if it is not set.
func BenchmarkGrowth(b *testing.B) {
	if dir := os.Getenv(growthDir); dir != "" {
		fillLake(b, dir)
		return
	}
	files := 200_000
	if text := os.Getenv(growthFiles); text != "" {
		var err error
		if files, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		dir := filepath.Join(b.TempDir(), "lake")
		memory := growAndKill(b, dir, files)
		b.ReportMetric(memory[0], "MiB_at_first")
		b.ReportMetric(memory[len(memory)-1], "MiB_at_end")

		start := time.Now()
		s, err := localstore.Open(localstore.Options{FS: vfs.Default, Dir: dir, Clock: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		opened := time.Since(start)
		if _, err := s.Properties(b.Context(), "one", growthPath(files-1), lake.Conditions{}); err != nil {
			b.Errorf("the last file that was acknowledged: %v", err)
		}
		b.ReportMetric(opened.Seconds()*1e3, "open_ms")
		b.ReportMetric(time.Since(start).Seconds()*1e3, "first_answer_ms")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func growthPath(i int) lake.Path { return lake.Path(fmt.Sprintf("d%04d/f%08d", i/10_000, i)) }

// growAndKill fills a lake in another process, ends that as a crash does, and returns what memory it reported.
func growAndKill(b *testing.B, dir string, files int) []float64 {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkGrowth$", "-test.benchtime=1x", "-test.timeout=0")
	cmd.Env = append(os.Environ(), growthDir+"="+dir, growthFiles+"="+strconv.Itoa(files))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	var memory []float64
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text, ok := strings.CutPrefix(lines.Text(), "memory ")
		if lines.Text() == "full" {
			break
		}
		if n, err := strconv.ParseFloat(text, 64); ok && err == nil {
			memory = append(memory, n)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if len(memory) == 0 {
		b.Fatal("the process that fills the lake said nothing")
	}
	b.Logf("%d files; MiB with the first 1,000, and at each tenth: %.0f", files, memory)
	return memory
}

// growthStep is how many files are put before one is read and a page listed.
const growthStep = 1000

// fillLake is the process that is killed. It tells its memory at the beginning and at each tenth.
func fillLake(b *testing.B, dir string) {
	b.Helper()
	files, err := strconv.Atoi(os.Getenv(growthFiles))
	if err != nil {
		b.Fatal(err)
	}
	// What the machine keeps is not what is measured, so changes need not wait for it.
	s, err := localstore.Open(localstore.Options{FS: vfs.Default, Dir: dir, Clock: time.Now, Durability: localstore.Process})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.CreateFilesystem(b.Context(), "one", lake.CreateFilesystemOptions{}); err != nil {
		b.Fatal(err)
	}
	for first := 0; first < files; first += growthStep {
		step := min(growthStep, files-first)
		putFiles(b, s, first, step)
		read(b, s, growthPath(first/2), lake.ReadOptions{})
		if _, err := s.List(b.Context(), "one", lake.Root, lake.ListOptions{Recursive: true, MaxResults: growthStep}); err != nil {
			b.Fatal(err)
		}
		if n := first + step; first == 0 || n*10/files > first*10/files {
			fmt.Printf("memory %.1f\n", peakMemory(b))
		}
	}
	fmt.Println("full")
	select {} // until it is killed
}

// putFiles puts files with 16 writers.
func putFiles(b *testing.B, s *localstore.Store, first, n int) {
	b.Helper()
	var next atomic.Int64
	var writers sync.WaitGroup
	for range 16 {
		writers.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if _, err := s.PutBlob(b.Context(), "one", growthPath(first+i-1), strings.NewReader("x"), lake.PutBlobOptions{}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	writers.Wait()
}

// peakMemory is the most memory that this process held, in MiB.
func peakMemory(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc to tell the memory of a process")
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
