/** What an answer, a log, a metric or the disk may not hold. */
import { join } from "node:path";
import { CANARY } from "../lib/hostile-charts.ts";
import { routes } from "./routes.ts";
import { must, mustEqual, NotHeld, type Row, tally } from "./row.ts";
import { GIT_PASSWORD, SECRET_VALUE, type Stand, TOKEN } from "./stand.ts";
import { filesBelow, leakIn, mustNotLeak, textsOf } from "./witnesses.ts";

const secretOf = (fields: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: key }\n${fields}\n`;

/** Asks every route that reads, for an application, and searches the answers. @returns how many there were */
async function readEverything({ daemon }: Stand, name: string): Promise<number> {
  const { json } = await daemon.ask("GET", `/api/v1/applications/${name}`);
  const commit = json?.status?.sync?.revision ?? "0".repeat(40);
  let count = 0;
  for (const { method, path } of routes({ namespace: "argocd", name, commit })) {
    if (method !== "GET" || path.includes("/stream/")) continue;
    for (const query of [
      "",
      "?refresh=hard",
      "?all=true",
      `?kind=Secret&name=key&resourceName=key&namespace=${name}&version=v1`,
    ]) {
      const { text, headers } = await daemon.ask("GET", path + query);
      mustNotLeak(text + JSON.stringify([...headers]), `the answer to GET ${path}${query}`);
      count++;
    }
  }
  return count;
}

async function firstOfStream({ daemon }: Stand, accept: string): Promise<string> {
  const ending = new AbortController();
  const response = await fetch(`${daemon.url}/api/v1/stream/applications`, {
    headers: { authorization: `Bearer ${TOKEN}`, accept },
    signal: ending.signal,
  });
  let said = "";
  for await (const chunk of response.body ?? []) {
    said += new TextDecoder().decode(chunk);
    if (said.includes('"shop"')) break;
  }
  ending.abort();
  return said;
}

export const API_SECRETS: readonly Row[] = [
  {
    id: "SL-1",
    about: "Argo CD CVE-2025-23216: a Secret that the API server refuses is quoted in the error",
    input:
      "Secrets of wrong types, with bad base64, immutable ones; an API server whose refusal quotes the object",
    async play(stand) {
      const bad = {
        "bad-base64": secretOf(`data: { value: "${CANARY}" }`),
        "a-list": secretOf(`stringData: { value: ["${CANARY}"] }`),
        "a-map": secretOf(`stringData: { value: { a: "${CANARY}" } }`),
        "no-field": secretOf(`nonsense: "${CANARY}"\nstringData: { value: "${CANARY}" }`),
        "no-yaml": secretOf(`stringData: { value: "${CANARY}" }\n  wrong: [`),
      };
      const message = `Secret "key" is invalid: data: Invalid value: map[string]string{"value":"${SECRET_VALUE}"}: field is immutable; patch: {"stringData":{"value":"${SECRET_VALUE}"}}`;
      const over = stand.proxy.inject(
        ({ method, path }) => method !== "GET" && path.includes("/secret-quoted/secrets/key"),
        {
          do: "answer",
          status: 422,
          body: {
            kind: "Status",
            apiVersion: "v1",
            status: "Failure",
            reason: "Invalid",
            code: 422,
            message,
            details: {
              name: "key",
              kind: "secrets",
              causes: [{ reason: "FieldValueInvalid", field: "data", message }],
            },
          },
        },
      );
      const names = [...Object.keys(bad), "quoted"].map((name) => `secret-${name}`);
      for (const [at, text] of Object.values({
        ...bad,
        quoted: secretOf(`stringData: { value: "${SECRET_VALUE}" }`),
      }).entries())
        stand.daemon.place(
          `${names[at]}.yaml`,
          await stand.app(names[at] ?? "", { "app/secret.yaml": text }),
        );
      let answers = 0;
      for (const name of names) {
        await stand.daemon.until(
          name,
          (app) =>
            app?.status?.conditions !== undefined || app?.status?.operationState?.syncResult !== undefined,
        );
        answers += await readEverything(stand, name);
      }
      over();
      mustNotLeak(stand.daemon.log(), "the log");
      return `${names.length} Secrets; ${answers} answers, the log and the metrics hold no value`;
    },
  },
  {
    id: "SL-2",
    about: "Argo CD CVE-2023-40029, CVE-2026-45737: the last-applied annotation holds the Secret once more",
    input: "a live Secret with kubectl's annotation, changed by hand too, read by every route",
    async play(stand) {
      const lastApplied = JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        stringData: { value: SECRET_VALUE },
      });
      const patch = {
        metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": lastApplied } },
        data: { other: btoa(SECRET_VALUE) },
      };
      const path = "/api/v1/namespaces/shop/secrets/key";
      const { status } = await stand.kube.request("PATCH", path, patch, "application/merge-patch+json");
      mustEqual(status, 200, "the change by hand");
      const live = await stand.kube.text("GET", path);
      must(
        live.includes("last-applied") && leakIn(live) !== undefined,
        "the live Secret holds nothing to be found",
      );
      return `${await readEverything(stand, "shop")} answers hold neither`;
    },
  },
  {
    id: "SL-3",
    about: "Argo CD CVE-2026-42880: a diff of objects that the client sends shows others' Secrets",
    input:
      "POST and GET of server-side-diff, managed-resources with another's names, a sync with manifests of its own",
    async play({ daemon }) {
      const object = { kind: "Secret", apiVersion: "v1", metadata: { name: "key", namespace: "shop" } };
      const body = {
        appName: "sign",
        liveResources: [{ liveState: JSON.stringify(object) }],
        targetManifests: [JSON.stringify(object)],
      };
      const answers = [
        await daemon.ask("POST", "/api/v1/applications/sign/server-side-diff", body),
        await daemon.ask("GET", "/api/v1/applications/sign/server-side-diff?liveResources=x"),
        await daemon.ask("POST", "/api/v1/applications/manifestsWithFiles", body),
        await daemon.ask("POST", "/api/v1/applications/sign/sync", { manifests: [JSON.stringify(object)] }),
        await daemon.ask(
          "GET",
          "/api/v1/applications/sign/resource?name=key&namespace=shop&kind=Secret&version=v1",
        ),
      ];
      const other = await daemon.ask(
        "GET",
        "/api/v1/applications/sign/managed-resources?kind=Secret&namespace=shop&name=key",
      );
      mustEqual(other.json, { items: [] }, "another application's Secret");
      for (const { text, status } of answers) {
        mustNotLeak(text, "an answer");
        must(status >= 400, `it was answered with ${status}`);
      }
      return `refused: ${tally(answers.map(({ status }) => String(status)))}`;
    },
  },
  {
    id: "SL-4",
    about:
      "Argo CD CVE-2018-21034, CVE-2025-55190: the API gives out manifests and credentials of repositories and clusters",
    input:
      "every route that reads, with each query, and the stream in both forms; tokens, passwords, Secrets and the environment are planted",
    async play(stand) {
      const used = stand.git.requests.some(({ headers }) =>
        atob((headers["authorization"] ?? "").replace("Basic ", "")).includes(GIT_PASSWORD),
      );
      must(used, "the password was never used: nothing was shown");
      const count = await readEverything(stand, "shop");
      const shown = await stand.daemon.ask("GET", "/api/v1/applications/shop/managed-resources");
      must(
        shown.text.includes('\\"key\\"') && shown.text.includes("++++++++"),
        "the Secret is not among what was read",
      );
      const streams = await Promise.all(
        ["application/json", "text/event-stream"].map((accept) => firstOfStream(stand, accept)),
      );
      for (const said of streams) mustNotLeak(said, "the stream");
      return `${count} answers and ${streams.length} streams hold none of them; the Secret is shown as ++++++++`;
    },
  },
  {
    id: "SL-6",
    about: "a mask that tells a value's length, or which values are equal",
    input: "a Secret with short, long and equal values, one of them changed by hand",
    async play(stand) {
      const text = `apiVersion: v1\nkind: Secret\nmetadata: { name: masked }\nstringData: { a: x, b: x, c: ${"y".repeat(500)}, d: "++++++++" }\n`;
      stand.daemon.place(
        "mask.yaml",
        await stand.app("mask", { "app/s.yaml": text }, { spec: { syncPolicy: {} } }),
      );
      await stand.daemon.until("mask", (app) => app?.status?.sync?.status === "OutOfSync");
      const target = (await stand.daemon.ask("GET", "/api/v1/applications/mask/managed-resources")).json
        .items[0];
      const values = Object.values(JSON.parse(target.targetState).data as Record<string, string>);
      mustEqual(new Set(values).size, 1, `different signs for values: ${values}`);
      return `all four values are shown as ${values[0]}`;
    },
  },
  {
    id: "SL-7",
    about: "Fleet CVE-2024-52284: values of Secrets lie on the disk as plain text",
    input:
      "a chart with a Secret, delivered; every file of the data folder is searched, packed ones unpacked",
    async play({ daemon }) {
      const files = filesBelow(join(daemon.dir, "data"));
      must(
        files.some((path) => path.endsWith("holdfast.db-wal")),
        "there is no database to be searched",
      );
      // The clone holds what Git holds; the credentials of it are what may not be there.
      for (const path of files.filter((path) => !path.includes("/git/")))
        mustNotLeak(textsOf(path), path.slice(daemon.dir.length));
      return `${files.length} files: database, its log and renders hold none`;
    },
  },
  {
    id: "SL-8",
    about:
      "Argo CD CVE-2024-37152, Kargo CVE-2026-24748, Atlantis CVE-2025-58445: settings, versions and more without login",
    input: "every route, in every method, without and with a wrong token",
    async play({ daemon }) {
      // The document says what may be asked, of any daemon of this version, and nothing of this one.
      const open = new Set(["/healthz", "/readyz", "/api/webhook", "/openapi.json"]);
      const all = routes({ namespace: "argocd", name: "shop", commit: "0".repeat(40) });
      const bodies = new Set<string>();
      let asked = 0;
      for (const { path } of [
        ...all,
        { path: "/api/v1/nonsense" },
        { path: "/api/v1/applications/no-such" },
      ]) {
        if (open.has(path)) continue;
        for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"])
          for (const headers of [{}, { authorization: `Bearer ${TOKEN}x` }]) {
            const { status, text } = await daemon.ask(
              method,
              path,
              method === "GET" ? undefined : {},
              headers,
            );
            if (status !== 401) throw new NotHeld(`${method} ${path} is answered with ${status}`);
            bodies.add(text);
            asked++;
          }
      }
      mustEqual(bodies.size, 1, "kinds of answers");
      for (const path of open) mustNotLeak((await daemon.ask("GET", path, undefined, {})).text, path);
      const ready = (await daemon.ask("GET", "/readyz", undefined, {})).text;
      must(!/\d+\.\d+\.\d+|shop|sign/.test(ready), `/readyz tells a stranger: ${ready}`);
      const { status } = await daemon.ask("GET", "/api/v1/applications");
      mustEqual(status, 200, "with the token");
      return `${asked} requests, all 401 with one and the same body; with the token 200`;
    },
  },
  {
    id: "SL-9",
    about: "labels of metrics hold passwords, and as many series as somebody likes",
    input: "an Application with a password in its repository's URL; 2,000 pushes of made up repositories",
    async play(stand) {
      const repoURL = `${stand.git.url.replace("//", `//ci:${GIT_PASSWORD}@`)}/x.git`;
      stand.daemon.place("userinfo.yaml", await stand.app("userinfo", {}, { repoURL }));
      const count = async (): Promise<number> => {
        const { text } = await stand.daemon.ask("GET", "/metrics");
        mustNotLeak(text, "the metrics");
        return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
      };
      const before = await count();
      for (let at = 0; at < 2_000; at += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, i) =>
            stand.daemon.ask("POST", "/api/webhook", {
              repository: { clone_url: `https://ci:${CANARY}@git.example.com/${at + i}` },
              ref: `refs/heads/${at + i}`,
            }),
          ),
        );
      const { text } = await stand.daemon.ask("GET", "/api/holdfast/v1/problems");
      mustNotLeak(text, "the problems");
      must(text.includes("password"), `nothing is said of the password in the URL: ${text.slice(0, 300)}`);
      const grown = (await count()) - before;
      must(grown < 50, `${grown} series more`);
      return `no password; ${grown} series more after 2,000 pushes`;
    },
  },
];
