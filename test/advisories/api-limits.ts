/** Requests of strangers and of web pages: size, time, framing, origin. */

import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { eventually } from "../lib/eventually.ts";
import { mutatedDelivery } from "../webhooks/mutated.ts";
import { playMutated } from "../webhooks/play.ts";
import { OTHER_SAMPLES } from "../webhooks/samples.ts";
import { DEAR_MS, LARGE_BYTES } from "./controls.ts";
import { request, sendRaw, statusesOf } from "./raw-http.ts";
import { routes } from "./routes.ts";
import { must, mustEqual, NotHeld, type Row, tally } from "./row.ts";
import { configMap, type Stand, TOKEN } from "./stand.ts";
import { costOf, growthOf } from "./witnesses.ts";

const JSON_TYPE = "Content-Type: application/json";
/** Sends a head and then bytes for as long as they are taken. @returns what came back, and how much was taken */
function flood(
  port: number,
  head: string,
  chunk: Buffer,
  mostBytes: number,
): Promise<{ said: string; bytes: number }> {
  return new Promise((resolve) => {
    let said = "",
      bytes = 0;
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(head);
      pour();
    });
    const pour = (): void => {
      while (!socket.destroyed && bytes < mostBytes) {
        bytes += chunk.length;
        if (!socket.write(chunk)) return void socket.once("drain", pour);
      }
    };
    socket.on("data", (part) => void (said += part.toString("latin1")));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve({ said, bytes }));
    setTimeout(() => socket.destroy(), 20_000).unref();
  });
}

/** Of a daemon that has a secret for GitHub, and follows what its one application comes from. */
async function signedOnly(stand: Stand): Promise<void> {
  const secret = "an-advisory-secret";
  const daemon = await stand.another({
    config: `webhooks: { github: { secret: ${secret} } }\n`,
    apps: { "signed.yaml": await stand.app("signed", { "app/a.yaml": configMap("signed") }) },
  });
  await daemon.until("signed", (app) => app.status?.sync?.status === "Synced");
  const before = asked(stand, "signed");
  const body = JSON.stringify({
    ref: "refs/heads/main",
    repository: { clone_url: stand.git.urlOf("signed"), default_branch: "main" },
  });
  const hmac = (key: string, kind = "sha256") => createHmac(kind, key).update(body).digest("hex");
  const send = async (headers: Record<string, string>, text = body): Promise<number> =>
    (
      await daemon.ask("POST", "/api/webhook", text, {
        ...{ "content-type": "application/json", "x-github-event": "push", "x-github-delivery": "1" },
        ...headers,
      })
    ).status;
  const right = `sha256=${hmac(secret)}`;
  const statuses = [
    await send({}),
    await send({ "x-hub-signature-256": "" }),
    await send({ "x-hub-signature-256": "sha256=" }),
    await send({ "x-hub-signature-256": right.slice(0, -2) }),
    await send({ "x-hub-signature-256": `sha256=${hmac("wrong")}` }),
    await send({ "x-hub-signature": `sha1=${hmac(secret, "sha1")}` }),
    await send({ "x-hub-signature-256": right }, `${body} `),
  ];
  mustEqual([...new Set(statuses)], [401], "answers to what is not signed");
  await daemon.ask("GET", "/healthz");
  mustEqual(asked(stand, "signed") - before, 0, "questions of Git because of what is not signed");
  mustEqual([await send({ "x-hub-signature-256": right })], [202], "the answer to what is signed");
  await eventually("Git is asked", async () => asked(stand, "signed") > before);
  const after = asked(stand, "signed");
  mustEqual([await send({ "x-hub-signature-256": right })], [202], "the answer to the same once more");
  await daemon.ask("GET", "/healthz");
  mustEqual(asked(stand, "signed") - after, 0, "questions of Git because of a repetition");
}

const pagesOf = (headers: Record<string, string>): Record<string, string> => ({
  "content-type": "application/json",
  ...headers,
});
const NEW = {
  metadata: { name: "by-a-page" },
  spec: {
    project: "default",
    source: { repoURL: "https://127.0.0.1:1/x", path: "a" },
    destination: { server: "https://kubernetes.default.svc" },
  },
};

/** Asks with `fetch` for a write, as a page would. @returns statuses; the write must not have happened */
async function refusedWrites({ open }: Stand, ways: readonly Record<string, string>[]): Promise<string> {
  const seen: string[] = [];
  for (const headers of ways)
    seen.push(String((await open.ask("POST", "/api/v1/applications?validate=false", NEW, headers)).status));
  must(
    seen.every((status) => Number(status) >= 400 && Number(status) < 500),
    `the answers: ${tally(seen)}`,
  );
  mustEqual((await open.ask("GET", "/api/v1/applications/by-a-page")).status, 404, "what was asked for");
  const { status } = await open.ask("POST", "/api/v1/applications?validate=false", NEW, pagesOf({}));
  mustEqual(status, 200, "the same from the machine's own user");
  await open.ask("DELETE", "/api/v1/applications/by-a-page?cascade=false");
  // The next row asks whether it is there.
  await eventually(
    "it is gone",
    async () => (await open.ask("GET", "/api/v1/applications/by-a-page")).status === 404,
  );
  return `refused: ${tally(seen)}; the machine's own user is let in`;
}

export const API_LIMITS: readonly Row[] = [
  {
    id: "WH-1",
    about:
      "Argo CD CVE-2024-40634, Argo Workflows CVE-2026-42294: a body without end before anybody asks who sends it",
    input:
      "to the webhook: 1 GB in chunks, a length of 16 GB, none, one that lies, gzip of 200 MB, a byte now and then, depth 100,000",
    async play({ daemon }) {
      const chunk = Buffer.alloc(1 << 16, "a");
      const head = (more: string): string =>
        `POST /api/webhook HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}\r\n${more}\r\n\r\n`;
      const seen: string[] = [];
      const growth = await growthOf(daemon.pid, async () => {
        const chunked = Buffer.concat([Buffer.from("10000\r\n"), chunk, Buffer.from("\r\n")]);
        for (const [more, part] of [
          ["Transfer-Encoding: chunked", chunked],
          ["Content-Length: 17179869184", chunk],
          ["Content-Length: 1048577", chunk],
        ] as const) {
          const { said, bytes } = await flood(daemon.port, head(more), part, 2 ** 30);
          must(bytes < 2 ** 27, `${more}: ${bytes >> 20} MiB were taken`);
          seen.push(statusesOf(said).join("+") || "cut off");
        }
        const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20, "["));
        const zipped = Buffer.concat([
          Buffer.from(head(`Content-Encoding: gzip\r\nConnection: close\r\nContent-Length: ${bomb.length}`)),
          bomb,
        ]);
        seen.push(statusesOf(await sendRaw(daemon.port, zipped)).join("+"));
        for (const body of [
          `{"a":${"[".repeat(100_000)}`,
          "[".repeat(1_000_000),
          `{"a":${'{"a":'.repeat(90_000)}1${"}".repeat(90_001)}`,
        ])
          seen.push(
            String(
              (await daemon.ask("POST", "/api/webhook", body, { "content-type": "application/json" })).status,
            ),
          );
        seen.push(statusesOf(await slowly(daemon.port, head("Content-Length: 1000"))).join("+") || "cut off");
      });
      must(
        seen.every((status) => /^(4\d\d|cut off)$/.test(status)),
        `the answers: ${tally(seen)}`,
      );
      if (growth > LARGE_BYTES) throw new NotHeld(`the daemon grew by ${growth >> 20} MiB`);
      return `${tally(seen)}; the daemon grew by ${Math.max(0, growth >> 20)} MiB`;
    },
  },
  {
    id: "WH-2",
    about:
      "Argo CD CVE-2025-59531, -59537, -59538: a push event with a field missing, null or of another type ends the server",
    input:
      "deliveries of every provider in which parts are taken out, null, of another type or torn: 5,000 read by the API in process, 500 sent",
    async play({ daemon }) {
      const { wrong } = await playMutated(5_000, 4711);
      mustEqual(wrong, [], "answers of 500 and more");
      const random = dice(4711);
      const seen = new Set<number>();
      for (let at = 0; at < 500; at++) {
        const sample = OTHER_SAMPLES[at % OTHER_SAMPLES.length];
        if (sample === undefined) continue;
        const { headers, body } = mutatedDelivery(sample, random);
        const type = { "content-type": "application/json" };
        seen.add((await daemon.ask("POST", "/api/webhook", body, { ...headers, ...type })).status);
      }
      mustEqual(
        [...seen].filter((status) => status !== 202 && status !== 400 && status !== 413),
        [],
        "other answers",
      );
      return `nothing is thrown; answered ${[...seen].join(", ")}`;
    },
  },
  {
    id: "WH-3",
    about: "Fleet CVE-2026-44937: a pattern is made of the payload's URL",
    input: "repositories named .*, (a+)+$, [, 2 KB of loops and a megabyte",
    async play(stand) {
      const before = asked(stand, "shop");
      const cost = await costOf(async () => {
        for (const url of [
          ".*",
          "(a+)+$",
          "[",
          "http://.*/.*",
          `http://127.0.0.1/${"(a*)*".repeat(400)}b`,
          `https://x/${"a".repeat(1_000_000)}`,
          `${stand.git.url}/.*`,
          `${stand.git.url}/sho?.git`,
        ]) {
          const { status } = await stand.daemon.ask(
            "POST",
            "/api/webhook",
            { repository: { clone_url: url } },
            { "content-type": "application/json" },
          );
          must(status === 202 || status === 413, `${url.slice(0, 40)}: ${status}`);
        }
      });
      must(cost < DEAR_MS, `it costs ${cost} ms`);
      await stand.daemon.ask("GET", "/healthz");
      mustEqual(asked(stand, "shop") - before, 0, "repositories that were looked at");
      return "addresses are compared as texts; none of them means a repository";
    },
  },
  {
    id: "WH-4",
    about: "a push event without a signature, or with a wrong one, is taken for true",
    input:
      "an event without any credential that names a commit, a branch and files of its own; where a secret is set: none, empty, wrong, truncated and sha1 signatures, another body, the same one twice",
    async play(stand) {
      const { daemon, git } = stand;
      await signedOnly(stand);
      const { json: before } = await daemon.ask("GET", "/api/v1/applications/sign");
      await daemon.ask(
        "POST",
        "/api/webhook",
        {
          ref: "refs/heads/evil",
          after: "f".repeat(40),
          repository: { clone_url: git.urlOf("sign") },
          commits: [{ added: ["app/evil.yaml"] }],
        },
        { "content-type": "application/json" },
      );
      const sha = await git.commit(
        "sign",
        { "app/sign.yaml": configMap("sign", { says: "another plain text" }) },
        "next",
      );
      const deadline = Date.now() + 60_000;
      let app = before;
      while (app.status.sync.revision !== sha && Date.now() < deadline) {
        await daemon.ask(
          "POST",
          "/api/webhook",
          { repository: { clone_url: git.urlOf("sign") } },
          { "content-type": "application/json" },
        );
        await Bun.sleep(200);
        app = (await daemon.ask("GET", "/api/v1/applications/sign")).json;
      }
      mustEqual(app.status.sync.revision, sha, "the revision after an honest push");
      mustEqual(app.spec, before.spec, "the spec");
      return "it is a hint to look and nothing else: what is delivered is what Git says; where a secret is set, only what is signed is one";
    },
  },
  {
    id: "WH-5",
    about: "events without end have the server ask Git without end",
    input: "2,000 events of a repository that is followed, 50 at once",
    async play(stand) {
      const before = asked(stand, "shop");
      const began = performance.now();
      for (let at = 0; at < 40; at++)
        await Promise.all(
          Array.from({ length: 50 }, () =>
            stand.daemon.ask(
              "POST",
              "/api/webhook",
              { repository: { clone_url: stand.git.urlOf("shop") } },
              { "content-type": "application/json" },
            ),
          ),
        );
      const looks = asked(stand, "shop") - before;
      // One in ten seconds, of two requests at most.
      const most = 2 * (2 + (performance.now() - began) / 10_000);
      must(looks > 0 && looks <= most, `Git was asked ${looks} times, and at most ${most} were expected`);
      return `${looks} requests of Git`;
    },
  },
  {
    id: "UI-4",
    about:
      "Argo CD CVE-2024-22424, Hono's fixes of 4.5.8 and 4.6.5: a page elsewhere writes with the user's rights",
    input:
      "forms, text/plain and others as type, a missing type, other origins, null, other ports, as a browser sends them",
    play: (stand) =>
      refusedWrites(stand, [
        { "content-type": "text/plain" },
        { "content-type": "application/x-www-form-urlencoded" },
        { "content-type": "multipart/form-data; boundary=x" },
        { "content-type": "TEXT/PLAIN" },
        { "content-type": "application/jsonx" },
        { "content-type": "text/plain; application/json" },
        pagesOf({ origin: "https://evil.example.com" }),
        pagesOf({ origin: "null" }),
        pagesOf({ origin: "http://127.0.0.1:1" }),
        pagesOf({ origin: "http://127.0.0.1.evil.example.com" }),
        pagesOf({ "sec-fetch-site": "cross-site" }),
        pagesOf({ "sec-fetch-site": "same-site" }),
        pagesOf({
          "sec-fetch-site": "cross-site",
          "sec-fetch-mode": "navigate",
          "sec-fetch-dest": "document",
        }),
      ]),
  },
  {
    id: "UI-5",
    about: "clickjacking, open redirects, and a Host that is believed (DNS rebinding)",
    input:
      "other names as Host, the page in a frame, //evil and /\\evil as paths, names of return in the query",
    async play(stand) {
      const said = await refusedWrites(
        stand,
        [
          "evil.example.com",
          "127.0.0.1.evil.example.com",
          "localhost.evil.com",
          "169.254.169.254",
          "[::2]",
          "127.0.0.1:99999999",
        ].map((host) => pagesOf({ host })),
      );
      const seen: string[] = [];
      for (const target of [
        "//evil.example.com",
        "/\\evil.example.com",
        "/%2f%2fevil.example.com",
        "/?return_url=//evil.example.com",
        "/login?next=https://evil.example.com",
        "/api/v1/session?redirect=//evil",
      ]) {
        const answer = await sendRaw(
          stand.open.port,
          request(target, [`Host: 127.0.0.1:${stand.open.port}`]),
        );
        must(
          !/^location:/im.test(answer) && !statusesOf(answer).some((status) => status >= 300 && status < 400),
          `${target} leads elsewhere: ${answer.slice(0, 200)}`,
        );
        seen.push(statusesOf(answer).join("+"));
      }
      const framed = await stand.open.ask("GET", "/", undefined, {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "iframe",
      });
      mustEqual(framed.status, 403, "the page in a frame");
      return `${said}; no answer leads elsewhere: ${tally(seen)}; in a frame 403`;
    },
  },
  {
    id: "UI-6",
    about:
      "Hono CVE-2026-24472, CVE-2026-44457: an answer for one is kept and given to another; defaults of headers",
    input:
      "every route and some that there are not, with and without the token: cache, CSP, nosniff, frames, referrer, isolation, cookies, who answers",
    async play({ daemon }) {
      const all = routes({ namespace: "argocd", name: "shop", commit: "0".repeat(40) }).filter(
        ({ method, path }) => method === "GET" && !path.includes("/stream/"),
      );
      let count = 0;
      for (const path of [
        "/",
        "/applications/argocd/shop",
        "/ui/icon.svg",
        "/nonsense",
        "/%2f",
        ...all.map((route) => route.path),
      ])
        for (const headers of [{}, { authorization: `Bearer ${TOKEN}` }]) {
          const reply = await daemon.ask("GET", path, undefined, headers);
          headersOf(
            reply.headers,
            path,
            /^\/($|ui\/|applications\/|openapi\.json$)/.test(path) && reply.status === 200
              ? "no-cache"
              : "no-store",
          );
          count++;
        }
      // What sees that they are there sees that they are not.
      let blind = true;
      try {
        headersOf(new Headers({ "cache-control": "no-store" }), "a bare answer", "no-store");
      } catch {
        blind = false;
      }
      must(!blind, "an answer without headers passes");
      return `${count} answers, each with all of them, without a cookie and without a name of the server`;
    },
  },
  {
    id: "UI-7",
    about: "Hono 4.12.4, 4.12.12: a line break in a value becomes an event, a header or a cookie of its own",
    input:
      "labels, annotations and sentences with CR, LF, U+2028 and `event:` in the stream of events; CR and LF in paths and queries",
    async play({ daemon }) {
      const evil = 'x\r\n\r\nevent: evil\r\ndata: {"evil": true}\r\n\r\n\u2028data: evil';
      const app = {
        metadata: { name: "lines", annotations: { evil } },
        spec: { ...NEW.spec, source: { ...NEW.spec.source, targetRevision: evil } },
      };
      await daemon.ask("POST", "/api/v1/applications?validate=false", app);
      const ending = new AbortController();
      const response = await fetch(`${daemon.url}/api/v1/stream/applications`, {
        headers: { authorization: `Bearer ${TOKEN}`, accept: "text/event-stream" },
        signal: ending.signal,
      });
      let said = "";
      const put = daemon.ask("PUT", "/api/v1/applications/lines", app);
      for await (const chunk of response.body ?? []) {
        said += new TextDecoder().decode(chunk);
        if (said.includes('"sign"') && said.includes('"shop"')) break;
      }
      ending.abort();
      await put;
      await daemon.ask("DELETE", "/api/v1/applications/lines?cascade=false");
      for (const line of said.split(/\r\n|\r|\n/))
        must(
          line === "" || line.startsWith(":") || line.startsWith('data: {"result":'),
          `a line of the stream: ${line.slice(0, 80)}`,
        );
      const raw = await sendRaw(
        daemon.port,
        request("/api/v1/applications/%0d%0aSet-Cookie:%20a=b?x=%0d%0aSet-Cookie:%20a=b", [
          "Host: x",
          `Authorization: Bearer ${TOKEN}`,
        ]),
      );
      must(!/^set-cookie/im.test(raw), `a header came in: ${raw.slice(0, 300)}`);
      return "each event is one line that JSON made; no header comes in";
    },
  },
  {
    id: "UI-8",
    about: "Hono 4.10.3, 4.12.25: other origins may read the answers; upgrades that nobody looks at",
    input: "Origin of another page for reads, the stream, a preflight and an upgrade to WebSocket",
    async play({ open, daemon }) {
      const seen: string[] = [];
      for (const [method, path, more] of [
        ["GET", "/api/v1/applications", {}],
        ["GET", "/api/v1/stream/applications", {}],
        ["OPTIONS", "/api/v1/applications", { "access-control-request-method": "POST" }],
        [
          "GET",
          "/api/v1/stream/applications",
          {
            upgrade: "websocket",
            connection: "Upgrade",
            "sec-websocket-key": "AAAA",
            "sec-websocket-version": "13",
          },
        ],
      ] as const)
        for (const { port, url } of [open, daemon]) {
          const lines = Object.entries({
            host: new URL(url).host,
            origin: "https://evil.example.com",
            ...more,
          }).map(([name, value]) => `${name}: ${value}`);
          const said = await sendRaw(port, `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
          must(
            !/^access-control-/im.test(said) &&
              !/ 101 /.test(said) &&
              !said.includes('"shop"') &&
              !said.includes('"web"'),
            `${method} ${path}: ${said.slice(0, 300)}`,
          );
          seen.push(statusesOf(said).join("+"));
        }
      return `no header permits it: ${tally(seen)}`;
    },
  },
  {
    id: "UI-9",
    about: "Hono 4.11.7, 4.12.2: headers that say who asks are believed",
    input: "X-Forwarded-For, -Host, -Proto, Forwarded, X-Real-IP and X-Original-URL, with a foreign Host",
    play: (stand) =>
      refusedWrites(
        stand,
        [
          { "x-forwarded-for": "127.0.0.1" },
          { "x-forwarded-host": "127.0.0.1" },
          { forwarded: "for=127.0.0.1;host=localhost" },
          { "x-real-ip": "::ffff:7f00:1" },
          { "x-original-url": "/healthz" },
          { "x-http-method-override": "GET" },
        ].map((headers) => pagesOf({ ...(headers as Record<string, string>), host: "evil.example.com" })),
      ),
  },
  {
    id: "PF-6",
    about: "request smuggling: two readings of where a request ends",
    input:
      "two lengths, length and chunks, odd chunks, a space before the colon, folded and bare line ends, no Host, 40 KB of headers, HTTP/0.9",
    async play({ daemon }) {
      const smuggled = "GET /api/v1/applications HTTP/1.1\r\nHost: x\r\n\r\n";
      const cases = [
        "Content-Length: 0\r\nContent-Length: 48",
        "Content-Length: 48\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity\r\nContent-Length: 5",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: xchunked",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5\r\n 6",
        "X: a\nContent-Length: 48",
        `X: ${"a".repeat(40_000)}`,
      ];
      const seen: string[] = [];
      for (const headers of cases) {
        const said = await sendRaw(
          daemon.port,
          `POST /api/webhook HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}\r\n${headers}\r\n\r\n0\r\n\r\n${smuggled}`,
        );
        must(
          !statusesOf(said).some((status) => status >= 500) && !said.includes('"items"'),
          `${headers.slice(0, 50)}: ${said.slice(0, 200)}`,
        );
        seen.push(statusesOf(said)[0]?.toString() ?? "cut off");
      }
      for (const bytes of [
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /api/v1/applications\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
      ])
        seen.push(statusesOf(await sendRaw(daemon.port, bytes))[0]?.toString() ?? "cut off");
      must(
        seen.filter((status) => status === "202" || status === "200").length === 0,
        `something was taken: ${tally(seen)}`,
      );
      return tally(seen);
    },
  },
  {
    id: "DS-7",
    about: "Argo CD CVE-2025-55191: changes and readings at the same moment end the server",
    input: "300 updates, patches, refreshes, syncs and readings of one application at once",
    async play({ daemon }) {
      const name = "race";
      await daemon.ask("POST", "/api/v1/applications?validate=false", { ...NEW, metadata: { name } });
      const seen = new Map<number, number>();
      const path = `/api/v1/applications/${name}`;
      const words500: string[] = [];
      await Promise.all(
        Array.from({ length: 300 }, async (_, at) => {
          const one = [
            () => daemon.ask("PUT", `${path}/spec`, { ...NEW.spec, revisionHistoryLimit: at }),
            () =>
              daemon.ask("PATCH", path, {
                patchType: "merge",
                patch: JSON.stringify({ metadata: { labels: { at: String(at) } } }),
              }),
            () => daemon.ask("GET", `${path}?refresh=normal`),
            () => daemon.ask("POST", `${path}/sync`, {}),
            () => daemon.ask("GET", `${path}/managed-resources`),
          ][at % 5];
          const reply = await one?.();
          const status = reply?.status ?? 0;
          if (status === 500) words500.push(reply?.text ?? "");
          seen.set(status, (seen.get(status) ?? 0) + 1);
        }),
      );
      await daemon.ask("DELETE", `${path}?cascade=false`);
      const words = [...seen].map(([status, count]) => `${status} (${count})`).join(", ");
      // A reading of what cannot be fetched is 503, with its reason.
      must(
        [...seen.keys()].every((status) => status < 500 || status === 503),
        `the answers: ${words} ${words500[0] ?? ""}`,
      );
      return words;
    },
  },
  {
    id: "PATCHES",
    about: "a patch that makes much of little (JSON patch copies, deep merges), or changes prototypes",
    input:
      "doubling copies, a merge 300,000 deep, __proto__ and constructor in both kinds, a megabyte of labels",
    async play({ daemon }) {
      const name = "patched";
      await daemon.ask("POST", "/api/v1/applications?validate=false", {
        ...NEW,
        metadata: { name, annotations: { a: "x".repeat(200) } },
      });
      const copies = [
        { op: "add", path: "/metadata/x", value: ["y".repeat(100)] },
        ...Array.from({ length: 40 }, () => ({ op: "copy", from: "/metadata/x", path: "/metadata/x/-" })),
      ];
      const patches = [
        { patch: JSON.stringify(copies) },
        { patchType: "merge", patch: `${'{"a":'.repeat(80_000)}1${"}".repeat(80_000)}` },
        { patchType: "merge", patch: '{"__proto__":{"polluted":true}}' },
        {
          patchType: "merge",
          patch: '{"metadata":{"__proto__":{"polluted":true}},"constructor":{"prototype":{"polluted":true}}}',
        },
        { patch: '[{"op":"add","path":"/__proto__/polluted","value":true}]' },
        { patch: '[{"op":"add","path":"/constructor/prototype/polluted","value":true}]' },
        {
          patchType: "merge",
          patch: JSON.stringify({
            metadata: {
              labels: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`l${i}`, "x".repeat(30)])),
            },
          }),
        },
      ];
      const seen: string[] = [];
      const growth = await growthOf(daemon.pid, async () => {
        for (const body of patches)
          seen.push(String((await daemon.ask("PATCH", `/api/v1/applications/${name}`, body)).status));
      });
      must(
        seen.every((status) => /^(200|4\d\d)$/.test(status)),
        `the answers: ${tally(seen)}`,
      );
      if (growth > LARGE_BYTES) throw new NotHeld(`the daemon grew by ${growth >> 20} MiB`);
      const { text } = await daemon.ask("GET", `/api/v1/applications/${name}`);
      must(!text.includes("polluted") && text.length < 200_000, `what is kept: ${text.slice(0, 200)}`);
      await daemon.ask("DELETE", `/api/v1/applications/${name}?cascade=false`);
      return `${tally(seen)}; the daemon grew by ${Math.max(0, growth >> 20)} MiB`;
    },
  },
];

/** @throws {NotHeld} where one of the headers is not there, or one that may not be */
function headersOf(headers: Headers, path: string, cache: string): void {
  const wanted: Record<string, RegExp> = {
    "content-security-policy":
      /^default-src 'none'; script-src 'self'; style-src 'self';.*base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'$/,
    "x-content-type-options": /^nosniff$/,
    "x-frame-options": /^DENY$/,
    "referrer-policy": /^no-referrer$/,
    "cross-origin-opener-policy": /^same-origin$/,
    "cross-origin-resource-policy": /^same-origin$/,
    "permissions-policy": /camera=\(\)/,
    "cache-control": new RegExp(`^${cache}$`),
  };
  for (const [name, is] of Object.entries(wanted))
    must(is.test(headers.get(name) ?? ""), `${path}: ${name} is ${headers.get(name)}`);
  for (const name of ["set-cookie", "server", "x-powered-by", "access-control-allow-origin", "location"])
    mustEqual(headers.get(name), null, `${path}: ${name}`);
}

/** A byte a second, until the server has had enough. */
function slowly(port: number, head: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(head));
    const drip = setInterval(() => socket.write("["), 1_000);
    const end = (): void => {
      clearInterval(drip);
      socket.destroy();
      resolve(said);
    };
    socket.on("data", (part) => {
      said += part.toString("latin1");
      if (said.startsWith("HTTP")) end();
    });
    socket.on("close", end);
    socket.on("error", end);
  });
}

const asked = ({ git }: Stand, name: string): number =>
  git.requests.filter(({ path }) => path.startsWith(`/${name}.git/`)).length;

/** The same numbers at every run. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
