// Dex in memory on a free loopback port, for tests: its own server, started without its command line, whose SQLite wants a C compiler.
//
// It reads its terms as JSON from its input, prints its issuer, and ends when its input does.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/dexidp/dex/server"
	"github.com/dexidp/dex/storage"
	"github.com/dexidp/dex/storage/memory"
	"github.com/sirupsen/logrus"
)

type terms struct {
	Connectors []struct {
		ID, Type, Name string
		Config         json.RawMessage
	}
	Clients []struct {
		ID, Secret   string
		RedirectURIs []string
		Public       bool
	}
	IDTokenSeconds   int
	KeyRotateSeconds int
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	decoder := json.NewDecoder(os.Stdin)
	var given terms
	if err := decoder.Decode(&given); err != nil {
		return err
	}
	logger := logrus.New()
	logger.SetOutput(os.Stderr)
	store := memory.New(logger)
	for _, each := range given.Connectors {
		connector := storage.Connector{ID: each.ID, Type: each.Type, Name: each.Name, Config: each.Config}
		if err := store.CreateConnector(connector); err != nil {
			return err
		}
	}
	for _, each := range given.Clients {
		client := storage.Client{ID: each.ID, Secret: each.Secret, RedirectURIs: each.RedirectURIs, Public: each.Public, Name: each.ID}
		if err := store.CreateClient(client); err != nil {
			return err
		}
	}
	refresh, err := server.NewRefreshTokenPolicy(logger, false, "", "", "")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	issuer := fmt.Sprintf("http://localhost:%d/dex", listener.Addr().(*net.TCPAddr).Port)
	dex, err := server.NewServer(context.Background(), server.Config{
		Issuer:             issuer,
		Storage:            store,
		RefreshTokenPolicy: refresh,
		IDTokensValidFor:   time.Duration(given.IDTokenSeconds) * time.Second,
		RotateKeysAfter:    time.Duration(given.KeyRotateSeconds) * time.Second,
		Web:                server.WebConfig{Issuer: "Dex"},
		Logger:             logger,
	})
	if err != nil {
		return err
	}
	fmt.Println(issuer)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(listener, dex)
}
