/** What of a kubeconfig can be given to the daemon: a context each, or why it cannot. Nothing of it is kept here. */

/** What `POST /api/v1/clusters` takes of it. */
export interface ClusterAccess {
  server: string;
  config: Record<string, unknown>;
}

export type ContextChoice =
  | { name: string; is: "usable"; server: string; access: ClusterAccess }
  | { name: string; is: "refused"; why: string };

export type KubeconfigRead =
  | { is: "read"; contexts: readonly ContextChoice[]; current: string | undefined }
  | { is: "refused"; why: string };

type Mapping = Readonly<Record<string, unknown>>;

const INSTEAD =
  "Run holdfast cluster add CONTEXT where the kubeconfig is: it makes an account for the daemon.";

/** @param value as YAML or JSON has it */
export function readKubeconfig(value: unknown): KubeconfigRead {
  const config = mapping(value);
  if (config === undefined || (config["kind"] !== undefined && config["kind"] !== "Config"))
    return { is: "refused", why: "It is no kubeconfig: kubectl config view --raw prints one." };
  const clusters = named(config["clusters"], "cluster");
  const users = named(config["users"], "user");
  const contexts = [...named(config["contexts"], "context")].map(([name, context]) =>
    choiceOf(name, context, clusters, users),
  );
  if (contexts.length === 0)
    return { is: "refused", why: "It has no context, which says of which cluster and user it is." };
  const current = text(config["current-context"]);
  return {
    is: "read",
    contexts,
    current: contexts.some(({ name }) => name === current) ? current : undefined,
  };
}

function choiceOf(
  name: string,
  context: Mapping,
  clusters: ReadonlyMap<string, Mapping>,
  users: ReadonlyMap<string, Mapping>,
): ContextChoice {
  const refused = (why: string): ContextChoice => ({ name, is: "refused", why });
  const [clusterName = "", userName = ""] = [text(context["cluster"]), text(context["user"])];
  const [cluster, user] = [clusters.get(clusterName), users.get(userName)];
  if (cluster === undefined) return refused(`The cluster ${clusterName} that it names is not in the file.`);
  if (user === undefined) return refused(`The user ${userName} that it names is not in the file.`);
  const server = text(cluster["server"]);
  if (server === undefined) return refused(`The cluster ${clusterName} has no server.`);
  const why = whyNotTaken(cluster, user);
  if (why !== undefined) return refused(why);
  const said = (of: Mapping, from: string, to: string): Record<string, string> => {
    const value = text(of[from]);
    return value === undefined ? {} : { [to]: value };
  };
  return {
    ...{ name, is: "usable", server },
    access: {
      server,
      config: {
        ...said(user, "token", "bearerToken"),
        ...said(user, "username", "username"),
        ...said(user, "password", "password"),
        ...said(cluster, "proxy-url", "proxyUrl"),
        tlsClientConfig: {
          ...(cluster["insecure-skip-tls-verify"] === true ? { insecure: true } : {}),
          ...said(cluster, "certificate-authority-data", "caData"),
          ...said(cluster, "tls-server-name", "serverName"),
          ...said(user, "client-certificate-data", "certData"),
          ...said(user, "client-key-data", "keyData"),
        },
      },
    },
  };
}

/** What is a program or a file of another machine, and means nothing, or too much, on the daemon's. */
function whyNotTaken(cluster: Mapping, user: Mapping): string | undefined {
  if (user["exec"] !== undefined)
    return `Its credentials come from a program (${text(mapping(user["exec"])?.["command"]) ?? "exec"}), which would have to run on the daemon's machine. ${INSTEAD}`;
  if (user["auth-provider"] !== undefined)
    return `Its credentials come from a provider that kubectl has no more (auth-provider). ${INSTEAD}`;
  const files = [
    ...["certificate-authority"].map((field) => [cluster, field] as const),
    ...["client-certificate", "client-key", "tokenFile"].map((field) => [user, field] as const),
  ].flatMap(([of, field]) => (text(of[field]) === undefined ? [] : [field]));
  if (files.length > 0)
    return `It names files of the machine that it is from (${files.join(", ")}). kubectl config view --raw --flatten prints it with what is in them. Or: ${INSTEAD}`;
  if (text(user["as"]) !== undefined)
    return `It acts as somebody else (as), which the daemon does not. ${INSTEAD}`;
  const proofs = ["token", "username", "client-certificate-data"].filter(
    (field) => text(user[field]) !== undefined,
  );
  return proofs.length === 0 ? `It has no credentials. ${INSTEAD}` : undefined;
}

function named(list: unknown, of: string): Map<string, Mapping> {
  return new Map(
    (Array.isArray(list) ? list : []).flatMap((entry: unknown): [string, Mapping][] => {
      const name = text(mapping(entry)?.["name"]);
      const body = mapping(mapping(entry)?.[of]);
      return name === undefined || body === undefined ? [] : [[name, body]];
    }),
  );
}

function mapping(value: unknown): Mapping | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Mapping)
    : undefined;
}

/** "" is nothing. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
