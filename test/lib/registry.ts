/** A real registry (Debian's docker-registry) on loopback, what is pushed to it, and who may lie in front of it. */
import { createPrivateKey, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { freePort } from "./daemon.ts";
import { eventually } from "./eventually.ts";

const LOGIN = { username: "ci", password: "pass word" };
const BASIC = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64")}`;

export const CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
export const HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json";
export const FILES_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

export interface TestRegistry {
  /** `127.0.0.1:5000` */
  host: string;
  /** `http://127.0.0.1:5000` */
  origin: string;
  login: { username: string; password: string };
  /** PEM: who vouches for the server that gives tokens, which is asked over HTTPS. */
  ca: string;
  /** Requests for tokens: their query, and what was sent of credentials. */
  tokens: { query: URLSearchParams; authorization: string | null }[];
  /** Pushes one manifest with these layers. @returns its digest */
  push(ask: Pushed): Promise<string>;
  /** Pushes an index of manifests that are there. */
  pushIndex(
    name: string,
    tag: string,
    manifests: readonly { digest: string; platform?: object }[],
  ): Promise<string>;
  stop(): Promise<void>;
}

export interface Pushed {
  name: string;
  tag: string;
  /** One layer of a folder of files, unless told otherwise. */
  layers: readonly { content: Uint8Array; mediaType?: string }[];
  config?: { mediaType: string; text: string };
  annotations?: Record<string, string>;
}

export type RegistryAuth = "none" | "basic" | "token";

/**
 * @param auth `token`: a server of ours gives tokens that the registry checks; with the login for pulls and pushes
 * @param login of `basic`
 */
export async function startRegistry(
  auth: RegistryAuth = "none",
  login: TestRegistry["login"] = LOGIN,
): Promise<TestRegistry> {
  const basic = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  const dir = mkdtempSync(join(tmpdir(), "holdfast-registry-"));
  const port = await freePort();
  const host = `127.0.0.1:${port}`,
    origin = `http://${host}`;
  const tokens: TestRegistry["tokens"] = [];
  const authority = tokenAuthority(tokens);
  writeFileSync(
    join(dir, "htpasswd"),
    `${login.username}:${await Bun.password.hash(login.password, { algorithm: "bcrypt", cost: 4 })}\n`,
  );
  writeFileSync(join(dir, "roots.pem"), authority.certificate);
  const authBlock = {
    none: "",
    basic: `auth: { htpasswd: { realm: test, path: ${join(dir, "htpasswd")} } }\n`,
    token: `auth: { token: { realm: "${authority.realm}", service: test-registry, issuer: test-issuer, rootcertbundle: ${join(dir, "roots.pem")} } }\n`,
  }[auth];
  writeFileSync(
    join(dir, "config.yml"),
    `version: 0.1\nlog: { level: error }\nstorage:\n  filesystem: { rootdirectory: ${join(dir, "data")} }\n  delete: { enabled: true }\nhttp: { addr: "${host}", secret: test }\n${authBlock}`,
  );
  const child = Bun.spawn(["docker-registry", "serve", join(dir, "config.yml")], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: Bun.file(join(dir, "log")),
    env: { PATH: process.env["PATH"] ?? "", OTEL_TRACES_EXPORTER: "none" },
  });
  await eventually(`the registry answers at ${host}`, async () => {
    if (child.exitCode !== null)
      throw new Error(`docker-registry ended: ${await Bun.file(join(dir, "log")).text()}`);
    return fetch(`${origin}/v2/`).then(
      ({ status }) => [200, 401].includes(status),
      () => false,
    );
  });
  const authorization = (name: string): Record<string, string> =>
    auth === "none"
      ? {}
      : auth === "basic"
        ? { authorization: basic }
        : { authorization: `Bearer ${authority.token(name, ["pull", "push"])}` };
  const send = async (
    name: string,
    method: string,
    url: string,
    body?: Uint8Array,
    type?: string,
  ): Promise<Response> => {
    const answer = await fetch(url, {
      method,
      headers: {
        ...authorization(name),
        accept: MANIFEST,
        ...(type === undefined ? {} : { "content-type": type }),
      },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const pushBlob = async (name: string, content: Uint8Array): Promise<{ digest: string; size: number }> => {
    const digest = digestOf(content);
    const begun = await send(name, "POST", `${origin}/v2/${name}/blobs/uploads/`);
    const place = new URL(begun.headers.get("location") ?? "", origin);
    place.searchParams.set("digest", digest);
    await send(name, "PUT", place.href, content, "application/octet-stream");
    return { digest, size: content.length };
  };
  const pushManifest = async (
    name: string,
    tag: string,
    value: object,
    mediaType: string,
  ): Promise<string> => {
    const content = Buffer.from(JSON.stringify(value));
    await send(name, "PUT", `${origin}/v2/${name}/manifests/${tag}`, content, mediaType);
    return digestOf(content);
  };
  return {
    host,
    origin,
    login,
    ca: authority.certificate,
    tokens,
    async push({
      name,
      tag,
      layers,
      config = { mediaType: "application/vnd.oci.image.config.v1+json", text: "{}" },
      annotations,
    }) {
      const pushed = await Promise.all(
        layers.map(async ({ content, mediaType = FILES_LAYER }) => ({
          mediaType,
          ...(await pushBlob(name, content)),
        })),
      );
      const configBlob = { mediaType: config.mediaType, ...(await pushBlob(name, Buffer.from(config.text))) };
      const manifest = {
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: configBlob,
        layers: pushed,
        annotations,
      };
      return pushManifest(name, tag, manifest, MANIFEST);
    },
    async pushIndex(name, tag, manifests) {
      const entries = await Promise.all(
        manifests.map(async ({ digest, platform }) => {
          const answer = await send(
            name,
            "GET",
            `${origin}/v2/${name}/manifests/${digest}`,
            undefined,
            undefined,
          );
          return { mediaType: MANIFEST, digest, size: (await answer.arrayBuffer()).byteLength, platform };
        }),
      );
      return pushManifest(name, tag, { schemaVersion: 2, mediaType: INDEX, manifests: entries }, INDEX);
    },
    async stop() {
      child.kill();
      await child.exited;
      await authority.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface LyingRegistry {
  host: string;
  /** `GET /v2/…`, and what was sent of credentials. */
  requests: { line: string; authorization: string | null }[];
  /** In place of what the registry behind it says. */
  lie: ((request: Request, url: URL) => Response | Promise<Response> | undefined) | undefined;
  stop(): Promise<void>;
}

/** Stands before a registry, and says what a test wants. */
export function startLiar(behind: Pick<TestRegistry, "origin">): LyingRegistry {
  const liar: LyingRegistry = {
    host: "",
    requests: [],
    lie: undefined,
    stop: async () => void (await server.stop(true)),
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const url = new URL(request.url);
      liar.requests.push({
        line: `${request.method} ${url.pathname}${url.search}`,
        authorization: request.headers.get("authorization"),
      });
      const said = liar.lie?.(request, url);
      if (said !== undefined) return said;
      const headers = new Headers(request.headers);
      headers.delete("host");
      return fetch(`${behind.origin}${url.pathname}${url.search}`, {
        method: request.method,
        headers,
        redirect: "manual",
      });
    },
  });
  liar.host = `127.0.0.1:${server.port}`;
  return liar;
}

function digestOf(content: Uint8Array): string {
  return `sha256:${new Bun.CryptoHasher("sha256").update(content).digest("hex")}`;
}

/** Gives tokens as a registry's authority does: signed, for one repository, to who logs in. */
function tokenAuthority(requests: TestRegistry["tokens"]): {
  certificate: string;
  realm: string;
  token(name: string, actions: readonly string[]): string;
  stop(): Promise<void>;
} {
  const signer = issueCertificate({ commonName: "tokens", uses: ["authority"], nowMs: Date.now(), days: 2 });
  const der = signer.certificate.replace(/-----[^-]+-----|\s/g, "");
  const token = (name: string, actions: readonly string[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const head = `${part({ typ: "JWT", alg: "ES256", x5c: [der] })}.${part({
      iss: "test-issuer",
      sub: LOGIN.username,
      aud: "test-registry",
      exp: now + 300,
      nbf: now - 60,
      iat: now - 60,
      jti: crypto.randomUUID(),
      access: [{ type: "repository", name, actions }],
    })}`;
    const signature = sign("sha256", Buffer.from(head), {
      key: createPrivateKey(signer.key),
      dsaEncoding: "ieee-p1363",
    });
    return `${head}.${signature.toString("base64url")}`;
  };
  const shown = issueCertificate(
    {
      commonName: "token server",
      names: [new Uint8Array([127, 0, 0, 1])],
      uses: ["server"],
      nowMs: Date.now(),
      days: 2,
    },
    signer,
  );
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: shown.certificate, key: shown.key },
    fetch(request) {
      const { searchParams } = new URL(request.url);
      const authorization = request.headers.get("authorization");
      requests.push({ query: searchParams, authorization });
      if (authorization !== BASIC) return new Response("no", { status: 401 });
      const [, name = "", actions = ""] = (searchParams.get("scope") ?? "").split(":");
      return Response.json({ token: token(name, actions.split(",")), expires_in: 300 });
    },
  });
  return {
    certificate: signer.certificate,
    realm: `https://127.0.0.1:${server.port}/token`,
    token,
    stop: async () => void (await server.stop(true)),
  };
}
