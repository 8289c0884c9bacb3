#!/usr/bin/env bash
# build.sh BIN: puts vault into BIN. About 6 minutes on 2 cores the first time.
# A release of Vault is built with its own sdk beside it, which no module of a released version is: one type differs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/go.mod "$here"/go.sum "$here"/main.go "$work"
mkdir "$work/sdk"
sdk=$(cd "$work/sdk" && go mod download -json github.com/hashicorp/vault/sdk@v0.21.0 | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
cp -r "$sdk/." "$work/sdk"
chmod -R u+w "$work/sdk"
sed -i 's/ActivationFunc func(context.Context, \*logical.Request, string) error/ActivationFunc func(context.Context, *logical.Request) error/' "$work/sdk/framework/backend.go"
cd "$work" && go build -trimpath -ldflags "-s -w" -o "$1/vault" .
