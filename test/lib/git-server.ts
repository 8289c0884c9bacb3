/**
 * A real Git server for tests: `git http-backend` behind Bun.serve on a loopback port.
 * Repositories are bare, made and changed through `git fast-import`, and may be pushed to over HTTP.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificates, makeCertificates } from "./certificates.ts";

export interface GitServerOptions {
  /** Folder for the bare repositories; a new one under the system's temporary folder where absent. It is removed by `close` only then. */
  root?: string;
  auth?: { basic: { username: string; password: string } } | { bearer: string };
  /** `private-ca`: HTTPS for `localhost`, signed by an authority made for this server (see `ca`). */
  tls?: "none" | "private-ca";
  /** `older`: does not know protocol version 2, and gives out only commits that refs lead to. */
  protocol?: "newest" | "older";
  /** 0 or absent: any free port. */
  port?: number;
}

/** Content by path; `null` removes the path (a whole folder too), `{ link }` makes a symbolic link. */
export type Changes = Record<string, string | Uint8Array | null | { link: string }>;

/** What a request is answered with in place of Git's own answer. */
export type Fault =
  | { do: "status"; status: number; headers?: Record<string, string>; body?: string }
  /** Answers after `ms`, or never where the client hangs up first. */
  | { do: "wait"; ms: number }
  /** Sends this many bytes of the real answer and then nothing more; a shorter one whole. */
  | { do: "stall"; bytes: number }
  /** Sends this many bytes of the real answer and ends. */
  | { do: "cut"; bytes: number }
  /** Turns one byte of the real answer round, counted from its end. */
  | { do: "flip"; fromEnd: number };

export interface SeenRequest {
  method: string;
  /** With query. */
  path: string;
  headers: Record<string, string>;
}

export interface GitServer {
  /** `http://127.0.0.1:port` or `https://localhost:port`, without a slash at the end. */
  url: string;
  root: string;
  /** PEM of the authority, with `tls: "private-ca"`. */
  ca: string | undefined;
  /** Every request, oldest first. Tests may empty it. */
  requests: SeenRequest[];
  /** Makes `name`.git with one commit on `main` that holds `files`, and returns its URL. */
  createRepo(name: string, files: Changes, options?: { branch?: string }): Promise<string>;
  /** Adds a commit to a branch (default: the repository's default branch) and returns its SHA. */
  commit(
    repo: string,
    changes: Changes,
    message: string,
    options?: { branch?: string; parent?: string },
  ): Promise<string>;
  /** Runs git in the bare repository and returns its trimmed output. */
  git(repo: string, ...argv: string[]): Promise<string>;
  urlOf(repo: string): string;
  /** Path of the bare repository. */
  pathOf(repo: string): string;
  /** Answers requests that `when` picks (all where absent) with a fault until the returned function is called. */
  fail(fault: Fault, when?: (request: SeenRequest) => boolean): () => void;
  close(): Promise<void>;
}

export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const root = options.root ?? mkdtempSync(join(tmpdir(), "holdfast-git-"));
  mkdirSync(root, { recursive: true });
  const certificates = options.tls === "private-ca" ? await makeCertificates(["localhost"]) : undefined;
  const requests: SeenRequest[] = [];
  const faults: { fault: Fault; when: (request: SeenRequest) => boolean }[] = [];
  const pathOf = (repo: string): string => join(root, `${repo}.git`);

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    idleTimeout: 0,
    ...(certificates === undefined ? {} : { tls: { cert: certificates.cert, key: certificates.key } }),
    async fetch(request) {
      const url = new URL(request.url);
      const seen = {
        method: request.method,
        path: url.pathname + url.search,
        headers: Object.fromEntries(request.headers),
      };
      requests.push(seen);
      const fault = faults.findLast((each) => each.when(seen))?.fault;
      if (fault?.do === "status")
        return new Response(fault.body ?? "", { status: fault.status, headers: fault.headers ?? {} });
      if (fault?.do === "wait") await Bun.sleep(fault.ms);
      if (!mayEnter(request, options.auth)) {
        return new Response("no", { status: 401, headers: { "WWW-Authenticate": 'Basic realm="test"' } });
      }
      const answer = await httpBackend(request, url, root, options.protocol ?? "newest");
      return fault === undefined ? answer : spoil(answer, fault);
    },
  });
  const url = `${certificates === undefined ? "http://127.0.0.1" : "https://localhost"}:${server.port}`;

  const git = (repo: string, ...argv: string[]): Promise<string> => runGit(["-C", pathOf(repo), ...argv]);
  const commit: GitServer["commit"] = async (repo, changes, message, { branch, parent } = {}) => {
    const ref =
      branch === undefined
        ? readFileSync(join(pathOf(repo), "HEAD"), "utf8")
            .trim()
            .slice("ref: ".length)
        : `refs/heads/${branch}`;
    const base = parent ?? ((await hasRef(repo, ref)) ? `${ref}^0` : "");
    // One process a commit: it says the new SHA itself.
    return runGit(
      ["-C", pathOf(repo), "fast-import", "--quiet", "--force"],
      importStream(ref, base, changes, message),
    );
  };
  const hasRef = async (repo: string, ref: string): Promise<boolean> => {
    if (existsSync(join(pathOf(repo), ref))) return true;
    return existsSync(join(pathOf(repo), "packed-refs")) && (await git(repo, "for-each-ref", ref)) !== "";
  };

  return {
    url,
    root,
    ca: certificates?.ca,
    requests,
    git,
    commit,
    pathOf,
    urlOf: (repo) => `${url}/${repo}.git`,
    async createRepo(name, files, { branch = "main" } = {}) {
      for (const folder of ["objects", "refs/heads", "refs/tags"])
        mkdirSync(join(pathOf(name), folder), { recursive: true });
      writeFileSync(join(pathOf(name), "HEAD"), `ref: refs/heads/${branch}\n`);
      writeFileSync(
        join(pathOf(name), "config"),
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[http]\n\treceivepack = true\n",
      );
      await commit(name, files, "first", { branch });
      return `${url}/${name}.git`;
    },
    fail(fault, when = () => true) {
      const entry = { fault, when };
      faults.push(entry);
      return () => void faults.splice(faults.indexOf(entry), 1);
    },
    async close() {
      await server.stop(true);
      if (options.root === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}

export type { Certificates };

/** Runs git with an environment of its own and returns trimmed stdout. */
export async function runGit(
  argv: string[],
  stdin?: Uint8Array,
  env: Record<string, string> = {},
): Promise<string> {
  const child = Bun.spawn(["git", ...argv], {
    env: { ...gitEnvironment(), ...env },
    stdin: stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`git ${argv.join(" ")}: ${err.trim()}`);
  return out.trim();
}

function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Tester",
    GIT_AUTHOR_EMAIL: "tester@example.com",
    GIT_COMMITTER_NAME: "Tester",
    GIT_COMMITTER_EMAIL: "tester@example.com",
  };
}

function importStream(ref: string, base: string, changes: Changes, message: string): Uint8Array {
  const parts: Uint8Array[] = [];
  const text = (line: string): void => void parts.push(Buffer.from(line));
  const content = (bytes: Uint8Array): void => {
    text(`data ${bytes.byteLength}\n`);
    parts.push(bytes);
    text("\n");
  };
  text(
    `commit ${ref}\nmark :1\ncommitter Tester <tester@example.com> ${Math.floor(Date.now() / 1000)} +0000\n`,
  );
  content(Buffer.from(message));
  if (base !== "") text(`from ${base}\n`);
  for (const [path, change] of Object.entries(changes)) {
    if (change === null) {
      text(`D ${JSON.stringify(path)}\n`);
      continue;
    }
    const isLink = typeof change === "object" && "link" in change;
    text(`M ${isLink ? "120000" : "100644"} inline ${JSON.stringify(path)}\n`);
    content(isLink ? Buffer.from(change.link) : typeof change === "string" ? Buffer.from(change) : change);
  }
  text("get-mark :1\n");
  return Buffer.concat(parts);
}

function mayEnter(request: Request, auth: GitServerOptions["auth"]): boolean {
  if (auth === undefined) return true;
  const given = request.headers.get("authorization");
  if ("bearer" in auth) return given === `Bearer ${auth.bearer}`;
  return given === `Basic ${Buffer.from(`${auth.basic.username}:${auth.basic.password}`).toString("base64")}`;
}

/** One CGI call, as RFC 3875 has it. */
async function httpBackend(
  request: Request,
  url: URL,
  root: string,
  protocol: "newest" | "older",
): Promise<Response> {
  const child = Bun.spawn(["git", "http-backend"], {
    env: {
      ...gitEnvironment(),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: "tester",
      REMOTE_ADDR: "127.0.0.1",
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers.get("content-type") ?? "",
      HTTP_CONTENT_ENCODING: request.headers.get("content-encoding") ?? "",
      GIT_PROTOCOL: protocol === "older" ? "" : (request.headers.get("git-protocol") ?? ""),
      // A test's repositories stand still or move by one commit: no background work beside it.
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "gc.auto",
      GIT_CONFIG_VALUE_0: "0",
      GIT_CONFIG_KEY_1: "receive.autogc",
      GIT_CONFIG_VALUE_1: "false",
    },
    stdin: new Uint8Array(await request.arrayBuffer()),
    stdout: "pipe",
    stderr: "ignore",
  });
  request.signal.addEventListener("abort", () => child.kill());
  const bytes = new Uint8Array(await new Response(child.stdout).arrayBuffer());
  const end = Buffer.from(bytes.buffer).indexOf("\r\n\r\n");
  if (end < 0) return new Response("http-backend gave no answer", { status: 500 });
  const headers = new Headers();
  let status = 200;
  for (const line of Buffer.from(bytes.subarray(0, end)).toString().split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon),
      value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else headers.append(name, value);
  }
  return new Response(bytes.subarray(end + 4), { status, headers });
}

async function spoil(answer: Response, fault: Exclude<Fault, { do: "status" }>): Promise<Response> {
  const init = { status: answer.status, headers: answer.headers };
  if (fault.do === "wait") return answer;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (fault.do === "flip") {
    const at = bytes.length - fault.fromEnd;
    const byte = bytes[at];
    if (byte !== undefined) bytes[at] = byte ^ 0xff;
    return new Response(bytes, init);
  }
  const start = bytes.subarray(0, fault.bytes);
  if (fault.do === "cut" || bytes.length <= fault.bytes) return new Response(start, init);
  return new Response(
    new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(start) }),
    init,
  );
}
