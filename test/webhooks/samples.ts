/**
 * Deliveries as the providers send them. GitHub's are its own recorded ones (`@octokit/webhooks-examples`); the others are
 * written by hand after each provider's documentation, with its field names, and cut to what tells them apart.
 */
import type { ProviderName } from "../../src/core/webhooks/provider.ts";

export interface Sample {
  name: string;
  provider: ProviderName;
  headers: Record<string, string>;
  payload: unknown;
}

const JSON_TYPE = { "content-type": "application/json" };
const COMMIT = "cfe32cf61b73a0d5e9f13e774abde7ff789b1660";
const BEFORE = "95790bf891e76fee5e1747ab589903a6a1f80f22";

/** Read at run time: as an import the compiler would go through four megabytes of it. */
const recorded = (await Bun.file(Bun.resolveSync("@octokit/webhooks-examples", import.meta.dir)).json()) as {
  name: string;
  examples: unknown[];
}[];

/** Every recorded delivery of GitHub. */
export const GITHUB_SAMPLES: readonly Sample[] = recorded.flatMap(({ name, examples }) =>
  examples.map((payload, at) => ({
    name: `GitHub ${name} ${at}`,
    provider: "github" as const,
    headers: {
      ...JSON_TYPE,
      "x-github-event": name,
      "x-github-delivery": `72d3162e-cc78-11e3-81ab-${String(at).padStart(12, "0")}`,
      "user-agent": "GitHub-Hookshot/044aadd",
    },
    payload,
  })),
);

const GITLAB_PROJECT = {
  id: 15,
  name: "Diaspora",
  description: "",
  web_url: "https://gitlab.example.com/mike/diaspora",
  avatar_url: null,
  git_ssh_url: "git@gitlab.example.com:mike/diaspora.git",
  git_http_url: "https://gitlab.example.com/mike/diaspora.git",
  namespace: "Mike",
  visibility_level: 0,
  path_with_namespace: "mike/diaspora",
  default_branch: "master",
  homepage: "https://gitlab.example.com/mike/diaspora",
  url: "git@gitlab.example.com:mike/diaspora.git",
  ssh_url: "git@gitlab.example.com:mike/diaspora.git",
  http_url: "https://gitlab.example.com/mike/diaspora.git",
};
const gitlab = (name: string, event: string, payload: unknown): Sample => ({
  name: `GitLab ${name}`,
  provider: "gitlab",
  headers: {
    ...JSON_TYPE,
    "user-agent": "GitLab/17.1.0",
    "x-gitlab-event": event,
    "x-gitlab-event-uuid": "13792a34-cac6-4fda-95a8-c58e00a3954e",
    "x-gitlab-webhook-uuid": "02affd2d-2cba-4033-917d-ec22d5dc4b38",
    "idempotency-key": `f5e57357-3d71-4d80-89ba-${name.replaceAll(" ", "-")}`,
    "x-gitlab-instance": "https://gitlab.example.com",
  },
  payload,
});

const REPOSITORY_OF_CLOUD = {
  type: "repository",
  name: "web",
  full_name: "acme/web",
  uuid: "{673a6070-3421-46c9-9d48-90745f7bfe8e}",
  is_private: true,
  scm: "git",
  project: { type: "project", key: "ACME", name: "Acme" },
  workspace: { type: "workspace", slug: "acme", name: "Acme" },
  links: {
    self: { href: "https://api.bitbucket.org/2.0/repositories/acme/web" },
    html: { href: "https://bitbucket.org/acme/web" },
    avatar: { href: "https://bytebucket.org/ravatar/1" },
  },
};
const cloud = (event: string, payload: unknown): Sample => ({
  name: `Bitbucket Cloud ${event}`,
  provider: "bitbucket",
  headers: {
    ...JSON_TYPE,
    "user-agent": "Bitbucket-Webhooks/2.0",
    "x-event-key": event,
    "x-hook-uuid": "{c2a9b0d5-6f2e-4c8b-9c55-a4a1ba1ee4a3}",
    "x-request-uuid": `3f0b2b0c-5a3c-4a2c-8d7f-${event.replace(":", "-")}`,
    "x-attempt-number": "1",
  },
  payload,
});

const REPOSITORY_OF_SERVER = {
  slug: "web",
  id: 84,
  name: "web",
  scmId: "git",
  state: "AVAILABLE",
  statusMessage: "Available",
  forkable: true,
  project: { key: "ACME", id: 84, name: "Acme", public: false, type: "NORMAL" },
  public: false,
  links: {
    clone: [
      { href: "ssh://git@bitbucket.example.com:7999/acme/web.git", name: "ssh" },
      { href: "https://bitbucket.example.com/scm/acme/web.git", name: "http" },
    ],
    self: [{ href: "https://bitbucket.example.com/projects/ACME/repos/web/browse" }],
  },
};
const server = (event: string, payload: unknown): Sample => ({
  name: `Bitbucket Data Center ${event}`,
  provider: "bitbucketServer",
  headers: {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Atlassian HttpClient 2.1.5 / Bitbucket-8.9.1 (8009001) / Default",
    "x-event-key": event,
    "x-request-id": `@1J7VQ9x${event.length}x0`,
  },
  payload,
});

const REPOSITORY_OF_AZURE = {
  id: "278d5cd2-584d-4b63-824a-2ba458937249",
  name: "web",
  url: "https://dev.azure.com/acme/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249",
  project: {
    id: "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c",
    name: "Platform",
    url: "https://dev.azure.com/acme/_apis/projects/6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c",
    state: "wellFormed",
    visibility: "unchanged",
    lastUpdateTime: "0001-01-01T00:00:00",
  },
  defaultBranch: "refs/heads/main",
  remoteUrl: "https://acme@dev.azure.com/acme/Platform/_git/web",
};
const azure = (eventType: string, resource: unknown): Sample => ({
  name: `Azure DevOps ${eventType}`,
  provider: "azureDevOps",
  headers: {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "VSServices/19.225.34112.2",
    "x-vss-activityid": "27646e0e-b520-4d2b-9411-bba7524947cd",
    "x-vss-subscriptionid": "2f0b1a43-5f2f-4a0c-8d0e-000000000001",
  },
  payload: {
    subscriptionId: "2f0b1a43-5f2f-4a0c-8d0e-000000000001",
    notificationId: 1,
    id: `03c164c2-8912-4d5e-8009-${eventType}`,
    eventType,
    publisherId: "tfs",
    message: { text: "Jamal Hartnett pushed updates to web:main." },
    resource,
    resourceVersion: "1.0",
    createdDate: "2026-11-12T12:23:09.9302545Z",
  },
});

const REPOSITORY_OF_GITEA = {
  id: 140,
  owner: { id: 1, login: "acme", full_name: "", email: "acme@noreply.gitea.example.com", username: "acme" },
  name: "web",
  full_name: "acme/web",
  description: "",
  empty: false,
  private: false,
  fork: false,
  parent: null,
  mirror: false,
  size: 64,
  html_url: "https://gitea.example.com/acme/web",
  ssh_url: "ssh://git@gitea.example.com:2222/acme/web.git",
  clone_url: "https://gitea.example.com/acme/web.git",
  website: "",
  stars_count: 0,
  default_branch: "main",
};
const gitea = (maker: "Gitea" | "Forgejo" | "Gogs", event: string, payload: unknown): Sample => {
  const names =
    maker === "Gogs"
      ? ["gogs"]
      : maker === "Gitea"
        ? ["gitea", "gogs", "github"]
        : ["forgejo", "gitea", "gogs", "github"];
  return {
    name: `${maker} ${event}`,
    provider: "gitea",
    headers: {
      ...JSON_TYPE,
      ...Object.fromEntries(
        names.flatMap((name) => [
          [`x-${name}-event`, event],
          [`x-${name}-delivery`, `f6266f16-1bf3-46a5-9ea4-${maker}-${event}`],
        ]),
      ),
    },
    payload,
  };
};
const GITEA_PUSH = {
  ref: "refs/heads/main",
  before: BEFORE,
  after: COMMIT,
  compare_url: `https://gitea.example.com/acme/web/compare/${BEFORE}...${COMMIT}`,
  commits: [
    {
      id: COMMIT,
      message: "Webhooks Yay!",
      url: `https://gitea.example.com/acme/web/commit/${COMMIT}`,
      author: { name: "Ann", email: "ann@example.com", username: "ann" },
      committer: { name: "Ann", email: "ann@example.com", username: "ann" },
      timestamp: "2026-11-13T13:52:11-04:00",
      added: [],
      removed: [],
      modified: ["deploy/web.yaml"],
    },
  ],
  total_commits: 1,
  repository: REPOSITORY_OF_GITEA,
  pusher: { id: 1, login: "ann", username: "ann" },
  sender: { id: 1, login: "ann", username: "ann" },
};

/** One or more of every other provider. */
export const OTHER_SAMPLES: readonly Sample[] = [
  gitlab("push", "Push Hook", {
    object_kind: "push",
    event_name: "push",
    before: BEFORE,
    after: COMMIT,
    ref: "refs/heads/master",
    ref_protected: true,
    checkout_sha: COMMIT,
    user_id: 4,
    user_name: "John Smith",
    project_id: 15,
    project: GITLAB_PROJECT,
    repository: {
      name: "Diaspora",
      url: "git@gitlab.example.com:mike/diaspora.git",
      homepage: "https://gitlab.example.com/mike/diaspora",
      git_http_url: "https://gitlab.example.com/mike/diaspora.git",
      git_ssh_url: "git@gitlab.example.com:mike/diaspora.git",
      visibility_level: 0,
    },
    commits: [
      {
        id: COMMIT,
        message: "fixed readme",
        timestamp: "2026-01-03T23:36:29+02:00",
        author: { name: "GitLab dev user", email: "dev@example.com" },
        added: ["CHANGELOG"],
        modified: ["app/controller/application.rb"],
        removed: [],
      },
    ],
    total_commits_count: 1,
    push_options: { ci: { skip: true } },
  }),
  gitlab("tag push", "Tag Push Hook", {
    object_kind: "tag_push",
    event_name: "tag_push",
    before: "0".repeat(40),
    after: COMMIT,
    ref: "refs/tags/v1.0.0",
    project: GITLAB_PROJECT,
    commits: [],
    total_commits_count: 0,
  }),
  gitlab("merge request", "Merge Request Hook", {
    object_kind: "merge_request",
    event_type: "merge_request",
    user: { id: 1, name: "Administrator", username: "root" },
    project: GITLAB_PROJECT,
    repository: { name: "Diaspora", url: GITLAB_PROJECT.git_http_url },
    object_attributes: {
      id: 99,
      iid: 1,
      target_branch: "master",
      source_branch: "ms-viewport",
      action: "open",
      target: GITLAB_PROJECT,
    },
    labels: [],
    changes: {},
  }),
  gitlab("system repository update", "System Hook", {
    event_name: "repository_update",
    user_id: 1,
    project_id: 15,
    project: GITLAB_PROJECT,
    changes: [{ before: BEFORE, after: COMMIT, ref: "refs/heads/master" }],
    refs: ["refs/heads/master"],
  }),
  gitlab("pipeline", "Pipeline Hook", { object_kind: "pipeline", project: GITLAB_PROJECT }),
  cloud("repo:push", {
    actor: { type: "user", display_name: "Ann" },
    repository: REPOSITORY_OF_CLOUD,
    push: {
      changes: [
        {
          new: { type: "branch", name: "main", target: { type: "commit", hash: COMMIT } },
          old: { type: "branch", name: "main", target: { type: "commit", hash: BEFORE } },
          links: { html: { href: "https://bitbucket.org/acme/web/branches/compare/a..b" } },
          created: false,
          forced: false,
          closed: false,
          commits: [{ hash: COMMIT, type: "commit", message: "new" }],
          truncated: false,
        },
        {
          new: null,
          old: { type: "tag", name: "v0.9.0", target: { type: "commit", hash: BEFORE } },
          created: false,
          forced: false,
          closed: true,
        },
      ],
    },
  }),
  cloud("pullrequest:created", {
    actor: { type: "user", display_name: "Ann" },
    pullrequest: { id: 7, title: "More", state: "OPEN" },
    repository: REPOSITORY_OF_CLOUD,
  }),
  server("repo:refs_changed", {
    eventKey: "repo:refs_changed",
    date: "2026-11-19T09:48:31+1100",
    actor: { name: "admin", emailAddress: "admin@example.com", id: 1, type: "NORMAL" },
    repository: REPOSITORY_OF_SERVER,
    changes: [
      {
        ref: { id: "refs/heads/master", displayId: "master", type: "BRANCH" },
        refId: "refs/heads/master",
        fromHash: BEFORE,
        toHash: COMMIT,
        type: "UPDATE",
      },
    ],
  }),
  server("pr:opened", {
    eventKey: "pr:opened",
    pullRequest: {
      id: 1,
      title: "a new file added",
      fromRef: { id: "refs/heads/a-branch", repository: REPOSITORY_OF_SERVER },
      toRef: { id: "refs/heads/master", repository: REPOSITORY_OF_SERVER },
    },
  }),
  server("diagnostics:ping", { test: true }),
  azure("git.push", {
    commits: [{ commitId: COMMIT, comment: "Fixed bug in web.config file" }],
    refUpdates: [{ name: "refs/heads/main", oldObjectId: BEFORE, newObjectId: COMMIT }],
    repository: REPOSITORY_OF_AZURE,
    pushedBy: { displayName: "Jamal Hartnett" },
    pushId: 14,
    date: "2026-11-02T19:17:17.33644Z",
  }),
  azure("git.pullrequest.created", {
    repository: REPOSITORY_OF_AZURE,
    pullRequestId: 1,
    status: "active",
    sourceRefName: "refs/heads/mytopic",
    targetRefName: "refs/heads/main",
  }),
  gitea("Gitea", "push", GITEA_PUSH),
  gitea("Forgejo", "push", GITEA_PUSH),
  gitea("Gogs", "push", { ...GITEA_PUSH, secret: "" }),
  gitea("Gitea", "pull_request", {
    action: "opened",
    number: 1,
    pull_request: { id: 1, number: 1, title: "More", base: { label: "main" }, head: { label: "more" } },
    repository: REPOSITORY_OF_GITEA,
  }),
  gitea("Gitea", "package", {
    action: "created",
    repository: null,
    package: {
      id: 3,
      owner: REPOSITORY_OF_GITEA.owner,
      type: "container",
      name: "web",
      version: "1.2.0",
      html_url: "https://gitea.example.com/acme/-/packages/container/web/1.2.0",
    },
    organization: null,
  }),
  {
    name: "GHCR package",
    provider: "github",
    headers: { ...JSON_TYPE, "x-github-event": "package", "x-github-delivery": "72d3162e-ghcr" },
    payload: {
      action: "published",
      package: {
        id: 10696,
        name: "Web",
        namespace: "Acme",
        ecosystem: "CONTAINER",
        package_type: "CONTAINER",
        owner: { login: "Acme", type: "Organization" },
        package_version: {
          id: 24147,
          version: "sha256:3da1996a",
          container_metadata: { tag: { name: "1.2.0", digest: "sha256:3da1996a" } },
        },
        registry: { name: "GitHub docker registry", url: "https://ghcr.io/Acme/Web" },
      },
      repository: { full_name: "Acme/Web", html_url: "https://github.com/Acme/Web" },
    },
  },
  {
    name: "Docker Hub push",
    provider: "dockerHub",
    headers: JSON_TYPE,
    payload: {
      callback_url: "https://registry.hub.docker.com/u/acme/web/hook/2141b5bi5i5b02bec211i4eeih0242eg11000a/",
      push_data: { pushed_at: 1417566161, pusher: "trustedbuilder", tag: "latest" },
      repository: {
        comment_count: 0,
        date_created: 1417494799,
        is_private: true,
        is_trusted: true,
        name: "web",
        namespace: "acme",
        owner: "acme",
        repo_name: "acme/web",
        repo_url: "https://registry.hub.docker.com/r/acme/web",
        status: "Active",
      },
    },
  },
  {
    name: "Harbor push",
    provider: "harbor",
    headers: JSON_TYPE,
    payload: {
      type: "PUSH_ARTIFACT",
      occur_at: 1680501893,
      operator: "admin",
      event_data: {
        resources: [
          {
            digest: "sha256:954b378c375d852eb3c63ab88978f640b4348b01c1b3456a024a81536dafbbf4",
            tag: "1.2.0",
            resource_url: "harbor.example.com:8443/acme/web:1.2.0",
          },
        ],
        repository: {
          date_created: 1680501893,
          name: "web",
          namespace: "acme",
          repo_full_name: "acme/web",
          repo_type: "private",
        },
      },
    },
  },
  {
    name: "Harbor push as CloudEvent",
    provider: "harbor",
    headers: { "content-type": "application/cloudevents+json" },
    payload: {
      specversion: "1.0",
      requestid: "c4c9c0b9-4d9b-4d8d-8c63-4ae9bdb9c9b7",
      id: "4b2f89a6-548d-4c12-9993-a1f5790b97d2",
      source: "/projects/1/webhook/policies/3",
      type: "harbor.artifact.pushed",
      datacontenttype: "application/json",
      time: "2026-04-03T06:04:53Z",
      operator: "robot$ci",
      data: {
        resources: [
          { digest: "sha256:9", tag: "2.0.0", resource_url: "harbor.example.com/acme/charts/web:2.0.0" },
        ],
        repository: { name: "charts/web", namespace: "acme", repo_full_name: "acme/charts/web" },
      },
    },
  },
  {
    name: "Harbor pull",
    provider: "harbor",
    headers: JSON_TYPE,
    payload: {
      type: "PULL_ARTIFACT",
      event_data: {
        resources: [{ digest: "sha256:9", tag: "1.2.0", resource_url: "harbor.example.com/acme/web:1.2.0" }],
        repository: { name: "web", namespace: "acme", repo_full_name: "acme/web" },
      },
    },
  },
  {
    name: "Quay push",
    provider: "quay",
    headers: JSON_TYPE,
    payload: {
      repository: "acme/web",
      namespace: "acme",
      name: "web",
      docker_url: "quay.io/acme/web",
      homepage: "https://quay.io/repository/acme/web",
      updated_tags: ["latest", "1.2.0"],
    },
  },
  {
    name: "a hook of one's own",
    provider: "generic",
    headers: JSON_TYPE,
    payload: { ref: "refs/heads/main", repository: { clone_url: "https://git.example.com/acme/web.git" } },
  },
];
