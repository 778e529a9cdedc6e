# make demo    the whole product on this machine      make test   everything that must hold
# make check   the fast part of it                    make help   the rest
SHELL := /bin/sh
BIN := .venv/bin
VENDOR := src/vardlots/static/vendor
PO := $(wildcard src/vardlots/locale/*/LC_MESSAGES/messages.po)

.PHONY: help demo demo-reset test check pages journeys bench lock setup setup-dev messages shots chromium

help:
	@echo "make demo        run the whole product (PORT=8001 for another port)"
	@echo "make demo-reset  the same, after removing the demo's data"
	@echo "make test        everything that must hold before a change lands"
	@echo "make check       the fast part: lint, types, import rules, tests without database and browser"
	@echo "make pages       tests with a real database"
	@echo "make journeys    stories in a real browser"
	@echo "make bench       the measurements"
	@echo "make messages    bring the translations up to date with the texts"
	@echo "make shots       the screenshots of the documentation"
	@echo "make lock        choose the newest dependencies and lock them by hash"
	@echo "make setup       only install; setup-dev also what developers need"

demo: setup
	@$(BIN)/vardlots demo

demo-reset: setup
	@$(BIN)/vardlots demo --reset

test: setup-dev chromium
	@scripts/check
	@scripts/pages
	@scripts/journeys

check: setup-dev
	@scripts/check

pages: setup-dev
	@scripts/pages

journeys: setup-dev chromium
	@scripts/journeys

bench: setup-dev
	@$(BIN)/python -m bench

shots: setup-dev chromium
	@$(BIN)/python scripts/shots.py

messages: setup-dev
	@scripts/messages

lock: setup-dev
	@scripts/lock

chromium:
	@scripts/chromium

# What is done leaves a stamp, so that it is not done again until what it was made from has changed.
setup: .venv/stamp-base $(VENDOR)/stamp .venv/stamp-messages

setup-dev: .venv/stamp-dev setup

.venv/stamp-base: requirements/base.txt pyproject.toml
	@scripts/install base
	@touch $@

.venv/stamp-dev: requirements/dev.txt .venv/stamp-base
	@scripts/install dev
	@touch $@

node_modules/stamp: package-lock.json
	@scripts/install browser
	@touch $@

$(VENDOR)/stamp: node_modules/stamp .venv/stamp-base src/vardlots/static/icons.txt scripts/vendor.py scripts/build_icons.py
	@$(BIN)/python scripts/vendor.py
	@$(BIN)/python scripts/build_icons.py
	@touch $@

.venv/stamp-messages: .venv/stamp-base $(PO)
	@scripts/compile-messages
	@touch $@
