# The few things one does here. `make help` says what they are; everything else is `cargo xtask`.

.DEFAULT_GOAL := help
.PHONY: help run test bench lint

TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)

help: ## Show this
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target about; do \
		printf '  make %-6s %s\n' "$$target" "$$about"; done

run: ## Install what is missing, build, and start a demo on this machine (ARGS="--api 127.0.0.1:9443 ...")
	@scripts/install run
	cargo build --workspace --bin ringdown
	@exec $(TARGET)/debug/ringdown serve --demo $(ARGS)

test: ## Install what the tests need and run all of them
	@scripts/install test
	@cargo xtask test

bench: ## Measure: calls per second and sound carried, on a release build
	@scripts/install bench
	cargo build --release --workspace --bin ringdown --bin load
	@$(TARGET)/release/load $(ARGS)

lint: ## Formatting, clippy without warnings, tidy
	@cargo xtask lint
