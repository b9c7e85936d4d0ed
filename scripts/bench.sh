#!/usr/bin/env bash
# Runs every benchmark of the tree. Those that compare with a peer or a physical limit report the ratio as a metric
# of their own ("x_raw…", "of_limit"): a ratio within one run means something on a noisy machine, a time does not.
# BENCH chooses by name (a regular expression), BENCHTIME how long each runs.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
packages=$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n1 dirname | sort -u)
# One package at a time: benchmarks that share the processors measure each other.
for package in $packages; do
  "$go" test -run '^$' -bench "${BENCH:-.}" -benchtime "${BENCHTIME:-1s}" -benchmem -timeout 60m "$package"
done
