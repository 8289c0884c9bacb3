/** Servers that lend tokens as GitHub, Google and Azure document it, on loopback, and what they were asked. */
import { createVerify, generateKeyPairSync } from "node:crypto";

export interface Lenders {
  /** `http://127.0.0.1:port` */
  url: string;
  /** PEM: what they know the public half of. */
  privateKey: string;
  /** `<method> <path>` of each request, oldest first. */
  asked: string[];
  /** Claims of the last token that was signed for them, and its header. */
  claims: Record<string, unknown>;
  header: Record<string, unknown>;
  /** Fields of the last form. */
  form: Record<string, string>;
  /** The one that was lent last; each is another one. */
  token(): string;
  /** Seconds that they live from now on. Default 3,600. */
  livesS: number;
  /** Milliseconds since 1970, by their clock. */
  now: () => number;
  /** Answers in place of theirs. */
  answer: ((request: Request) => Response | undefined) | undefined;
  stop(): Promise<void>;
}

const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

export function startLenders(): Lenders {
  let count = 0;
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => reply(request) });
  const lenders: Lenders = {
    url: `http://127.0.0.1:${server.port}`,
    privateKey: pair.privateKey,
    asked: [],
    claims: {},
    header: {},
    form: {},
    token: () => `lent-${count}`,
    livesS: 3_600,
    now: Date.now,
    answer: undefined,
    stop: () => server.stop(true),
  };
  const noteJwt = (text: string): boolean => {
    const [head = "", body = "", signature = ""] = text.split(".");
    const read = (part: string): Record<string, unknown> =>
      JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    if (!createVerify("RSA-SHA256").update(`${head}.${body}`).verify(pair.publicKey, signature, "base64url"))
      return false;
    lenders.header = read(head);
    lenders.claims = read(body);
    return true;
  };
  const lent = (): string => {
    count++;
    return lenders.token();
  };
  async function reply(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    lenders.asked.push(`${request.method} ${pathname}`);
    const other = lenders.answer?.(request);
    if (other !== undefined) return other;
    if (pathname.startsWith("/api/v3/")) {
      if (!noteJwt((request.headers.get("authorization") ?? "").replace(/^Bearer /, "")))
        return Response.json({ message: "A JSON web token could not be decoded" }, { status: 401 });
      if (
        request.method === "GET" &&
        /^\/api\/v3\/repos\/team\/(?:shop|blog|hidden)\/installation$/.test(pathname)
      )
        return Response.json({ id: 42 });
      if (request.method === "POST" && pathname === "/api/v3/app/installations/42/access_tokens")
        return Response.json(
          { token: lent(), expires_at: new Date(lenders.now() + lenders.livesS * 1_000).toISOString() },
          { status: 201 },
        );
      return Response.json({ message: "Not Found" }, { status: 404 });
    }
    lenders.form = Object.fromEntries(new URLSearchParams(await request.text()));
    const { assertion = "", client_secret: secret, client_assertion: federated } = lenders.form;
    const isIn =
      pathname === "/google"
        ? noteJwt(assertion)
        : pathname === "/tenant/oauth2/v2.0/token" && (secret === "right" || federated === "of the pod");
    return isIn
      ? Response.json({ access_token: lent(), expires_in: lenders.livesS, token_type: "Bearer" })
      : Response.json({ error: "invalid_grant", error_description: "nobody knows you" }, { status: 400 });
  }
  return lenders;
}

/** As it is downloaded. */
export function googleKey({ privateKey, url }: Lenders): string {
  return JSON.stringify({
    type: "service_account",
    client_email: "ci@shop.example",
    private_key_id: "k1",
    private_key: privateKey,
    token_uri: `${url}/google`,
  });
}
