/**
 * Who the daemon is to AWS: keys of its environment, its Pod's role (web identity, as EKS gives it to service accounts), or
 * the agent beside it (container credentials, as EKS Pod Identity and ECS give them), in this order. The machine's own
 * metadata is not asked: what every Pod of a node may be is nobody in particular.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
import { readFile } from "node:fs/promises";
import { messageOf } from "../../../lib/caught.ts";
import { defined } from "../../../lib/defined.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { type AwsCredentials, signedHeaders } from "./sign-v4.ts";

/** Until milliseconds since 1970; absent: for as long as they are in the environment. */
export interface LentCredentials extends AwsCredentials {
  untilMs?: number;
}

/** Credentials are used for as long as they have some time left. */
const MARGIN_MS = 5 * 60_000;
const FORM = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
const STS_VERSION = "2011-06-15";
/** Whom credentials of containers may be had from without TLS. Source: AWS's SDKs. */
const AGENTS = new Set([
  "169.254.170.2",
  "169.254.170.23",
  "[fd00:ec2::23]",
  "127.0.0.1",
  "[::1]",
  "localhost",
]);

/** What asks, on whose behalf it may be. */
export interface AwsAsking {
  /** The daemon's. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Credentials that are not there. */
  lacks(why: string): Error;
}

/** A server of AWS, as whoever needs credentials asks it: what fails is told by their own words. */
export interface AwsServer {
  /** Of a `POST`. */
  send(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<string | undefined>;
  /** Of a `GET`: its JSON. */
  getAs(url: string, headers: Readonly<Record<string, string>>): Promise<{ body?: unknown }>;
  otherShape(what: string): Error;
}

/** @param reach `anywhere`: the daemon's own environment names it */
export type OpenAws = (base: string, cannot: string, needs: string, reach?: "anywhere") => AwsServer;

export interface StsTerms {
  /** Address of the region's Security Token Service. */
  sts: string;
  region: string;
}

/** @throws {Failure} where the environment says nobody, or what it says does not answer */
export async function findCredentials(
  asking: AwsAsking,
  open: OpenAws,
  terms: StsTerms,
): Promise<LentCredentials> {
  const { environment } = asking;
  const said = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const [id, secret] = [said("AWS_ACCESS_KEY_ID"), said("AWS_SECRET_ACCESS_KEY")];
  if (id !== undefined && secret !== undefined)
    return { id, secret, ...defined({ session: said("AWS_SESSION_TOKEN") }) };
  const [file, role] = [said("AWS_WEB_IDENTITY_TOKEN_FILE"), said("AWS_ROLE_ARN")];
  if (file !== undefined && role !== undefined)
    return await assumed(asking, open, terms, {
      Action: "AssumeRoleWithWebIdentity",
      RoleArn: role,
      RoleSessionName: said("AWS_ROLE_SESSION_NAME") ?? "holdfast",
      WebIdentityToken: await textOf(file, "AWS_WEB_IDENTITY_TOKEN_FILE", asking),
    });
  const relative = said("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const agent =
    relative === undefined ? said("AWS_CONTAINER_CREDENTIALS_FULL_URI") : `http://169.254.170.2${relative}`;
  if (agent !== undefined) return ofContainer(asking, open, agent);
  throw asking.lacks(
    "the daemon's environment has no credentials of AWS (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or AWS_CONTAINER_CREDENTIALS_FULL_URI)",
  );
}

/** The same daemon, as this role. @throws {Failure} */
export function assumeRole(
  asking: AwsAsking,
  open: OpenAws,
  terms: StsTerms,
  { role, as }: { role: string; as: AwsCredentials },
): Promise<LentCredentials> {
  const ask = { Action: "AssumeRole", RoleArn: role, RoleSessionName: "holdfast" };
  return assumed(asking, open, terms, ask, as);
}

async function assumed(
  asking: AwsAsking,
  open: OpenAws,
  { sts, region }: StsTerms,
  ask: Readonly<Record<string, string>>,
  as?: AwsCredentials,
): Promise<LentCredentials> {
  const role = ask["RoleArn"];
  const api = open(
    sts,
    `act as ${role}`,
    `whoever asks the right ${ask["Action"]} on ${role}, in its trust policy`,
  );
  const url = `${sts}/`;
  const body = new URLSearchParams({ ...ask, Version: STS_VERSION }).toString();
  const headers =
    as === undefined
      ? FORM
      : signedHeaders(as, { url, headers: FORM, body, service: "sts", region, nowMs: asking.now() });
  const text = await api.send(url, body, headers);
  const part = (name: string): string => {
    const value = new RegExp(`<${name}>\\s*([^<\\s]+)\\s*</${name}>`).exec(text ?? "")?.[1];
    if (value === undefined) throw api.otherShape(`it must have ${name}`);
    return value;
  };
  return lent(api, part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken"), part("Expiration"));
}

async function ofContainer(asking: AwsAsking, open: OpenAws, agent: string): Promise<LentCredentials> {
  const url = URL.parse(agent);
  if (url === null || (url.protocol !== "https:" && !(url.protocol === "http:" && AGENTS.has(url.hostname))))
    throw asking.lacks(
      "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither over https:// nor the address of an agent on this machine",
    );
  const { environment } = asking;
  const file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token =
    file === undefined || file === ""
      ? environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
      : await textOf(file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", asking);
  const api = open(
    url.origin,
    "get the credentials of this container",
    "the Pod a role, by an association",
    "anywhere",
  );
  const { body } = await api.getAs(url.href, defined({ Authorization: token?.trim() || undefined }));
  const part = (name: string): string => {
    const value = isMapping(body) ? body[name] : undefined;
    if (typeof value !== "string" || value === "") throw api.otherShape(`it must have ${name}`);
    return value;
  };
  return lent(api, part("AccessKeyId"), part("SecretAccessKey"), part("Token"), part("Expiration"));
}

function lent(api: AwsServer, id: string, secret: string, session: string, until: string): LentCredentials {
  const untilMs = Date.parse(until);
  if (!Number.isFinite(untilMs)) throw api.otherShape("Expiration must be a time");
  return { id, secret, session, untilMs: untilMs - MARGIN_MS };
}

async function textOf(file: string, name: string, asking: AwsAsking): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown): Error => {
    return asking.lacks(`the file of ${name} cannot be read (${messageOf(cause)})`);
  });
  if (typeof text !== "string") throw text;
  if (text.trim() === "") throw asking.lacks(`the file of ${name} is empty`);
  return text.trim();
}
