/** Makes, proves and takes away what a cluster lends a daemon, as whoever holds the given access. */
import { accountSecretOf } from "../core/model/account-secret-of.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { Secret } from "../core/model/secret.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { systemClock } from "../lib/system-clock.ts";
import { Access, type AccessSource } from "./access.ts";
import { ApiClient } from "./api-client.ts";
import { type AccountPlan, accountObjects, accountOf, sayMade, tokenSecret } from "./manager-account.ts";
import { TIMINGS } from "./timings.ts";

export interface KeeperOptions {
  /** As failures name it. */
  cluster: string;
  source: AccessSource;
  context?: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  log: Log;
  clock?: Clock;
}

/** The token controller takes moments; where it does not run it never comes. */
const TOKEN_MS = 30_000;
/** What an account may do spreads to all API servers within seconds. */
const PROOF_MS = 20_000;
/** What is longer is no version. */
const LONGEST_VERSION = 64;
/** Bytes. Whoever may add clusters has whatever address they name asked. */
const LONGEST_ANSWER = 8 * 1024 * 1024;
const LOOK_EVERY_MS = 250;
const SHORT = { ...TIMINGS, readMs: 10_000, writeMs: 15_000 };

export class AccountKeeper {
  readonly #client: ApiClient;
  readonly #clock: Clock;

  /** @throws {Failure} config */
  constructor(private readonly options: KeeperOptions) {
    this.#clock = options.clock ?? systemClock;
    const access = new Access({
      source: options.source,
      context: options.context,
      trust: "operator",
      environment: options.environment,
      pluginMs: TIMINGS.pluginMs,
      clock: this.#clock,
    });
    this.#client = new ApiClient(access, this.#clock, Math.random, options.log, SHORT, 4, () => undefined);
  }

  stop(): void {
    this.#client.stop();
  }

  /** Objects that are there already become as they should be. @returns the token @throws {Failure} */
  async grant(plan: AccountPlan): Promise<Secret> {
    if (plan.account.is === "given")
      await this.#must(
        "GET",
        `/api/v1/namespaces/${plan.systemNamespace}/serviceaccounts/${accountOf(plan)}`,
      );
    const made = accountObjects(plan);
    for (const each of made) await this.#apply(each.path, each.object);
    const secret = made.at(-1);
    if (secret === undefined) throw this.#failure("internal", "make an account", "there is nothing to make");
    return this.#tokenIn(secret.path, secret.object.metadata.name);
  }

  /** Takes away what `grant` made. @returns what went @throws {Failure} */
  async revoke(plan: AccountPlan): Promise<string[]> {
    const gone: string[] = [];
    for (const each of [...(await this.#tokensOf(plan)), ...accountObjects(plan).reverse()]) {
      const path = `${each.path}/${each.object.metadata.name}`;
      const there = await this.#find(path);
      // What somebody else made under this name is theirs.
      if (there?.metadata.labels?.["app.kubernetes.io/managed-by"] !== "holdfast") continue;
      await this.#delete(path, there);
      gone.push(sayMade(each));
    }
    return gone;
  }

  /** Secrets that rotations made. */
  async #tokensOf(plan: AccountPlan): Promise<ReturnType<typeof tokenSecret>[]> {
    const path = `/api/v1/namespaces/${plan.systemNamespace}/secrets`;
    const list = await this.#find(`${path}?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dholdfast`);
    const account = accountOf(plan);
    return ((list?.["items"] ?? []) as KubeObject[])
      .filter(({ metadata }) => metadata.annotations?.["kubernetes.io/service-account.name"] === account)
      .map(({ metadata: { name, namespace = "" } }) => ({
        path,
        object: { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } },
      }));
  }

  /** Another token of the same account, in a Secret of its own. @throws {Failure} */
  async renew(
    old: string,
    suffix: string,
  ): Promise<{ token: Secret; revokeOld(as: AccountKeeper): Promise<void> }> {
    const claims = accountSecretOf(old);
    if (claims === undefined)
      throw this.#failure(
        "refused",
        "renew its credentials",
        "its token is not that of a ServiceAccount's Secret, so nothing here could revoke it",
        "Add it again: holdfast cluster add --upsert",
      );
    const { namespace, account, secret } = claims;
    const oldPath = `/api/v1/namespaces/${namespace}/secrets/${secret}`;
    const replaced = await this.#find(oldPath);
    const { path, object } = tokenSecret(namespace, account, suffix);
    await this.#apply(path, object);
    const token = await this.#tokenIn(path, object.metadata.name);
    return {
      token,
      revokeOld: async (as) => {
        if (replaced !== undefined) await as.#delete(oldPath, replaced);
      },
    };
  }

  /**
   * Whether these credentials may read where the daemon will: waits while the server does not know yet.
   * @param namespaces empty is everywhere
   * @throws {Failure} cluster-auth, cluster-unreachable
   */
  async prove(namespaces: readonly string[]): Promise<void> {
    const [first] = namespaces;
    const path = `/api/v1/${first === undefined ? "" : `namespaces/${first}/`}configmaps?limit=1`;
    const until = this.#clock.monotonic() + PROOF_MS;
    for (;;) {
      const answer = await this.#ask("GET", path);
      if (answer.is === "ok") return;
      const isSoon = answer.is === "status" && (answer.status.code === 401 || answer.status.code === 403);
      if (!isSoon || this.#clock.monotonic() > until)
        throw this.#failure(
          answer.is === "status" ? "cluster-auth" : "cluster-unreachable",
          "use the new credentials",
          answer.is === "status" ? `the API server refuses them: ${answer.status.message}` : answer.why,
        );
      await this.#clock.sleep(LOOK_EVERY_MS);
    }
  }

  /**
   * Asked once: what nobody made lately is as it will stay.
   * @param namespaces empty is everywhere
   * @throws {Failure} cluster-auth, forbidden, cluster-unreachable
   */
  async look(namespaces: readonly string[]): Promise<{ version: string; tookMs: number }> {
    const [first] = namespaces;
    const startedAt = this.#clock.monotonic();
    const version = await this.#ask("GET", "/version");
    const tookMs = Math.round(this.#clock.monotonic() - startedAt);
    if (version.is !== "ok") throw this.#refused("GET", "/version", version);
    const path = `/api/v1/${first === undefined ? "" : `namespaces/${first}/`}configmaps?limit=1`;
    const read = await this.#ask("GET", path);
    if (read.is !== "ok") throw this.#refused("GET", path, read);
    const said = isMapping(version.body) ? version.body["gitVersion"] : undefined;
    return { version: typeof said === "string" ? said.slice(0, LONGEST_VERSION) : "", tookMs };
  }

  async #tokenIn(path: string, name: string): Promise<Secret> {
    const until = this.#clock.monotonic() + TOKEN_MS;
    for (;;) {
      const secret = await this.#find(`${path}/${name}`);
      const token = (secret?.["data"] as Record<string, string> | undefined)?.["token"];
      if (token !== undefined && token !== "") return new Secret(Buffer.from(token, "base64").toString());
      if (this.#clock.monotonic() > until)
        throw this.#failure(
          "cluster-unreachable",
          "get a token of its account",
          `nothing filled the Secret ${name} within ${TOKEN_MS / 1000} s`,
          "Look whether kube-controller-manager runs there",
        );
      await this.#clock.sleep(LOOK_EVERY_MS);
    }
  }

  #apply(path: string, object: KubeObject): Promise<KubeObject> {
    return this.#must(
      "PATCH",
      `${path}/${object.metadata.name}?fieldManager=holdfast&force=true`,
      object,
      "application/apply-patch+yaml",
    );
  }

  async #delete(path: string, { metadata }: KubeObject): Promise<void> {
    const { uid } = metadata;
    const answer = await this.#ask("DELETE", path, {
      kind: "DeleteOptions",
      apiVersion: "v1",
      preconditions: { uid },
    });
    if (answer.is === "ok" || (answer.is === "status" && answer.status.code === 404)) return;
    throw this.#refused("DELETE", path, answer);
  }

  async #find(path: string): Promise<KubeObject | undefined> {
    const answer = await this.#ask("GET", path);
    if (answer.is === "ok") return answer.body as KubeObject;
    if (answer.is === "status" && answer.status.code === 404) return undefined;
    throw this.#refused("GET", path, answer);
  }

  async #must(
    method: "GET" | "PATCH",
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<KubeObject> {
    const answer = await this.#ask(method, path, body, contentType);
    if (answer.is === "ok") return answer.body as KubeObject;
    throw this.#refused(method, path, answer);
  }

  #ask(
    method: "GET" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    contentType?: string,
  ): ReturnType<ApiClient["ask"]> {
    return this.#client.ask({
      verb: method.toLowerCase(),
      kind: "",
      method,
      path,
      ...defined({ body, contentType }),
      turn: { owner: "account", urgency: "heal" },
      most: LONGEST_ANSWER,
      afterCut: "again",
    });
  }

  #refused(
    method: string,
    path: string,
    answer: Exclude<Awaited<ReturnType<ApiClient["ask"]>>, { is: "ok" }>,
  ): Failure {
    const does = `${method === "GET" ? "read" : method === "DELETE" ? "delete" : "make"} ${path.replace(/\?.*/, "")}`;
    return answer.is === "status"
      ? this.#failure(
          answer.status.code === 401 ? "cluster-auth" : answer.status.code === 403 ? "forbidden" : "refused",
          does,
          answer.status.message,
        )
      : this.#failure("cluster-unreachable", does, answer.why);
  }

  #failure(code: Failure["code"], cannot: string, why: string, fix?: string): Failure {
    return new Failure(code, `cluster ${this.options.cluster}`, "after-edit", {
      cannot,
      why,
      ...defined({ fix }),
    });
  }
}
