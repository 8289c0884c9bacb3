/**
 * What argocd's config file holds: `current-context`, and lists of contexts, servers and users that name each other.
 * Fields that are not known here are kept. Source: argo-cd-behaviour 7.1.
 */
import { filled } from "../../../lib/defined.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { parseYaml, printYaml } from "../../../lib/yaml.ts";

type Entry = Readonly<Record<string, unknown>>;

export interface LocalConfig {
  current: string;
  contexts: readonly { name: string; server: string; user: string; more: Entry }[];
  servers: readonly { server: string; more: Entry }[];
  users: readonly { name: string; more: Entry }[];
  more: Entry;
}

/** A context with what it names. */
export interface ResolvedContext {
  name: string;
  server: string;
  insecure: boolean;
  plaintext: boolean;
  core: boolean;
  rootPath: string;
  /** What its certificate is held against; `{}`: the machine's authorities. */
  trust: { ca?: string; fingerprint?: string };
  /** How it was logged in; Argo CD's program leaves both out. */
  sso: boolean;
  username: string;
  user: string;
  token: string | undefined;
  refreshToken: string | undefined;
}

export const NO_CONFIG: LocalConfig = { current: "", contexts: [], servers: [], users: [], more: {} };

/** @returns why it cannot be read, as a clause */
export function readConfig(text: string): { ok: true; value: LocalConfig } | { ok: false; why: string } {
  const { documents, problems } = parseYaml(text, { duplicateKeys: "keep-last" });
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined) return { ok: false, why: `line ${error.line}: ${error.text}` };
  const [{ value } = { value: {} }] = documents;
  if (!isMapping(value ?? {})) return { ok: false, why: "it is no mapping" };
  const { "current-context": current, contexts, servers, users, ...more } = (value ?? {}) as Entry;
  const list = (of: unknown): Entry[] => (Array.isArray(of) ? of.filter(isMapping) : []);
  return {
    ok: true,
    value: {
      current: asText(current),
      contexts: list(contexts).map(({ name, server, user, ...rest }) => ({
        name: asText(name),
        server: asText(server),
        user: asText(user),
        more: rest,
      })),
      servers: list(servers).map(({ server, ...rest }) => ({ server: asText(server), more: rest })),
      users: list(users).map(({ name, ...rest }) => ({ name: asText(name), more: rest })),
      more,
    },
  };
}

export function printConfig({ current, contexts, servers, users, more }: LocalConfig): string {
  return printYaml({
    contexts: contexts.map(({ more: rest, ...one }) => ({ ...one, ...rest })),
    "current-context": current,
    ...more,
    servers: servers.map(({ server, more: rest }) => ({ ...rest, server })),
    users: users.map(({ name, more: rest }) => ({ ...rest, name })),
  });
}

/** @returns undefined where there is none of that name */
export function resolveContext(config: LocalConfig, name: string): ResolvedContext | undefined {
  const found = config.contexts.find((one) => one.name === name);
  if (found === undefined) return undefined;
  const server = config.servers.find((one) => one.server === found.server)?.more ?? {};
  const user = config.users.find((one) => one.name === found.user)?.more ?? {};
  return {
    name,
    server: found.server,
    insecure: server["insecure"] === true,
    plaintext: server["plain-text"] === true,
    core: server["core"] === true,
    rootPath: asText(server["grpc-web-root-path"]),
    trust: trustIn(server),
    sso: user["sso"] === true,
    username: asText(user["username"]),
    user: found.user,
    token: asText(user["auth-token"]) || undefined,
    refreshToken: asText(user["refresh-token"]) || undefined,
  };
}

/** The authority as Argo CD keeps it: PEM, in base64. */
function trustIn(server: Entry): ResolvedContext["trust"] {
  const ca = asText(server["certificate-authority-data"]);
  return filled({
    ca: Buffer.from(ca, "base64").toString("utf8"),
    fingerprint: asText(server["fingerprint"]),
  });
}

export interface NewLogin {
  name: string;
  server: string;
  insecure: boolean;
  plaintext: boolean;
  grpcWeb: boolean;
  rootPath: string;
  trust: ResolvedContext["trust"];
  sso: boolean;
  username: string;
  token: string;
}

/** With that context in place of one of its name, as the current one. */
export function withLogin(config: LocalConfig, login: NewLogin): LocalConfig {
  const server = {
    server: login.server,
    more: {
      ...(login.grpcWeb ? { "grpc-web": true } : {}),
      "grpc-web-root-path": login.rootPath,
      ...(login.insecure ? { insecure: true } : {}),
      ...(login.plaintext ? { "plain-text": true } : {}),
      ...filled({
        "certificate-authority-data": Buffer.from(login.trust.ca ?? "").toString("base64"),
        fingerprint: login.trust.fingerprint ?? "",
      }),
    },
  };
  return {
    ...config,
    current: login.name,
    contexts: put(config.contexts, {
      name: login.name,
      server: login.server,
      user: login.name,
      more: {},
    }),
    servers: [...config.servers.filter((one) => one.server !== login.server), server],
    users: put(config.users, {
      name: login.name,
      more: {
        "auth-token": login.token,
        username: login.username,
        ...(login.sso ? { sso: true } : {}),
      },
    }),
  };
}

/** Without what that context is logged in with; the context stays. */
export function withoutToken(config: LocalConfig, name: string): LocalConfig {
  const user = config.contexts.find((one) => one.name === name)?.user;
  return {
    ...config,
    users: config.users.map((one) => {
      const { "auth-token": _, "refresh-token": __, ...rest } = one.more;
      return one.name === user ? { name: one.name, more: rest } : one;
    }),
  };
}

/** Without the context, and what nobody else names. */
export function withoutContext(config: LocalConfig, name: string): LocalConfig {
  const contexts = config.contexts.filter((one) => one.name !== name);
  return {
    ...config,
    contexts,
    servers: config.servers.filter((one) => contexts.some(({ server }) => server === one.server)),
    users: config.users.filter((one) => contexts.some(({ user }) => user === one.name)),
    current: config.current === name ? "" : config.current,
  };
}

function put<T extends { name: string }>(list: readonly T[], entry: T): T[] {
  return list.some(({ name }) => name === entry.name)
    ? list.map((one) => (one.name === entry.name ? entry : one))
    : [...list, entry];
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
