import { delimiter, join } from "node:path";
import type { ClusterAccount, ClusterAccountAsk } from "../cli/offline-verbs.ts";
import { AccountKeeper } from "../cluster/account-keeper.ts";
import { CurrentEntry } from "../cluster/entry-endpoint.ts";
import { type Endpoint, readKubeconfig } from "../cluster/kubeconfig.ts";
import { type AccountPlan, accountObjects, accountOf, sayMade } from "../cluster/manager-account.ts";
import { parseClusterBody } from "../core/model/cluster-wire.ts";
import { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { jsonLog } from "../lib/json-log.ts";
import type { Surroundings } from "./surroundings.ts";

/** @throws {Failure} config where the context cannot be read, or is of a cluster that the daemon would not take */
export async function clusterAccount(
  { env, stderr }: Surroundings,
  { kubeconfig, context, systemNamespace, serviceAccount, namespaces, signal }: ClusterAccountAsk,
): Promise<ClusterAccount> {
  const source = { file: kubeconfig ?? kubeconfigOf(env) };
  const endpoint = readKubeconfig(source, context, "operator");
  const { server } = endpoint;
  const plan: AccountPlan = {
    systemNamespace,
    account: serviceAccount === undefined ? { is: "ours" } : { is: "given", name: serviceAccount },
    namespaces,
  };
  // What the daemon would refuse is refused before anything is made.
  entryOf(context, server, configOf(endpoint, "none"));
  const log = jsonLog(() => "error", stderr);
  const keeping = async <T>(
    keeperSource: ConstructorParameters<typeof AccountKeeper>[0]["source"],
    work: (keeper: AccountKeeper) => Promise<T>,
  ): Promise<T> => {
    const keeper = new AccountKeeper({
      cluster: context,
      source: keeperSource,
      ...("file" in keeperSource ? { context } : {}),
      environment: env,
      log,
    });
    const end = (): void => keeper.stop();
    signal.addEventListener("abort", end, { once: true });
    try {
      return await work(keeper);
    } finally {
      signal.removeEventListener("abort", end);
      keeper.stop();
    }
  };
  return {
    server,
    address: addressOf(endpoint),
    makes: accountObjects(plan).map(sayMade),
    account: `${systemNamespace}/${accountOf(plan)}`,
    async grant() {
      const token = await keeping(source, (keeper) => keeper.grant(plan));
      const config = configOf(endpoint, token.reveal());
      const entry = new CurrentEntry(entryOf(context, server, config));
      await keeping({ entry, pod: { host: "", port: "" } }, (keeper) => keeper.prove(namespaces));
      return config;
    },
    revoke: () => keeping(source, (keeper) => keeper.revoke(plan)),
  };
}

/** Where kubectl looks: the first file that KUBECONFIG names, else the one in the home folder. */
export function kubeconfigOf({ KUBECONFIG = "", HOME = "" }: Surroundings["env"]): string {
  const [first] = KUBECONFIG.split(delimiter).filter((file) => file !== "");
  return first ?? join(HOME, ".kube", "config");
}

function configOf(endpoint: Endpoint, bearerToken: string): Record<string, unknown> {
  return { bearerToken, ...addressOf(endpoint) };
}

function addressOf({ tls, proxy }: Endpoint): Record<string, unknown> {
  return {
    tlsClientConfig: {
      insecure: tls.rejectUnauthorized === false,
      ...defined({ serverName: tls.serverName }),
      ...(tls.ca === undefined ? {} : { caData: Buffer.from(tls.ca).toString("base64") }),
    },
    ...defined({ proxyUrl: proxy }),
  };
}

/** @throws {Failure} config */
function entryOf(
  name: string,
  server: string,
  config: Record<string, unknown>,
): ConstructorParameters<typeof CurrentEntry>[0] {
  const parsed = parseClusterBody({ name: "cluster", server, config });
  if (parsed.ok) return parsed.value;
  const [{ path, text, fix }] = parsed.problems;
  throw new Failure("config", `context ${name}`, "after-edit", {
    cannot: "add its cluster",
    why: `${path ?? ""} ${text}`.trim(),
    ...defined({ fix }),
  });
}
