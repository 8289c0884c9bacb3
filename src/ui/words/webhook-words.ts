/** Webhooks in words: how each provider is set up, and what became of a delivery. */

export interface ShownDelivery {
  /** RFC 3339. */
  at: string;
  provider: string;
  event: string;
  id: string;
  about: string;
  outcome: string;
  why: string;
  proof: string;
  from: string;
}

interface Setup {
  word: string;
  /** Where it is set up at the provider, and what to choose. */
  there: string;
  /** Setting of the config that holds its secret. */
  setting: string;
}

const SETUPS: Readonly<Record<string, Setup>> = {
  github: {
    word: "GitHub, ghcr.io",
    there: "Settings → Webhooks: application/json, the secret; pushes, pull requests, repositories, packages",
    setting: "webhooks.github.secret",
  },
  gitlab: {
    word: "GitLab",
    there: "Settings → Webhooks: the secret token; push, tag push and merge request events",
    setting: "webhooks.gitlab.secret",
  },
  bitbucket: {
    word: "Bitbucket Cloud",
    there: "Repository settings → Webhooks: the secret; repository push, pull requests",
    setting: "webhooks.bitbucket.secret",
  },
  bitbucketServer: {
    word: "Bitbucket Data Center",
    there: "Repository settings → Webhooks: the secret; repository push, pull requests",
    setting: "webhooks.bitbucketServer.secret",
  },
  azureDevOps: {
    word: "Azure DevOps",
    there: "Project settings → Service hooks → Web Hooks: code pushed, pull requests; user name and password",
    setting: "webhooks.azureDevOps.password",
  },
  gitea: {
    word: "Gitea, Forgejo, Gogs",
    there: "Settings → Webhooks: application/json, the secret; push, pull requests, packages",
    setting: "webhooks.gitea.secret",
  },
  harbor: {
    word: "Harbor",
    there: "Project → Webhooks: http, artifact pushed; the secret as auth header",
    setting: "webhooks.harbor.secret",
  },
  dockerHub: {
    word: "Docker Hub",
    there: "Repository → Webhooks: the address, and ?secret= behind it",
    setting: "webhooks.dockerHub.secret",
  },
  quay: {
    word: "Quay",
    there: "Settings → Notifications: push to repository, webhook POST; the address, and ?secret= behind it",
    setting: "webhooks.quay.secret",
  },
  generic: {
    word: "One of your own",
    there: "JSON with repository.clone_url and ref, signed as GitHub does: X-Hub-Signature-256",
    setting: "webhooks.generic.secret",
  },
};

export function setupOf(provider: string): Setup {
  return (
    SETUPS[provider] ?? { word: provider === "unknown" ? "Not known" : provider, there: "", setting: "" }
  );
}

/** One sentence without a full stop. */
export function sayOutcome({
  outcome,
  why,
  proof,
}: Pick<ShownDelivery, "outcome" | "why" | "proof">): string {
  if (outcome === "looking") return proof === "genuine" ? "Signed: looked at" : "Unsigned: a hint to look";
  const word = outcome.slice(0, 1).toUpperCase() + outcome.slice(1);
  return why === "" ? word : `${word}: ${why}`;
}

export function sayUnsigned(unsigned: "hint" | "refuse", signed: number): string {
  if (unsigned === "refuse") return "Deliveries of providers without a secret are refused.";
  return signed === 0
    ? "No provider has a secret: what comes is a hint to look, and costs a repository one question in ten seconds at most."
    : "Deliveries of providers without a secret are a hint to look, and cost a repository one question in ten seconds at most.";
}
