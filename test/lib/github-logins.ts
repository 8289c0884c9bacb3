/** GitHub as far as a login asks it: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
import { type ProviderStand, providerStand } from "./provider-stand.ts";

/**
 * A page with `#agree` and `#cancel`, a token for PKCE's verifier and `secret-canary`, and one person: octo, number 4711, of
 * `acme:platform`.
 */
export function githubLogins(): ProviderStand {
  const challenges = new Map<string, string>();
  return providerStand((url, { body, headers }) => {
    const query = url.searchParams;
    if (url.pathname === "/login/oauth/authorize") {
      const code = crypto.randomUUID();
      challenges.set(code, query.get("code_challenge") ?? "");
      const back = (answer: Record<string, string>): string =>
        `${query.get("redirect_uri")}?${new URLSearchParams({ ...answer, state: query.get("state") ?? "" })}`.replaceAll(
          "&",
          "&amp;",
        );
      return new Response(
        `<a id="agree" href="${back({ code })}">Authorize</a> <a id="cancel" href="${back({ error: "access_denied" })}">Cancel</a>`,
        { headers: { "content-type": "text/html", "x-no-etag": "" } },
      );
    }
    if (url.pathname === "/login/oauth/access_token") {
      const form = new URLSearchParams(body);
      const code = form.get("code") ?? "";
      const hash = new Bun.CryptoHasher("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
      const isRight = challenges.get(code) === hash && form.get("client_secret") === "secret-canary";
      challenges.delete(code);
      return Response.json(
        isRight ? { access_token: "token-canary", token_type: "bearer" } : { error: "bad_verification_code" },
      );
    }
    if (headers.get("authorization") !== "Bearer token-canary") return undefined;
    const answers: Readonly<Record<string, unknown>> = {
      "/api/v3/user": { id: 4711, login: "octo", name: "Octo" },
      "/api/v3/user/emails": [{ email: "octo@example.org", verified: true, primary: true }],
      "/api/v3/user/orgs": [{ login: "acme" }],
      "/api/v3/user/teams": [{ slug: "platform", organization: { login: "acme" } }],
    };
    const answer = answers[url.pathname];
    return answer === undefined ? undefined : Response.json(answer);
  });
}
