// A Vault in memory with key-value engines 1 and 2 and AppRole, for tests: real code of HashiCorp, started without its command line.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	log "github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// registry knows the two plugins that are there.
type registry struct{}

func (registry) Contains(name string, _ consts.PluginType) bool {
	return name == "kv" || name == "approle"
}
func (registry) Get(name string, _ consts.PluginType) (func() (interface{}, error), bool) {
	factories := map[string]logical.Factory{"kv": kv.Factory, "approle": approle.Factory}
	factory, found := factories[name]
	return func() (interface{}, error) { return factory, nil }, found
}
func (registry) Keys(consts.PluginType) []string { return []string{"kv", "approle"} }
func (registry) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, true
}
func (registry) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }

func main() {
	logger := log.New(&log.LoggerOptions{Level: log.Error})
	disk, err := inmem.NewInmem(nil, logger)
	must(err)
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:           disk,
		Logger:             logger,
		DisableMlock:       true,
		BuiltinRegistry:    registry{},
		DisableCache:       true,
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory},
		CredentialBackends: map[string]logical.Factory{"approle": approle.Factory},
	})
	must(err)
	ctx := context.Background()
	made, err := core.Initialize(ctx, &vault.InitParams{
		BarrierConfig:  &vault.SealConfig{SecretShares: 1, SecretThreshold: 1},
		RecoveryConfig: nil,
	})
	must(err)
	_, err = core.Unseal(made.SecretShares[0])
	must(err)
	fmt.Println(made.RootToken)
	must(http.ListenAndServe(os.Args[1], vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core, ListenerConfig: &configutil.Listener{}})))
}
