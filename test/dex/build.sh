#!/usr/bin/env bash
# build.sh BIN: puts dex into BIN. About a minute on 2 cores the first time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$1/dex" .
