/** What generators of ApplicationSets learn from other people's servers. */
import type { PluginGenerator, ProviderGenerator } from "../core/model/application-set.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import type { FoundRepository, GeneratorFacts, PullRequest } from "../core/ports/generator-facts.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { Lru } from "../lib/lru.ts";
import type { Reach } from "../remote/reach.ts";
import { within } from "../remote/within.ts";
import { NotThere, type Road } from "./api.ts";
import { codeCommitRepositories } from "./aws-code-commit.ts";
import { azurePullRequests, azureRepositories } from "./azure-devops.ts";
import { bitbucketPullRequests, bitbucketRepositories } from "./bitbucket-cloud.ts";
import { bitbucketServerPullRequests, bitbucketServerRepositories } from "./bitbucket-server.ts";
import { Fields } from "./fields.ts";
import { pullRequestFilter, repositoryFilters } from "./filters.ts";
import { findRepositories, type KnownPaths } from "./find-repositories.ts";
import { giteaPullRequests, giteaRepositories } from "./gitea.ts";
import { githubPullRequests, githubRepositories } from "./github.ts";
import { gitlabPullRequests, gitlabRepositories } from "./gitlab.ts";
import { HourlyTokens } from "./hourly-tokens.ts";
import { makeAsking } from "./make-asking.ts";
import { askPlugin } from "./plugin.ts";
import type { AskPullRequests, Lookups, OpenRepositories } from "./provider.ts";

const PULL_REQUESTS: Readonly<Record<string, AskPullRequests>> = {
  github: githubPullRequests,
  gitlab: gitlabPullRequests,
  gitea: giteaPullRequests,
  bitbucket: bitbucketPullRequests,
  bitbucketServer: bitbucketServerPullRequests,
  azuredevops: azurePullRequests,
};
const REPOSITORIES: Readonly<Record<string, OpenRepositories>> = {
  github: githubRepositories,
  gitlab: gitlabRepositories,
  gitea: giteaRepositories,
  bitbucket: bitbucketRepositories,
  bitbucketServer: bitbucketServerRepositories,
  azureDevOps: azureRepositories,
  awsCodeCommit: codeCommitRepositories,
};

/** Where a provider answers that generators name without an address. */
const USUAL: Readonly<Record<string, string>> = {
  github: "https://api.github.com",
  gitlab: "https://gitlab.com/api/v4",
  bitbucket: "https://api.bitbucket.org/2.0",
  azuredevops: "https://dev.azure.com",
  azureDevOps: "https://dev.azure.com",
};

const MOST_REQUESTS = 5000;
const MOST_BYTES = 256 << 20;
const MOST_KEPT_BYTES = 32 << 20;
const MOST_PATHS = 20_000;
const PATIENCE_MS = 10 * 60_000;

export interface ProvidersTerms {
  /** Milliseconds since 1970. */
  now: () => number;
  /**
   * Addresses of APIs that generators may name, beside the providers' usual ones. Absent: all. Source: Argo CD's
   * `applicationsetcontroller.allowed.scm.providers`, which is compared as it is written.
   */
  allowedApis?: readonly string[];
  /** Where the APIs' names may lead to. Default `not here`: not to this machine and its own link. */
  reach?: Reach;
  /** The daemon's: who it is to AWS. Default nobody. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** In place of the providers' own addresses. */
  usual?: Readonly<Record<string, string>>;
}

/** For one ApplicationSet. */
export interface ProvidersAsker {
  /** The set's name, which plugins are told. */
  set: string;
  /** Of the set's namespace. */
  own: Lookups;
  /** Of the home namespace: GitHub Apps, and all that is a plugin's. */
  home: Lookups;
  signal: AbortSignal;
}

export type ProviderFacts = Pick<GeneratorFacts, "pullRequests" | "repositories" | "plugin">;

/** Keeps what providers say has not changed, and tokens while they count; one for a daemon. */
export class Providers {
  readonly #terms: ProvidersTerms;
  readonly #kept: Road["kept"] = new Lru(MOST_KEPT_BYTES, ({ text }) => text.length + 500);
  readonly #paths: KnownPaths = new Lru(MOST_PATHS);
  readonly #tokens: HourlyTokens;

  constructor(terms: ProvidersTerms) {
    this.#terms = terms;
    this.#tokens = new HourlyTokens(terms.now);
  }

  /** @returns what throws a Failure wherever something could not be learned */
  factsFor(asker: ProvidersAsker): ProviderFacts {
    return {
      pullRequests: (ask) => this.#pullRequests(ask, asker),
      repositories: (ask) => this.#repositories(ask, asker),
      plugin: (ask) => this.#plugin(ask, asker),
    };
  }

  async #pullRequests(ask: ProviderGenerator, asker: ProvidersAsker): Promise<readonly PullRequest[]> {
    const { provider, way, fields } = chosen(ask, PULL_REQUESTS, "pullRequest");
    const isWanted = pullRequestFilter(fields);
    try {
      return await this.#whole(`pullRequest.${provider}`, asker, async (road) => {
        const found = await way(this.#asking(fields.in(provider), provider, asker, road));
        return found.filter(isWanted);
      });
    } catch (cause) {
      if (cause instanceof NotThere && fields.flag("continueOnRepoNotFoundError") === true) return [];
      throw cause;
    }
  }

  async #repositories(ask: ProviderGenerator, asker: ProvidersAsker): Promise<readonly FoundRepository[]> {
    const { provider, way, fields } = chosen(ask, REPOSITORIES, "scmProvider");
    const filters = repositoryFilters(fields);
    const protocol = fields.maybeText("cloneProtocol") ?? "ssh";
    if (protocol !== "ssh" && protocol !== "https")
      throw fields.wrong(`cloneProtocol must be ssh or https, and is ${JSON.stringify(protocol)}`);
    const own = fields.in(provider);
    const branches = own.flag("allBranches") === true ? "all" : "default";
    return this.#whole(`scmProvider.${provider}`, asker, async (road) =>
      findRepositories(await way(this.#asking(own, provider, asker, road)), {
        protocol,
        branches,
        filters,
        paths: this.#paths,
        server: `${provider} ${own.maybeText("api") ?? ""}`,
      }),
    );
  }

  async #plugin(ask: PluginGenerator, { set, home, ...asker }: ProvidersAsker) {
    const what = `plugin ${ask.configMapRef.name}`;
    return this.#whole(what, { set, home, ...asker }, (road) => askPlugin(ask, { set, home, road }));
  }

  #asking(fields: Fields, provider: string, { own, home }: ProvidersAsker, road: Road) {
    const usual = this.#terms.usual?.[provider] ?? USUAL[provider] ?? "";
    const { allowedApis, environment = {} } = this.#terms;
    return makeAsking({ fields, usual, own, home, road, tokens: this.#tokens, environment, allowedApis });
  }

  /** One question, which ends in time and within what it may cost. */
  async #whole<T>(what: string, { signal }: ProvidersAsker, work: (road: Road) => Promise<T>): Promise<T> {
    const late = (): Failure =>
      new Failure("provider-unreachable", what, "backoff", {
        cannot: "read all of the answer",
        why: `it took longer than ${PATIENCE_MS / 60_000} minutes`,
        fix: "Ask for less: a smaller group, filters of repositories",
      });
    const { now, reach = "not here" } = this.#terms;
    const budget = { requests: MOST_REQUESTS, bytes: MOST_BYTES };
    try {
      return await within(PATIENCE_MS, late, signal, (ending) =>
        work({ now, reach, kept: this.#kept, budget, signal: ending }),
      );
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw asFailure(cause, what, "ask for it");
    }
  }
}

/** The provider that a generator names. */
function chosen<Way>(
  ask: ProviderGenerator,
  ways: Readonly<Record<string, Way>>,
  kind: "pullRequest" | "scmProvider",
): { provider: string; way: Way; fields: Fields } {
  const wrong = (why: string): Failure =>
    new Failure("invalid-spec", kind, "after-edit", {
      cannot: "ask for it",
      why,
      fix: "Correct the generator",
    });
  const named = Object.keys(ways).filter((provider) => isMapping(ask[provider]));
  const [provider] = named;
  const way = provider === undefined ? undefined : ways[provider];
  if (provider === undefined || way === undefined || named.length > 1)
    throw wrong(`it must name one provider of ${Object.keys(ways).join(", ")}`);
  return { provider, way, fields: Fields.of(ask, "", wrong) };
}
