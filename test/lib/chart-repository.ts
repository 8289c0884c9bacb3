/** A real chart repository over HTTPS or HTTP, with what a test wants to be wrong with it. */
import { gzipSync } from "node:zlib";
import { tgz } from "./tgz.ts";

export interface PublishedChart {
  name: string;
  version: string;
  archive: Uint8Array;
  /** Default: the archive's own. */
  digest?: string | "none";
  /** Default: beside the index. */
  url?: string;
}

export interface ChartRepository {
  url: string;
  /** Paths, in order, with what was sent of credentials. */
  requests: { path: string; authorization: string | null; status: number }[];
  publish(...charts: PublishedChart[]): void;
  withdraw(name: string, version: string): void;
  /** Answers in place of its own. */
  answer: ((request: Request) => Response | Promise<Response> | undefined) | undefined;
  stop(): Promise<void>;
}

export interface ChartRepositoryOptions {
  /** Who may read; absent: everybody. */
  authorization?: string;
  tls?: { cert: string; key: string; ca?: string; requestCert?: boolean; rejectUnauthorized?: boolean };
  hostname?: string;
}

/** A chart of one ConfigMap, as `helm package` packs it. */
export function chartArchive(
  name: string,
  version: string,
  files: Record<string, string | Uint8Array> = {},
): Uint8Array {
  return tgz({
    [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    [`${name}/values.yaml`]: "greeting: hello\n",
    [`${name}/templates/map.yaml`]: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-${name}\ndata:\n  version: {{ .Chart.Version | quote }}\n  greeting: {{ .Values.greeting | quote }}\n`,
    ...Object.fromEntries(Object.entries(files).map(([path, content]) => [`${name}/${path}`, content])),
  });
}

export function chart(name: string, version: string, files?: Record<string, string>): PublishedChart {
  return { name, version, archive: chartArchive(name, version, files) };
}

export function startChartRepository({
  authorization,
  tls,
  hostname = "127.0.0.1",
}: ChartRepositoryOptions = {}): ChartRepository {
  let charts: PublishedChart[] = [];
  const requests: ChartRepository["requests"] = [];
  const archiveOf = ({ name, version }: PublishedChart): string => `${name}-${version}.tgz`;
  const index = (): string =>
    `apiVersion: v1\nentries:\n${[...new Set(charts.map(({ name }) => name))]
      .map(
        (name) =>
          `  ${name}:\n${charts
            .filter((one) => one.name === name)
            .map((one) => {
              const digest = one.digest ?? new Bun.CryptoHasher("sha256").update(one.archive).digest("hex");
              return `  - apiVersion: v2\n    name: ${one.name}\n    version: ${one.version}\n${
                digest === "none" ? "" : `    digest: ${digest}\n`
              }    urls:\n    - ${one.url ?? archiveOf(one)}\n`;
            })
            .join("")}`,
      )
      .join("")}generated: "2026-11-28T00:00:00Z"\n`;
  const respond = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const given = repository.answer?.(request);
    if (given !== undefined) return given;
    if (authorization !== undefined && request.headers.get("authorization") !== authorization)
      return new Response("no", { status: 401 });
    const file = pathname.replace(/^\/stable\//, "");
    if (file === "index.yaml") {
      const text = index();
      const etag = `"${Bun.hash.wyhash(text)}"`;
      return request.headers.get("if-none-match") === etag
        ? new Response(null, { status: 304, headers: { etag } })
        : new Response(text, { headers: { etag, "content-type": "text/yaml" } });
    }
    const found = charts.find((one) => archiveOf(one) === file);
    return found === undefined
      ? new Response("nothing", { status: 404 })
      : new Response(Buffer.from(found.archive), { headers: { "content-type": "application/gzip" } });
  };
  const server = Bun.serve({
    hostname,
    port: 0,
    idleTimeout: 0,
    ...(tls === undefined ? {} : { tls }),
    async fetch(request) {
      const response = await respond(request);
      requests.push({
        path: new URL(request.url).pathname,
        authorization: request.headers.get("authorization"),
        status: response.status,
      });
      return response;
    },
  });
  const repository: ChartRepository = {
    url: `${tls === undefined ? "http" : "https"}://${hostname}:${server.port}/stable`,
    requests,
    answer: undefined,
    publish(...more) {
      charts = [
        ...charts.filter(
          (one) => !more.some(({ name, version }) => name === one.name && version === one.version),
        ),
        ...more,
      ];
    },
    withdraw(name, version) {
      charts = charts.filter((one) => one.name !== name || one.version !== version);
    },
    stop: () => server.stop(true),
  };
  return repository;
}

/** Zeros, which pack to next to nothing. */
export function bomb(bytes: number): Uint8Array {
  return gzipSync(Buffer.alloc(bytes));
}
