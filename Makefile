# ownlake: `make` prints the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO        ?= go
BIN       := bin/ownlake
TOOLS     := $(CURDIR)/.tools/bin
LINT      := $(TOOLS)/golangci-lint
LINT_VERSION := v2.15.0
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Packages without the SQL engine: cheap to build with the race detector, and where the concurrency is.
RACE_PACKAGES := ./errs/... ./access/... ./lake/... ./adls/... ./sample/... ./api/... ./insights/catalog/... \
	./insights/cdm/... ./insights/project/... ./internal/...

.PHONY: help build web test test-web test-go test-python test-tours test-clients test-share test-dataverse journey screenshots lint fmt bench demo clean need

help: ## print the targets
	@echo "ownlake: customer insights on a data lake that you own"; echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

need: # says what is missing before anything is built
	@scripts/need.sh

build: need web ## build bin/ownlake, with its pages
	@mkdir -p bin
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o $(BIN) ./cmd/ownlake

web: need # the pages alone
	scripts/build-web.sh

test: build test-web test-go test-python test-tours test-share test-dataverse journey ## all tests: pages, Go (race detector where it pays), scripts, real clients

test-go: need # Go tests alone
	$(GO) vet ./...
	$(GO) test -race -timeout 15m $(RACE_PACKAGES)
	$(GO) test -timeout 25m $$($(GO) list ./... | grep -vxFf <($(GO) list $(RACE_PACKAGES)))

test-web: web # unit tests of the pages
	cd web && npm test --silent

test-python: build # Microsoft's Python SDKs, the CDM SDK, DuckDB and Delta readers against the binary
	test/python/run.sh

test-tours: build # the real clients that are cheap enough for every run
	test/clients/run.sh go javascript rclone

test-dataverse: build ## link an organization, and have Dataverse read a lake and be refused to write
	test/dataverse/run.sh

test-share: build ## share a lake by the tenant in the box, from nothing to undo
	test/share/run.sh

journey: build ## the job in a browser, from the first start to unified customers
	test/journey/run.sh

screenshots: build ## pictures of every page, light and dark: test/journey/screenshots
	test/journey/run.sh screenshots

test-clients: build test-python ## every real client against the binary: Python, Go, JavaScript, Java, Hadoop ABFS, rclone, Azure CLI
	test/clients/run.sh

lint: $(LINT) ## run the linters
	$(LINT) run ./...

fmt: $(LINT) ## format the code
	$(LINT) fmt ./...

$(LINT): Makefile
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@touch $(LINT)

bench: need ## benchmarks, side by side with a peer or a limit
	scripts/bench.sh

demo: build ## the main job on the embedded lake, then a page to open; ARGS=--once stops after printing
	$(BIN) demo $(ARGS)

clean: ## remove what the targets made
	rm -rf bin .tools .venv .clients demo-data web/node_modules web/dist/assets web/dist/index.html web/dist/icon.svg
