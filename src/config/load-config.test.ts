import { describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import { showProblem } from "../core/model/problem.ts";
import type { Config } from "./config.ts";
import { defaultConfig, loadConfig, parseConfig } from "./load-config.ts";

const validateCron = (pattern: string) =>
  /^\S+( \S+){4}$/.test(pattern) ? undefined : "it has no five fields";
const files: Record<string, string> = {
  "/etc/holdfast/token": "hunter2\n",
  "/etc/holdfast/empty": "",
  "/etc/holdfast/id_ed25519": "KEY",
  "/etc/holdfast/known_hosts": "host key",
};

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error("never shown"), { code: "ENOENT" });
  return text;
}

function parse(text: string, env: Record<string, string> = {}) {
  return parseConfig(text, "/etc/holdfast/holdfast.yaml", { env, readFile, validateCron });
}

function accepted(text: string, env?: Record<string, string>): Config {
  const parsed = parse(text, env);
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  return parsed.value;
}

function problems(text: string, env?: Record<string, string>): string[] {
  const parsed = parse(text, env);
  return parsed.ok
    ? []
    : parsed.problems.map((problem) => showProblem(problem).replace("/etc/holdfast/holdfast.yaml", "config"));
}

describe("what is paused", () => {
  const pausesOf = (text: string, env: Record<string, string> = {}) => {
    const parsed = parse(text, env);
    return parsed.ok ? parsed.value.pauses : parsed.problems.map((problem) => problem.text);
  };

  test.each<[text: string, env: Record<string, string>, pauses: ReturnType<typeof pausesOf>]>([
    ["", {}, []],
    ["pause: none", { HOLDFAST_PAUSE: "none" }, []],
    ["pause: deletions", { HOLDFAST_PAUSE: "" }, [{ of: "deletions", from: "config" }]],
    ["", { HOLDFAST_PAUSE: "writes" }, [{ of: "writes", from: "environment" }]],
    [
      "pause: deletions",
      { HOLDFAST_PAUSE: "writes" },
      [
        { of: "deletions", from: "config" },
        { of: "writes", from: "environment" },
      ],
    ],
    [
      "",
      { HOLDFAST_PAUSE: "true" },
      ["the environment variable HOLDFAST_PAUSE must be none, deletions or writes"],
    ],
  ])("by %j and %j", (text, env, pauses) => {
    expect(pausesOf(text, env)).toEqual(pauses);
  });
});

describe("loadConfig()", () => {
  test("an empty file is the defaults", () => {
    expect(accepted("")).toEqual(defaultConfig("/etc/holdfast"));
    expect(defaultConfig("/")).toMatchObject({
      server: { listen: { hostname: "127.0.0.1", port: 8080 }, token: undefined },
      poll: { cron: "*/3 * * * *" },
      validate: "repair",
      unsupported: "refuse",
      data: "/data",
    });
  });

  test("the config of the README works as it stands, relative to its folder", () => {
    const config = accepted(
      `server: { listen: "127.0.0.1:8080", token: "\${HOLDFAST_TOKEN}" }
data: ./data
poll: "*/3 * * * *"            # croner pattern, or a duration such as 10s
clusters:
  - { name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ./kubeconfig }   # server: the name that manifests use
repositories:
  - { url: "https://git.example.com/", username: ci, password: "\${GIT_TOKEN}" }                 # longest prefix wins
namespace: argocd
applications: [./apps]
plugins: [./plugins]
`,
      { HOLDFAST_TOKEN: "t0ken", GIT_TOKEN: "pa$$word" },
    );
    expect(config).toMatchObject({
      data: "/etc/holdfast/data",
      applications: ["/etc/holdfast/apps"],
      plugins: ["/etc/holdfast/plugins"],
      clusters: [
        {
          name: "in-cluster",
          server: "https://kubernetes.default.svc",
          kubeconfig: "/etc/holdfast/kubeconfig",
          context: undefined,
          namespaces: [],
        },
      ],
    });
    expect(config.server.token?.reveal()).toBe("t0ken");
    expect(config.repositories[0]?.password?.reveal()).toBe("pa$$word");
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toMatch(/t0ken|pa\$\$word/);
  });

  test("a path with a shell's ~ is told what means the same here, which does", () => {
    const at = (kubeconfig: string) =>
      `clusters:\n  - { name: a, server: "https://a", kubeconfig: ${kubeconfig} }\n`;
    expect(problems(at("~/.kube/config"))).toEqual([
      'config:2: clusters[0].kubeconfig: ~ means no folder here. Write "${HOME}/.kube/config"',
    ]);
    expect(accepted(at('"${HOME}/.kube/config"'), { HOME: "/home/ana" }).clusters[0]?.kubeconfig).toBe(
      "/home/ana/.kube/config",
    );
    expect(accepted(at("./~old")).clusters[0]?.kubeconfig).toBe("/etc/holdfast/~old");
  });

  test("a registry is asked as often as its entry says, and no other repository has that", () => {
    const of = (entry: string) => `repositories: [{ url: "oci://ghcr.io", type: oci${entry} }]\n`;
    const often = (entry: string) => accepted(of(entry)).repositories[0]?.requestsPerSecond;
    expect([often(""), often(", requestsPerSecond: 5")]).toEqual([undefined, 5]);
    for (const entry of ["url: 'https://git.example.com/'", "url: 'https://charts.example.com', type: helm"])
      expect(problems(`repositories: [{ ${entry}, requestsPerSecond: 5 }]\n`).join()).toContain(
        "repositories[0].requestsPerSecond: says nothing for",
      );
    expect(problems(of(", requestsPerSecond: 0")).join()).toContain("requestsPerSecond");
  });

  test("secrets come from files, in two ways, and known hosts are no secret", () => {
    const config = accepted(
      "server: {tokenFile: token}\nrepositories:\n- {url: 'git@host:', sshPrivateKey: {file: ./id_ed25519}, sshKnownHostsFile: known_hosts}\n",
    );
    expect(config.server.token?.reveal()).toBe("hunter2");
    expect(config.repositories[0]?.sshPrivateKey?.reveal()).toBe("KEY");
    expect(config.repositories[0]?.sshKnownHosts).toBe("host key");
  });

  test("webhooks have the secrets that are written, and nothing of those that are not", () => {
    const { webhooks } = accepted(
      "webhooks: { maxPayloadSizeMB: 3, unsigned: refuse, github: { secretFile: token }, azureDevOps: { username: a, password: b } }\n",
    );
    expect([webhooks.maxBytes, webhooks.unsigned]).toEqual([3 * 2 ** 20, "refuse"]);
    expect(Object.keys(webhooks.secrets)).toEqual(["github", "azureDevOps"]);
    expect(webhooks.secrets.github?.secret?.reveal()).toBe("hunter2");
    expect(JSON.stringify(webhooks)).not.toContain("hunter2");
    expect(accepted("").webhooks.secrets).toEqual({});
  });

  test("a repository takes git.implementation unless it says otherwise", () => {
    const config = accepted(
      "git: {implementation: system}\nrepositories: [{url: https://a/}, {url: https://b/, implementation: isomorphic}]\n",
    );
    expect(config.repositories.map(({ implementation }) => implementation)).toEqual(["system", "isomorphic"]);
  });

  test("a repository may name who lends its login, its proxy, and that its certificate is not looked at, which warns", () => {
    const parsed = parse(
      `repositories:\n- {url: https://a/, useAzureWorkloadIdentity: true, proxy: "http://ci:\${T}@p:3128", noProxy: b}\n- {url: https://b/, insecure: true}\n`,
      { T: "hunter2" },
    );
    if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join());
    const [first, second] = parsed.value.repositories;
    expect(first?.lender).toEqual({ from: "azure-workload" });
    expect([first?.proxy?.reveal(), first?.noProxy]).toEqual(["http://ci:hunter2@p:3128", "b"]);
    expect(inspect(parsed.value, { depth: 9 })).not.toContain("hunter2");
    expect(second?.tlsCheck).toBe("nothing");
    expect(parsed.warnings.map(showProblem)).toEqual([
      "/etc/holdfast/holdfast.yaml:3: repositories[1].insecure: whoever answers at its address is taken for the right one. Give the authority's PEM as ca, and remove insecure",
    ]);
  });

  const schedules: [string, Config["poll"]][] = [
    ["10s", { everyMs: 10_000 }],
    ["90", { everyMs: 90_000 }],
    ['"*/5 * * * *"', { cron: "*/5 * * * *" }],
  ];
  test.each(schedules)("poll: %s", (written, want) => {
    expect(accepted(`poll: ${written}\n`).poll).toEqual(want);
  });

  test.each([
    ["$$", "$"],
    ["a$b", "a$b"],
    ["$${X}", "${X}"],
    ["-${X}-${X}", "-x-x"],
  ])("expands %p to %p", (written, want) => {
    expect(accepted(`installationID: "${written}"\n`, { X: "x" }).installationID).toBe(want);
  });

  const wrong: [name: string, text: string, want: string[]][] = [
    [
      "a slip in a key",
      "server:\n  lisen: x\n",
      ["config:2: server.lisen: is no setting. Did you mean listen?"],
    ],
    [
      "a key of nowhere",
      "health: {banana: 1}\n",
      ["config:1: health.banana: is no setting. Settings here are pods, customizations, checks"],
    ],
    [
      "a wrong type",
      "health: {pods: maybe}\nprune: {budgetPercent: 101}\nclusters: {}\n",
      [
        "config:1: health.pods: must be true or false, not a string",
        "config:2: prune.budgetPercent: must be a whole number from 0 to 100",
        "config:3: clusters: must be a list, not a mapping",
      ],
    ],
    [
      "a choice that is none",
      "validate: repare\nlog: {level: loud}\ngit: {localRepositories: true}\n",
      [
        "config:1: validate: must be repair or strict. Did you mean repair?",
        "config:2: log.level: must be debug, info, warn or error",
        "config:3: git.localRepositories: must be allowed or refused, not a flag",
      ],
    ],
    [
      "a cluster without a server",
      "clusters:\n- name: a\n",
      ["config:2: clusters[0].server: this setting is required"],
    ],
    [
      "a server that is no URL",
      "clusters:\n- {name: a, server: kubernetes}\n",
      ["config:2: clusters[0].server: must be a URL"],
    ],
    [
      "a pattern of addresses that would forbid nothing",
      'remoteBases: ["https://**", "!https://[a/**"]\n',
      ['config:1: remoteBases[1]: "!https://[a/**" is no pattern: a [ is not closed, or its class is empty'],
    ],
    [
      "selectors of global projects that would take other projects than were meant",
      "globalProjects:\n- {projectName: all, labelSelector: {matchLabels: {a: [b]}}}\n- {projectName: all, labelSelector: {matchExpressions: [{key: a, operator: In}]}}\n- {labelSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}, {key: a, operator: Gt}]}}\n",
      [
        "config:2: globalProjects[0].labelSelector.matchLabels.a: must be a string, not a list",
        "config:3: globalProjects[1].labelSelector.matchExpressions[0].values: In needs values",
        "config:4: globalProjects[2].labelSelector.matchExpressions[1].operator: must be In, NotIn, Exists or DoesNotExist",
        "config:4: globalProjects[2].projectName: this setting is required",
        "config:4: globalProjects[2].labelSelector.matchExpressions[0].values: Exists takes no values. Remove them",
      ],
    ],
    [
      "names that stand twice",
      "clusters:\n- {name: a, server: https://x}\n- {name: a, server: https://X/}\nrepositories:\n- url: https://g/\n- url: https://g\n",
      [
        "config:3: clusters[1].name: is the same as clusters[0].name on line 2. Remove one of them",
        "config:3: clusters[1].server: is the same as clusters[0].server on line 2. Remove one of them",
        "config:6: repositories[1].url: is the same as repositories[0].url on line 5. Remove one of them",
      ],
    ],
    [
      "ways to a repository that lead nowhere",
      "repositories:\n- {url: https://a/, githubAppID: '1'}\n- {url: https://b/, username: ci, useAzureWorkloadIdentity: true}\n- {url: 'git@c:', proxy: http://p, insecure: true}\n- {url: https://d/, noProxy: x}\n- {url: https://e/, proxy: 'socks5://hunter2@p'}\n- {url: https://f/, ca: x, insecure: true}\n- {url: https://g/, azureActiveDirectoryEndpoint: https://hunter2.example}\n- {url: https://h/, gcpServiceAccountKey: hunter2}\n",
      [
        "config:2: repositories[0].githubAppPrivateKey: is missing",
        "config:3: repositories[1].useAzureWorkloadIdentity: is there beside username: one of them can ask. Keep one of them",
        "config:4: repositories[2].proxy: is for https alone, and the address is none of it. Remove it",
        "config:4: repositories[2].insecure: is for https alone: sshKnownHosts says which hosts of ssh are right. Remove it",
        "config:5: repositories[3].noProxy: says nothing without proxy. Remove it",
        "config:6: repositories[4].proxy: is no address of an HTTP proxy. Write it like http://proxy.example.com:3128",
        "config:7: repositories[5].insecure: is there beside ca, and then the certificate would not be looked at. Remove it",
        "config:8: repositories[6].azureActiveDirectoryEndpoint: says nothing by itself. Remove it, or name who lends",
        "config:9: repositories[7].gcpServiceAccountKey: is no JSON text. Write the key's JSON file into it",
      ],
    ],
    [
      "who asks in an address",
      "repositories:\n- {type: oci, url: 'oci://ci@r/'}\n- {type: oci, url: ci@r/x}\n- {type: oci, url: 'ci:hunter2@r/x'}\n- {type: oci, url: 'ci:hunter2@r'}\n",
      [
        "config:2: repositories[0].url: names who asks. Write it into username",
        "config:3: repositories[1].url: names who asks. Write it into username",
        "config:4: repositories[2].url: has a password or a token in it. Write it into username and password",
        "config:5: repositories[3].url: has a password or a token in it. Write it into username and password",
      ],
    ],
    [
      "a schedule that is none",
      'poll: "every day"\n',
      [
        'config:1: poll: is neither a duration nor a pattern: it has no five fields. Write it like "*/3 * * * *" or 10s',
      ],
    ],
    [
      "a duration that is none",
      "render: {timeout: 5 minutes}\n",
      ["config:1: render.timeout: is no duration. Write it like 10s, 1m30s or 2h"],
    ],
    [
      "an open address without a token",
      'server: {listen: "0.0.0.0:80"}\n',
      [
        "config:1: server.listen: an address that other machines can reach needs accounts, signOn or server.token. Write one of them, or listen on 127.0.0.1",
      ],
    ],
    ...["   ", "two words", "tok\u00e9n"].map((token): [string, string, string[]] => [
      `the token ${JSON.stringify(token)}`,
      `server: {token: ${JSON.stringify(token)}}\n`,
      [
        "config:1: server.token: holds a sign that no client can send. Use letters, digits and signs of ASCII, without spaces",
      ],
    ]),
    [
      "every address without a token",
      'server: {listen: ":80"}\n',
      [
        "config:1: server.listen: an address that other machines can reach needs accounts, signOn or server.token. Write one of them, or listen on 127.0.0.1",
      ],
    ],
    [
      "an address that is none",
      "server: {listen: localhost}\n",
      ["config:1: server.listen: is no address with a port. Write it like 127.0.0.1:8080"],
    ],
    [
      "a variable that is not set",
      'server: {token: "${A_TOKEN}"}\n',
      [
        "config:1: server.token: the environment variable A_TOKEN is not set. Set A_TOKEN, or write the value into a file and name that",
      ],
    ],
    [
      "a variable that is no name",
      'installationID: "${a b}"\n',
      ["config:1: installationID: holds a ${ that is no ${NAME}. Write $$ for a dollar sign"],
    ],
    [
      "an empty secret",
      'server: {token: ""}\n',
      ["config:1: server.token: is empty. Remove the key, or give it a value"],
    ],
    [
      "a file that is not there",
      "server: {tokenFile: gone}\n",
      ["config:1: server.tokenFile: the file gone cannot be read: no such file"],
    ],
    [
      "a file that is empty",
      "server: {token: {file: empty}}\n",
      ["config:1: server.token.file: the file empty is empty"],
    ],
    [
      "a secret in two places",
      "server: {token: x, tokenFile: token}\n",
      ["config:1: server.tokenFile: is written beside token. Remove one of them"],
    ],
    [
      "an exclusion that names nothing",
      "resourceExclusions:\n- {}\n",
      [
        "config:2: resourceExclusions[0]: names nothing, which would leave everything out. Name groups or kinds",
      ],
    ],
    [
      "an exclusion whose pattern is none",
      'resourceExclusions:\n- { apiGroups: ["[a"] }\n',
      [expect.stringContaining('config:2: resourceExclusions[0]: "[a" is no pattern: ') as unknown as string],
    ],
    ["two documents", "data: a\n---\ndata: b\n", ["config:3: a config is one document. Remove the ---"]],
    ["a list", "- a\n", ["config:1: must be a mapping, not a list"]],
    [
      "a key that stands twice",
      "data: a\ndata: b\n",
      ["config:2: the key data stands twice in one mapping. Remove one of them"],
    ],
    [
      "no YAML",
      "data: [\n",
      ["config:2: flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
  ];
  test.each(wrong)("refuses %s", (_, text, want) => {
    expect(problems(text)).toEqual(want);
  });

  const checks =
    "health:\n  customizations: [cm.yaml, other.yaml]\n  checks:\n  - {group: example.org, kind: Widget, healthy: good, message: good}\n  - {kind: Pod, degraded: good}\n";
  const scripts = (second: string) => (path: string) =>
    ({
      "/etc/holdfast/cm.yaml": "resource.customizations.health.example.org_Gadget: return nil\n",
      "/etc/holdfast/other.yaml": second,
    })[path] ?? readFile(path);
  const validateCel = (expression: string) => (expression === "good" ? undefined : "it is not good");

  test("exclusions of the config and of the files that it names hold together", () => {
    const parsed = parseConfig(
      "resourceExclusions: [{ kinds: [Lease] }]\nhealth: { customizations: [cm.yaml] }\n",
      "/etc/holdfast/holdfast.yaml",
      {
        env: {},
        readFile: () => "resource.exclusions: '- { kinds: [Event] }'\n",
        validateCron: () => undefined,
      },
    );
    const kinds = parsed.ok ? parsed.value.resources.exclusions.flatMap((one) => one.kinds) : [];
    expect(kinds).toEqual(["Lease", "Event"]);
  });

  test("users' checks are read from the config and from the files that it names", () => {
    const parsed = parseConfig(checks, "/etc/holdfast/holdfast.yaml", {
      env: {},
      readFile: scripts("url: x\n"),
      validateCron,
      validateCel,
    });
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [],
      value: {
        health: {
          pods: true,
          customizations: ["/etc/holdfast/cm.yaml", "/etc/holdfast/other.yaml"],
          scripts: { health: [{ kinds: "example.org/Gadget", script: "return nil" }], actions: [] },
          checks: [
            { kinds: "example.org/Widget", healthy: "good", message: "good" },
            { kinds: "Pod", degraded: "good" },
          ],
        },
      },
    });
  });

  test("what is wrong with users' checks is said with file and line, all at once", () => {
    const text = `${checks.replace("healthy: good", "healthy: bad").replace("degraded: good", "message: good")}  - {group: example.org, kind: Widget, healthy: good}\n`;
    const parsed = parseConfig(text, "/etc/holdfast/holdfast.yaml", {
      env: {},
      readFile: scripts(
        "resource.customizations.health.example.org_Widget: return nil\nresource.customizations.actions.a_B: '- c'\n",
      ),
      validateCron,
      validateCel,
    });
    expect(
      parsed.ok
        ? []
        : parsed.problems.map((problem) => showProblem(problem).replaceAll("/etc/holdfast/", "")),
    ).toEqual([
      "holdfast.yaml:4: health.checks[0].healthy: is no expression in CEL: it is not good",
      "holdfast.yaml:5: health.checks[1]: says nothing: it needs one expression of degraded, suspended, progressing and healthy",
      "holdfast.yaml:6: health.checks[2].kind: example.org/Widget has a check in health.checks[0] already. Remove one of them",
      "other.yaml: example.org/Widget has a check in health.checks[0] already. Remove one of them",
      'other.yaml:2: ["resource.customizations.actions.a_B"]: must hold a map',
    ]);
  });

  test("a file of checks that is not there is a problem, a key that means nothing a warning", () => {
    expect(problems("health: {customizations: [gone.yaml]}\n")).toEqual([
      "config:1: health.customizations[0]: the file /etc/holdfast/gone.yaml cannot be read: no such file",
    ]);
    const parsed = parseConfig("health: {customizations: [cm.yaml]}\n", "/etc/holdfast/holdfast.yaml", {
      env: {},
      readFile: () => "resource.customizations.helth.a_B: x\n",
      validateCron,
    });
    expect(parsed.ok && parsed.warnings.map(({ severity, line }) => [severity, line])).toEqual([
      ["warning", 1],
    ]);
  });

  test.each([
    "accounts: [{name: admin, may: [login]}]\n",
    "signOn: {ldap: [{name: d, url: 'ldaps://ldap.example.org', users: {base: 'ou=people,dc=x'}}]}\n",
  ])("an address that is not loopback needs no token beside %s", (asking) => {
    const { server } = accepted(`server: {listen: "0.0.0.0:8080", tls: {selfSigned: true}}\n${asking}`);
    expect([server.listen.hostname, server.token]).toEqual(["0.0.0.0", undefined]);
  });

  test("what guards nothing opens no address: no accounts, a policy alone, a home that may say more later", () => {
    for (const more of ["accounts: []\n", "rbac: {defaultRole: 'role:readonly'}\n", "home: cluster\n"])
      expect(problems(`server: {listen: "0.0.0.0:80"}\n${more}`).join("\n")).toContain(
        "config:1: server.listen: an address that other machines can reach needs accounts, signOn or server.token",
      );
  });

  test("a loopback address needs no token, another is fine with one", () => {
    expect(accepted('server: {listen: "[::1]:0"}\n').server.listen).toEqual({ hostname: "::1", port: 0 });
    expect(accepted('server: {listen: ":443", token: x}\n').server.listen).toEqual({
      hostname: "0.0.0.0",
      port: 443,
    });
  });

  test("problems print no secret", () => {
    const text =
      "server: {token: [hunter2]}\nrepositories:\n- {url: 'https://ci:hunter2@git/', password: {hunter2: hunter2}, bearerToken: 'hunter2${', sshPrivateKey: hunter2, sshPrivateKeyFile: gone}\n";
    expect(problems(text).length).toBeGreaterThan(3);
    expect(problems(text).join("\n")).not.toMatch(/hunter2@|: hunter2|hunter2\$/);
  });

  test("a config that is not there is a problem that names it", () => {
    expect(loadConfig("/nowhere/holdfast.yaml", { env: {}, validateCron })).toEqual({
      ok: false,
      problems: [
        {
          severity: "error",
          file: "/nowhere/holdfast.yaml",
          text: "the config cannot be read: no such file",
          fix: "Name one with --config, or copy config/holdfast.yaml",
        },
      ],
    });
  });
});
