/**
 * A login at a registry of Amazon ECR, of the daemon itself or of a role. Sources: docs.aws.amazon.com, Amazon ECR API
 * "GetAuthorizationToken" and "AuthorizationData"; AWS SDKs and Tools, "Service-specific endpoints".
 */
import { ecrRegistry } from "../../../core/model/ecr-registry.ts";
import { Secret } from "../../../core/model/secret.ts";
import type { TokenLender } from "../../../core/model/token-lender.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import type { AskLenderText, Lent } from "../lent-login.ts";
import { type AwsAsking, assumeRole, findCredentials, type OpenAws } from "./find-credentials.ts";
import { signedHeaders } from "./sign-v4.ts";

const TARGET = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
/** A token lives so long, whatever the clocks say. */
const LONGEST_LIFE_S = 12 * 3_600;

export type AwsLender = Extract<TokenLender, { from: "aws" }>;

/** @param host of the registry @throws {Failure}, {Error} where the environment says nobody, or an answer is of another shape */
export async function ecrLogin(
  { roleArn }: AwsLender,
  host: string,
  { environment, nowMs, ask }: { environment: AwsAsking["environment"]; nowMs: number; ask: AskLenderText },
): Promise<Lent> {
  const registry = ecrRegistry(host);
  if (registry === undefined) throw new Error(`${host} is no registry of Amazon ECR`);
  const { region, domain, api } = registry;
  const baseOf = (service: "ECR" | "STS", usual: string): string =>
    (environment[`AWS_ENDPOINT_URL_${service}`] || environment["AWS_ENDPOINT_URL"] || usual).replace(
      /\/+$/,
      "",
    );
  const asking: AwsAsking = { environment, now: () => nowMs, lacks: (why) => new Error(why) };
  const open: OpenAws = (_, cannot) => ({
    send: (url, body, headers) => ask({ what: `leave to ${cannot}`, url, headers, post: { text: body } }),
    async getAs(url, headers) {
      return { body: asJson(await ask({ what: `leave to ${cannot}`, url, headers })) };
    },
    otherShape: (what) =>
      new Error(`who lends credentials of AWS answered otherwise than its API does: ${what}`),
  });
  const terms = { sts: baseOf("STS", `https://sts.${region}.${domain}`), region };
  const own = await findCredentials(asking, open, terms);
  const as = roleArn === undefined ? own : await assumeRole(asking, open, terms, { role: roleArn, as: own });
  const [url, body] = [`${baseOf("ECR", api)}/`, "{}"];
  const headers = signedHeaders(as, {
    ...{ url, body, service: "ecr", region, nowMs },
    headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET },
  });
  const said = asJson(await ask({ what: "a token of the registry", url, headers, post: { text: body } }));
  const [first] =
    isMapping(said) && Array.isArray(said["authorizationData"]) ? said["authorizationData"] : [];
  const { authorizationToken: token, expiresAt: untilS } = isMapping(first) ? first : {};
  const [username = "", ...rest] = Buffer.from(String(token ?? ""), "base64")
    .toString()
    .split(":");
  const livesS = typeof untilS === "number" ? untilS - nowMs / 1_000 : 0;
  return {
    login: { username, password: new Secret(rest.join(":")) },
    livesS: Math.min(Math.max(livesS, 0), LONGEST_LIFE_S),
  };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
