/** Who may ask, and for what. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { admit } from "../../src/api/admission.ts";
import { ApiError } from "../../src/api/api-error.ts";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { ANYWHERE, BY_SEGMENT, FILE_NAME, matchesGlob } from "../../src/lib/glob.ts";
import { makeCertificates } from "../lib/certificates.ts";
import { silent } from "../lib/render-host.ts";
import { dice } from "./api-limits.ts";
import { DEAR_MS } from "./controls.ts";
import { request, sendRaw, statusesOf } from "./raw-http.ts";
import { must, mustEqual, NotHeld, type Row, tally } from "./row.ts";
import { configMap, SERVER, type Stand, settled, TOKEN } from "./stand.ts";
import { costOf, mustNotLeak } from "./witnesses.ts";

const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
/** As an identity provider would sign them, and as nobody would. */
const FORGED = [
  `${b64({ alg: "none", typ: "JWT" })}.${b64({ sub: "admin", iss: "argocd", exp: 4e9 })}.`,
  `${b64({ alg: "HS256" })}.${b64({ sub: "admin", aud: "holdfast" })}.${"A".repeat(43)}`,
  `${b64({ alg: "RS256", jwk: { kty: "RSA", n: "AQAB", e: "AQAB" } })}.${b64({ sub: "admin" })}.AAAA`,
  `${b64({ alg: "dir", enc: "A128GCM", zip: "DEF" })}..AAAA.BBBB.CCCC`,
];

/** What the admission says to a header, with the token that the daemons have. */
function statusFor(authorization: string, token: Secret = new Secret(TOKEN)): number {
  try {
    admit(new Request("http://127.0.0.1/api/v1/applications", { headers: { authorization } }), {
      token,
      isPage: () => false,
    });
    return 200;
  } catch (cause) {
    // A header that cannot be one is refused by whoever parses the request.
    if (cause instanceof TypeError) return 400;
    if (cause instanceof ApiError) return cause.http;
    throw cause;
  }
}

/** Starts a daemon that must refuse to. @returns its last words */
async function refusedStart(stand: Stand, server: string): Promise<string> {
  try {
    const daemon = await stand.another({ server });
    await daemon.kill();
  } catch (cause) {
    return String(cause);
  }
  throw new NotHeld(`it started with server ${server}`);
}

/** An application that must be refused, while nothing of it is written. @returns the condition's sentence */
async function refusedApp(
  stand: Stand,
  name: string,
  more: Parameters<Stand["app"]>[2],
  beside: unknown[] = [],
  files: Record<string, string> = { "app/a.yaml": configMap("a") },
): Promise<string> {
  const before = stand.proxy.requests.length;
  stand.daemon.place(
    `${name}.yaml`,
    [...beside.map((each) => JSON.stringify(each)), await stand.app(name, files, more)].join("\n---\n"),
  );
  const query =
    (more?.metadata?.["namespace"] as string | undefined) === undefined
      ? name
      : `${name}?appNamespace=${more?.metadata?.["namespace"]}`;
  const app = await stand.daemon.until(query, (seen) => sentenceOf(seen) !== undefined || settled(seen));
  const writes = stand.proxy.requests
    .slice(before)
    .filter(
      ({ method, path }) =>
        method !== "GET" && path.includes(`/namespaces/${name}/`) && !path.includes("dryRun"),
    );
  mustEqual(
    writes.map(({ method, path }) => `${method} ${path}`),
    [],
    `what was written of ${name}`,
  );
  const sentence = sentenceOf(app);
  must(sentence !== undefined, `nothing is said of ${name}`);
  return sentence ?? "";
}

function sentenceOf(app: any): string | undefined {
  const tried = app?.status?.operationState?.message as string | undefined;
  return (
    app?.status?.conditions?.[0]?.message ??
    (/not permitted|nothing was written/.test(tried ?? "") ? tried : undefined)
  );
}

const project = (name: string, spec: Record<string, unknown>): unknown => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name, namespace: "argocd" },
  spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], ...spec },
});
const notYet = (id: string, about: string, because: string): Row => ({ id, about, because });

export const API_ACCESS: readonly Row[] = [
  {
    id: "AN-1",
    about: "Hono CVE-2026-22817, CVE-2026-47673 and others: a token that says itself how it is to be checked",
    input:
      "JWTs with alg none, HS256, a key of their own, a packed JWE; the right token under another scheme",
    async play({ daemon }) {
      const headers = [
        ...FORGED.map((token) => `Bearer ${token}`),
        `Basic ${btoa(`admin:${TOKEN}`)}`,
        `Token ${TOKEN}`,
        TOKEN,
        `Bearer  ${TOKEN}`,
      ];
      const seen: string[] = [];
      for (const authorization of headers)
        seen.push(
          String((await daemon.ask("GET", "/api/v1/applications", undefined, { authorization })).status),
        );
      mustEqual([...new Set(seen)], ["401"], "the answers");
      mustEqual((await daemon.ask("GET", "/api/v1/applications")).status, 200, "with the right one");
      return `what nobody made here opens nothing, whatever it says of itself: ${tally(seen)}`;
    },
  },
  {
    id: "AN-2",
    about: "Argo CD CVE-2022-29165: a forged token counts as anonymous, or as more",
    input:
      "no credential, a forged one, two of them, cookies and query parameters with the right one, for a write",
    async play({ daemon }) {
      const body = {
        metadata: { name: "forged" },
        spec: {
          project: "default",
          source: { repoURL: "https://127.0.0.1:1/x", path: "a" },
          destination: { server: SERVER },
        },
      };
      const ways: Record<string, string>[] = [
        {},
        { authorization: "" },
        { authorization: "Bearer" },
        { authorization: `Bearer ${FORGED[0]}` },
        { cookie: `argocd.token=${TOKEN}` },
        { "x-forwarded-user": "admin" },
        { "x-api-key": TOKEN },
      ];
      const seen: string[] = [];
      for (const headers of ways)
        for (const query of ["", `?token=${TOKEN}`, `?access_token=${TOKEN}`])
          seen.push(String((await daemon.ask("POST", `/api/v1/applications${query}`, body, headers)).status));
      mustEqual([...new Set(seen)], ["401"], "the answers");
      mustEqual(
        (await daemon.ask("GET", "/api/v1/applications/forged")).status,
        404,
        "the application that was asked for",
      );
      return `all refused (${seen.length}), nothing was made`;
    },
  },
  {
    id: "AN-4",
    about: "flux-operator CVE-2026-23990: an identity that is empty counts as the program's own",
    input: "a token in the config that is empty, blank, or a variable that is not set; an empty credential",
    async play(stand) {
      const words = [`, token: ""`, `, token: "   "`, `, token: "\${NOT_SET_ANYWHERE}"`];
      const said: string[] = [];
      for (const server of words) {
        const words = await refusedStart(stand, server);
        const sentence = /server\.token[^\n"]{0,70}/.exec(words)?.[0];
        must(sentence !== undefined, `it does not start, and says nothing of the token: ${words}`);
        said.push(sentence ?? "");
      }
      for (const shown of ["", "Bearer", "Bearer ", "Bearer undefined", "Bearer null"])
        mustEqual(statusFor(shown), 401, `the answer to ${JSON.stringify(shown)}`);
      return `the daemon does not start: ${tally(said.map((text) => text.slice(0, 70)))}; empty credentials 401`;
    },
  },
  {
    id: "AN-5",
    about:
      "Argo CD CVE-2021-26921, CVE-2023-40025, CVE-2024-41666: what was let in once stays, though its token is gone",
    input: "an open stream and requests with the old token while the config gets a new one",
    async play(stand) {
      const daemon = await stand.another({ server: `, token: "\${ADVISORY_TOKEN}"` });
      const response = await fetch(`${daemon.url}/api/v1/stream/applications`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      const ended = (async () => {
        try {
          for await (const _ of response.body ?? []) void _;
        } catch {
          // Cut off: it has ended just the same.
        }
        return "ended";
      })();
      const file = join(daemon.dir, "holdfast.yaml");
      writeFileSync(file, readFileSync(file, "utf8").replace("${ADVISORY_TOKEN}", "another-token-entirely"));
      const refused = await waitFor(
        async () => (await daemon.ask("GET", "/api/v1/applications").catch(() => undefined))?.status === 401,
      );
      must(refused, "the old token is still taken");
      must(
        (await Promise.race([ended, Bun.sleep(30_000)])) === "ended",
        "the stream of the old token is still open",
      );
      mustEqual(
        (
          await daemon.ask("GET", "/api/v1/applications", undefined, {
            authorization: "Bearer another-token-entirely",
          })
        ).status,
        200,
        "the new one",
      );
      await daemon.kill();
      return "the old token is refused at once, and its stream is cut";
    },
  },
  {
    id: "AN-6",
    about: "Argo CD CVE-2020-8827, CVE-2024-21652, -21661: guessing, and a counter that a flood crashes",
    input: "3,000 wrong tokens, 100 at once; every one of the same cost",
    async play({ daemon }) {
      const seen = new Set<number>();
      for (let at = 0; at < 30; at++)
        for (const { status } of await Promise.all(
          Array.from({ length: 100 }, (_, i) =>
            daemon.ask("GET", "/api/v1/applications", undefined, {
              authorization: `Bearer guess-${at}-${i}`,
            }),
          ),
        ))
          seen.add(status);
      mustEqual([...seen], [401], "the answers");
      mustEqual((await daemon.ask("GET", "/api/v1/applications")).status, 200, "the right one afterwards");
      return "all 401; there is no lockout that could be overflown: one random token";
    },
  },
  {
    id: "AN-7",
    about:
      "Argo CD CVE-2020-11576, Atlantis CVE-2022-24912, Hono 4.11.10: time and words tell how much of a secret is right",
    input:
      "tokens that share all but the last sign, none, and a length of 8,000; the comparison itself is given bytes in place of text",
    async play({ daemon }) {
      const replies = new Set<string>();
      for (const shown of ["x", TOKEN.slice(0, -1), `${TOKEN}x`, TOKEN.toUpperCase(), "y".repeat(8_000)]) {
        const { status, text } = await daemon.ask("GET", "/api/v1/applications", undefined, {
          authorization: `Bearer ${shown}`,
        });
        replies.add(`${status} ${text}`);
      }
      mustEqual(replies.size, 1, "kinds of answers");
      // A comparison sign by sign would find no equal text here; one of digests does not know the difference.
      const bytes = { reveal: () => Buffer.from(TOKEN) } as unknown as Secret;
      mustEqual(statusFor(`Bearer ${TOKEN}`, bytes), 200, "the token as bytes");
      const source = readFileSync(join(import.meta.dir, "../../src/api/admission.ts"), "utf8");
      must(
        /timingSafeEqual\(digest\(shown\), digest\(/.test(source),
        "the digests are not compared in constant time",
      );
      return "one answer to all; digests of one length are compared in constant time";
    },
  },
  {
    id: "AN-9",
    about: "Argo CD CVE-2020-8828: a default password that can be guessed",
    input:
      "a start without a token on an address that others reach; requests from another name to one that is on loopback",
    async play(stand) {
      const file = (listen: string): string => `server: { listen: "${listen}" }\ndata: ./d\n`;
      const said: string[] = [];
      for (const listen of ["0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:8080"]) {
        const path = join(stand.dir, "open.yaml");
        writeFileSync(path, file(listen));
        const child = Bun.spawn(
          [process.execPath, join(import.meta.dir, "../../src/main.ts"), "serve", "--config", path],
          { stdout: "pipe", stderr: "pipe", env: { PATH: "" } },
        );
        const code = await Promise.race([child.exited, Bun.sleep(30_000).then(() => "it runs")]);
        if (code === "it runs") child.kill();
        must(typeof code === "number" && code !== 0, `with ${listen}: ${code}`);
        said.push(`${listen}: exit code ${code}`);
      }
      return `without a token it does not start: ${said.join(", ")}`;
    },
  },
  {
    id: "AN-10",
    about: "Argo Workflows CVE-2024-53862, CVE-2026-42183: odd credentials that count as good, or crash",
    input: "100,000 random Authorization headers at the admission, 300 of them over the wire as bytes",
    async play({ daemon }) {
      const signs = [
        "Bearer ",
        "bearer\t",
        "Basic ",
        TOKEN,
        TOKEN.slice(0, 5),
        " ",
        ",",
        "=",
        "\u00ff",
        ".",
        "eyJ",
        "null",
        "\u0001",
        "0",
        "=".repeat(50),
      ];
      const random = dice(4711);
      const header = (): string =>
        Array.from({ length: random(6) }, () => signs[random(signs.length)] ?? "").join("");
      const seen = new Set<number>();
      for (let at = 0; at < 100_000; at++) {
        const value = header();
        if (isRight(value)) continue;
        seen.add(statusFor(value));
      }
      for (let at = 0; at < 300; at++) {
        const value = header();
        if (isRight(value)) continue;
        for (const status of statusesOf(
          await sendRaw(daemon.port, request("/api/v1/applications", ["Host: x", `Authorization: ${value}`])),
        ))
          seen.add(status);
      }
      seen.delete(400);
      mustEqual([...seen], [401], "the answers");
      return "only 401, and 400 where it is no header";
    },
  },
  {
    id: "AZ-1",
    about:
      "Argo CD CVE-2022-24768, CVE-2022-1025: an action on objects that are not the application's, or that its project forbids",
    input:
      "actions and readings of another application's object; kinds, namespaces and cluster kinds that the project denies",
    async play(stand) {
      const { daemon } = stand;
      const other = "namespace=shop&resourceName=settings&kind=ConfigMap&version=v1";
      const before = stand.proxy.requests.filter(({ method }) => method !== "GET").length;
      const answers: number[] = [];
      for (const [method, path, body] of [
        ["GET", `/api/v1/applications/sign/resource/actions?${other}`, undefined],
        ["POST", `/api/v1/applications/sign/resource/actions?${other}`, '"restart"'],
        [
          "POST",
          "/api/v1/applications/sign/resource/actions/v2",
          {
            action: "restart",
            namespace: "shop",
            resourceName: "settings",
            kind: "ConfigMap",
            version: "v1",
          },
        ],
        ["DELETE", `/api/v1/applications/sign/resource?${other}`, undefined],
        ["POST", `/api/v1/applications/sign/resource?${other}`, '"{}"'],
      ] as const) {
        const { status, text } = await daemon.ask(method, path, body);
        must(
          status >= 400 || /"actions":\[\]/.test(text),
          `${method} ${path} is answered with ${status} ${text}`,
        );
        answers.push(status);
      }
      mustEqual(stand.proxy.requests.filter(({ method }) => method !== "GET").length - before, 0, "writes");
      const said = [
        await refusedApp(stand, "no-kind", { spec: { project: "no-kind", syncPolicy: { automated: {} } } }, [
          project("no-kind", { namespaceResourceBlacklist: [{ group: "", kind: "ConfigMap" }] }),
        ]),
        await refusedApp(
          stand,
          "no-scope",
          { spec: { project: "no-scope", syncPolicy: { automated: {} } } },
          [project("no-scope", { clusterResourceWhitelist: [] })],
          { "app/n.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: { name: mine }\n" },
        ),
      ];
      return `answered ${tally(answers.map(String))}, nothing written; ${said.map((text) => text.slice(0, 80)).join("; ")}`;
    },
  },
  {
    id: "AZ-2",
    about:
      "Argo CD CVE-2023-22736, CVE-2024-31990: namespaces that a project does not permit are reconciled all the same",
    input:
      "a destination, a manifest's own namespace, and an Application in a namespace that the project does not name",
    async play(stand) {
      const mine = project("mine", {
        destinations: [{ server: "*", namespace: "mine-*" }],
        sourceNamespaces: [],
      });
      const said = [
        await refusedApp(stand, "az-dest", { spec: { project: "mine" } }, [mine]),
        await refusedApp(stand, "mine-ns", { spec: { project: "mine" } }, [], {
          "app/a.yaml": configMap("a").replace("name: a }", "name: a, namespace: shop }"),
        }),
        await refusedApp(stand, "az-home", {
          metadata: { namespace: "elsewhere" },
          spec: { project: "mine" },
        }),
      ];
      const { status } = await stand.kube.request("GET", "/api/v1/namespaces/shop/configmaps/a");
      mustEqual(status, 404, "the object in another's namespace");
      return `nothing written: ${said.map((text) => text.slice(0, 80)).join("; ")}`;
    },
  },
  {
    id: "AZ-3",
    about: "Argo CD CVE-2023-23947: whoever may change one cluster changes all",
    input: "POST, PUT and DELETE of clusters and their credentials",
    async play({ daemon }) {
      const others = { server: "https://evil.example.com", config: { bearerToken: "x" } };
      const seen: string[] = [];
      const bare: string[] = [];
      // By its name, by another name for its address, and by the path of one that is not there.
      for (const body of [
        { name: "in-cluster", ...others },
        { name: "another", ...others, server: SERVER },
      ])
        for (const method of ["POST", "PUT", "PATCH", "DELETE"])
          for (const path of [
            "/api/v1/clusters",
            "/api/v1/clusters?upsert=true",
            `/api/v1/clusters/${encodeURIComponent("in-cluster")}`,
            `/api/v1/clusters/${encodeURIComponent(SERVER)}`,
            "/api/v1/clusters/no-such",
            "/api/v1/clusters/in-cluster/rotate-auth",
          ]) {
            seen.push(String((await daemon.ask(method, path, body)).status));
            bare.push(String((await daemon.ask(method, path, body, {})).status));
          }
      must(
        seen.every((status) => ["400", "404", "405", "409", "501"].includes(status)),
        `the answers: ${tally(seen)}`,
      );
      mustEqual([...new Set(bare)], ["401"], "the answers without a token");
      const { json } = await daemon.ask("GET", "/api/v1/clusters");
      mustEqual(
        json.items.map(({ server }: { server: string }) => server),
        [SERVER],
        "the clusters",
      );
      return `the config's clusters stay as they are: ${tally(seen)}`;
    },
  },
  {
    id: "AZ-4",
    about: "Argo CD CVE-2022-41354, CVE-2024-36106: an error tells whether something exists",
    input: "names that exist and names that do not, without a token; and in another project with one",
    async play({ daemon }) {
      const bodies = new Set<string>();
      for (const path of [
        "/api/v1/applications/shop",
        "/api/v1/applications/no-such",
        "/api/v1/projects/default",
        "/api/v1/projects/no-such",
        "/api/v1/clusters/in-cluster",
      ])
        bodies.add(
          JSON.stringify(
            (({ status, text }) => [status, text])(await daemon.ask("GET", path, undefined, {})),
          ),
        );
      mustEqual(bodies.size, 1, "kinds of answers without a token");
      const [there, absent] = [
        await daemon.ask("GET", "/api/v1/applications/shop?project=other"),
        await daemon.ask("GET", "/api/v1/applications/nope?project=other"),
      ];
      mustEqual(
        [there.status, there.text.replaceAll("shop", "nope")],
        [absent.status, absent.text],
        "one that is in another project",
      );
      return "one answer to all; of another project as if it were not there";
    },
  },
  {
    id: "AZ-5",
    about:
      "Argo CD CVE-2023-50726, Kargo CVE-2026-27111: creating means syncing what the client sends; batches skip the check",
    input:
      "a sync with manifests of its own, a revision of an automated application, an approval of removals that do not wait",
    async play({ daemon }) {
      const manifests = [configMap("local")];
      const answers = [
        await daemon.ask("POST", "/api/v1/applications/sign/sync", { manifests }),
        await daemon.ask("POST", "/api/v1/applications/sign/sync", { manifests, dryRun: true }),
        await daemon.ask("POST", "/api/v1/applications/sign/sync", { revision: "0".repeat(40) }),
        await daemon.ask("POST", "/api/holdfast/v1/removals/approve", {
          applications: ["argocd/sign", "argocd/no-such"],
        }),
        await daemon.ask("PUT", "/api/v1/applications/sign", { metadata: { name: "sign" }, spec: {} }),
        await daemon.ask("DELETE", "/api/v1/applications/sign?cascade=true"),
      ];
      must(
        answers.every(({ status }) => status >= 400 && status < 500),
        `the answers: ${answers.map(({ status, text }) => `${status} ${text}`)}`,
      );
      mustEqual(
        (await daemon.ask("GET", "/api/v1/applications/sign")).json.status.sync.status,
        "Synced",
        "the application",
      );
      return `refused: ${tally(answers.map(({ status }) => String(status)))}`;
    },
  },
  notYet(
    "AZ-6",
    "Fleet CVE-2026-44935: values from a Secret of another namespace",
    "an Application reads no Secret and no ConfigMap of the cluster",
  ),
  {
    id: "AZ-8",
    about: "Flux CVE-2022-24817, jsonpath-plus CVE-2024-21534: a kubeconfig that runs code",
    input:
      "kubeconfigs with auth-provider and a JSONPath that is code, cmd-path, a proxy; the API and Git cannot bring one. TLS of another authority, another name",
    async play(stand) {
      const file = join(stand.dir, "evil-kubeconfig");
      const write = (user: unknown, cluster: Record<string, unknown>): void =>
        writeFileSync(
          file,
          JSON.stringify({
            apiVersion: "v1",
            kind: "Config",
            "current-context": "c",
            clusters: [{ name: "c", cluster }],
            users: [{ name: "u", user }],
            contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
          }),
        );
      const run = `touch ${stand.marker.path}`;
      const config = {
        "cmd-path": "/bin/sh",
        "cmd-args": `-c '${run}'`,
        "token-key": `{$..[?(require("child_process").execSync("${run}"))]}`,
        "expiry-key": "{.x}",
        "access-token": "x",
        expiry: "2000-01-01T00:00:00Z",
      };
      const real = { server: stand.sandbox.url, "certificate-authority-data": btoa(stand.sandbox.ca) };
      const other = (await makeCertificates(["localhost"])).ca;
      const cases: [name: string, user: unknown, cluster: Record<string, unknown>][] = [
        ["auth-provider gcp", { "auth-provider": { name: "gcp", config } }, real],
        ["auth-provider azure", { "auth-provider": { name: "azure", config } }, real],
        [
          "another authority",
          { token: stand.sandbox.token },
          { ...real, "certificate-authority-data": btoa(other) },
        ],
        ["no authority", { token: stand.sandbox.token }, { server: stand.sandbox.url }],
        [
          "another name",
          { token: stand.sandbox.token },
          { ...real, server: stand.sandbox.url.replace("127.0.0.1", "127.0.0.2") },
        ],
      ];
      const said: string[] = [];
      for (const [name, user, cluster] of cases) {
        write(user, cluster);
        said.push(`${name}: ${await connectionOf(file)}`);
      }
      return said.join("; ");
    },
  },
  {
    id: "AZ-9",
    about: "patterns that match more than was meant, or without end (Fleet CVE-2026-44937)",
    input: "a table of patterns, names and what is right; patterns with thirty stars against long names",
    async play() {
      const table: [pattern: string, text: string, options: typeof ANYWHERE, matches: boolean][] = [
        ["https://git/*", "https://git/a/b", BY_SEGMENT, false],
        ["https://git/**", "https://git/a/b", BY_SEGMENT, true],
        ["https://git/*", "https://git.evil.com/a", BY_SEGMENT, false],
        ["https://git.example.com/*", "https://git.example.com@evil.com/a", BY_SEGMENT, false],
        ["https://git.example.com/*", "https://gitxexample.com/a", BY_SEGMENT, false],
        ["team-*", "team-a", FILE_NAME, true],
        ["team-*", "x-team-a", FILE_NAME, false],
        ["team-*", "team-a/x", FILE_NAME, false],
        ["{a,b}", "b", ANYWHERE, true],
        ["[", "[", ANYWHERE, false],
        ["", "", ANYWHERE, true],
        ["", "x", ANYWHERE, false],
        [".*", "xx", ANYWHERE, false],
        ["(a+)+$", "aaaa", ANYWHERE, false],
      ];
      for (const [pattern, text, options, matches] of table)
        mustEqual(matchesGlob(pattern, text, options), matches, `${pattern} for ${text}`);
      const cost = await costOf(() => {
        for (const options of [ANYWHERE, BY_SEGMENT, FILE_NAME])
          matchesGlob(`${"*a".repeat(30)}b`, "a".repeat(20_000), options);
        matchesGlob("{a,{a,{a,a}}}".repeat(20), "a".repeat(20), ANYWHERE);
      });
      must(cost < DEAR_MS, `hostile patterns cost ${Math.round(cost)} ms`);
      return `${table.length} as written; hostile ones match in steps of pattern and text`;
    },
  },
  {
    id: "AZ-10",
    about: "Hono's path fixes of 4.12: a path that one part reads otherwise than another",
    input:
      "%2F, %5C, //, ..;, dots in code, NUL, an absolute target, * and CONNECT as bytes; without and with the token",
    async play({ daemon }) {
      const targets = [
        "/api/v1/applications%2Fshop",
        "/api/v1%2fapplications",
        "/api//v1/applications",
        "//api/v1/applications",
        "/healthz/../api/v1/applications",
        "/healthz/%2e%2e/api/v1/applications",
        "/ui/..;/api/v1/applications",
        "/healthz%2f..%2fapi/v1/applications",
        "/api/webhook/../v1/applications",
        "/healthz%00/api/v1/applications",
        "/API/v1/applications",
        "/api/v1/applications/",
        "/./api/v1/applications",
        "\\api\\v1\\applications",
        "/healthz\\..\\api\\v1\\applications",
        `http://127.0.0.1:${daemon.port}/api/v1/applications`,
        "/healthz?/../api/v1/applications",
        "*",
      ];
      const seen: string[] = [];
      for (const target of targets) {
        const said = await sendRaw(daemon.port, request(target, ["Host: 127.0.0.1"]));
        must(
          !said.includes('"items"') && !said.includes('"shop"'),
          `${target} without the token: ${said.slice(-300)}`,
        );
        const withToken = await sendRaw(
          daemon.port,
          request(target.replace("applications", "nonsense"), [
            "Host: 127.0.0.1",
            `Authorization: Bearer ${TOKEN}`,
          ]),
        );
        must(!statusesOf(withToken).some((status) => status >= 500), `${target}: ${withToken.slice(0, 200)}`);
        seen.push(statusesOf(said).join("+") || "cut off");
      }
      return `never another handler: ${tally(seen)}`;
    },
  },
  notYet(
    "AZ-11",
    "a token, a role or a group that is named like a user",
    "there are no accounts, roles and groups: who has the token is one principal",
  ),
];

/** What connecting by a kubeconfig ends in; anything but refused or unreachable throws. */
async function connectionOf(kubeconfig: string): Promise<string> {
  const ended: string[] = [];
  try {
    const cluster = await connectCluster({
      name: "evil",
      server: SERVER,
      kubeconfig: { file: kubeconfig },
      log: silent,
    });
    await cluster.facts().catch((cause: unknown) => ended.push(String(cause)));
    const there = await waitFor(() => {
      ended.push(JSON.stringify(cluster.connection()));
      return /unreachable|refused|failed/.test(ended.at(-1) ?? "");
    });
    await cluster.stop();
    must(there, `it is connected: ${ended.at(-1)}`);
  } catch (cause) {
    if (cause instanceof NotHeld) throw cause;
    ended.push(String(cause));
  }
  mustNotLeak(ended.join("\n"), "what is said of the connection");
  return (ended.at(-1) ?? "").replace(/^.*?"why":"|Failure: /, "").slice(0, 110);
}

async function waitFor(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return true;
    await Bun.sleep(50);
  }
  return false;
}

const isRight = (header: string): boolean => /^bearer[ \t]/i.test(header.trim()) && header.includes(TOKEN);
