/**
 * A Git server that may say anything: it writes bytes to a socket, so that headers, lengths and framing can lie too.
 * What a repository is not told to say otherwise, it says honestly, in protocol version 2.
 */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";

export interface Asked {
  /** `advertisement` for the discovery, then the command of protocol version 2. */
  stage: "advertisement" | "ls-refs" | "fetch" | "other";
  path: string;
  /** Of the request. */
  body: string;
  socket: Socket;
}

/** Writes an answer to the socket; the connection is closed when it resolves. */
export type Answer = (asked: Asked) => void | Promise<void>;

export interface HostileRepository {
  commit: string;
  pack: Uint8Array;
  /** In place of the honest answers, by stage. */
  instead?: Partial<Record<Asked["stage"], Answer>>;
}

export interface HostileServer {
  url: string;
  /** Paths of all requests, oldest first. */
  requests: string[];
  /** What `/NAME.git` says from now on. @returns its URL */
  serve(name: string, repository: HostileRepository): string;
  close(): Promise<void>;
}

export async function startHostileServer(): Promise<HostileServer> {
  const repositories = new Map<string, HostileRepository>();
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Clients hang up in the middle of what they do not like.
    socket.on("error", () => socket.destroy());
    let bytes: Buffer = Buffer.alloc(0);
    let answered = false;
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const request = answered ? undefined : parseRequest(bytes);
      if (request === undefined) return;
      answered = true;
      requests.push(request.path);
      const repository = repositories.get(/^\/([^/]+)\.git\//.exec(request.path)?.[1] ?? "");
      void answer(repository, { ...request, socket }).then(() => socket.end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    serve(name, repository) {
      repositories.set(name, repository);
      return `${url}/${name}.git`;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(repository: HostileRepository | undefined, asked: Asked): Promise<void> {
  if (repository === undefined)
    return write(asked.socket, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  const instead = repository.instead?.[asked.stage];
  if (instead !== undefined) return instead(asked);
  switch (asked.stage) {
    case "advertisement":
      return say(asked, advertisement());
    case "ls-refs":
      return say(
        asked,
        refs([
          `${repository.commit} HEAD symref-target:refs/heads/main`,
          `${repository.commit} refs/heads/main`,
        ]),
      );
    case "fetch":
      // A client that has something asks first whether we have it too.
      return say(asked, asked.body.includes("done\n") ? packAnswer(repository.pack) : NOTHING_IN_COMMON);
    case "other":
      return write(asked.socket, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  }
}

const NOTHING_IN_COMMON = Buffer.from("0014acknowledgments\n0008NAK\n0000");

export function pkt(data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from((bytes.byteLength + 4).toString(16).padStart(4, "0")), bytes]);
}

export const flush: Buffer = Buffer.from("0000");

export function advertisement(
  lines: readonly string[] = ["ls-refs=unborn", "fetch=shallow", "object-format=sha1"],
): Buffer {
  return Buffer.concat([
    pkt("# service=git-upload-pack\n"),
    flush,
    pkt("version 2\n"),
    ...lines.map((line) => pkt(`${line}\n`)),
    flush,
  ]);
}

export function refs(lines: readonly string[]): Buffer {
  return Buffer.concat([...lines.map((line) => pkt(`${line}\n`)), flush]);
}

export function packAnswer(pack: Uint8Array): Buffer {
  const parts = [pkt("shallow-info\n"), Buffer.from("0001"), pkt("packfile\n")];
  for (let at = 0; at < pack.byteLength; at += 60_000)
    parts.push(pkt(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + 60_000)])));
  return Buffer.concat([...parts, flush]);
}

const TYPES: Record<Asked["stage"], string> = {
  advertisement: "application/x-git-upload-pack-advertisement",
  "ls-refs": "application/x-git-upload-pack-result",
  fetch: "application/x-git-upload-pack-result",
  other: "text/plain",
};

/** The head of a right answer, up to its body. Without a length, the body ends with the connection. */
export function head(stage: Asked["stage"], headers: readonly string[] = []): string {
  return ["HTTP/1.1 200 OK", `Content-Type: ${TYPES[stage]}`, "Connection: close", ...headers, "", ""].join(
    "\r\n",
  );
}

export async function say({ stage, socket }: Asked, body: Uint8Array): Promise<void> {
  await write(socket, head(stage, [`Content-Length: ${body.byteLength}`]));
  await write(socket, body);
}

/** Right headers, then `bytes` again and again until the client has had enough. */
export async function sayForEver(
  { stage, socket }: Asked,
  start: Uint8Array,
  bytes: (turn: number) => Uint8Array,
): Promise<void> {
  await write(socket, head(stage));
  await write(socket, start);
  for (let turn = 0; !socket.destroyed; turn++) await write(socket, bytes(turn));
}

/** Says nothing until the client hangs up. */
export async function silence({ socket }: Asked): Promise<void> {
  await new Promise((resolve) => socket.once("close", resolve));
}

/** Waits until the client takes it, so that this process stays small too. */
export async function write(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}

function parseRequest(bytes: Buffer): Omit<Asked, "socket"> | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const text = bytes.toString("latin1", 0, end);
  const path = /^[A-Z]+ (\S+)/.exec(text)?.[1] ?? "";
  let body = bytes.subarray(end + 4);
  const length = /^content-length: (\d+)/im.exec(text)?.[1];
  if (length !== undefined && body.byteLength < Number(length)) return undefined;
  if (/^content-encoding: gzip/im.test(text)) body = gunzipSync(body);
  const said = body.toString("latin1");
  if (path.includes("/info/refs")) return { path, body: said, stage: "advertisement" };
  const command = /command=([a-z-]+)/.exec(said)?.[1];
  return { path, body: said, stage: command === "ls-refs" || command === "fetch" ? command : "other" };
}
