import type { Failure } from "../core/model/failure.ts";
import type { FoundRepository, PullRequest } from "../core/ports/generator-facts.ts";
import type { HttpTerms } from "../remote/http.ts";
import type { Api, ApiTerms } from "./api.ts";
import type { Fields } from "./fields.ts";
import type { HourlyTokens } from "./hourly-tokens.ts";

/** What Secrets and ConfigMaps of one namespace say. Each throws a Failure where it is not there or could not be read. */
export interface Lookups {
  /** @returns undefined where the Secret has no such key */
  secret(name: string, key: string): Promise<string | undefined>;
  configMap(name: string): Promise<Readonly<Record<string, string>>>;
}

export type CloneProtocol = "ssh" | "https";

/** One question under way: what a provider is given to ask by. */
export interface Asking {
  /** The provider's fields of the generator. */
  fields: Fields;
  /** Address of the API as the generator names it, "" where it does not. */
  named: string;
  /** Address of the API where the generator names none. */
  usual: string;
  /** @throws {Failure} where the Secret that a reference names, or its key, is not there */
  token(reference: string, of?: Fields): Promise<string | undefined>;
  /** The same of what is no header by itself and may hold any character. */
  password(reference: string, of?: Fields): Promise<string | undefined>;
  /** Fields of a Secret of the home namespace. */
  homeSecret(name: string, key: string): Promise<string | undefined>;
  /** A Secret or ConfigMap that does not say what it should. @param why "Secret x has no key y" */
  lacks(why: string): Failure;
  /** By the fields `caRef` and `insecure`. */
  tls(): Promise<HttpTerms["tls"]>;
  /** @throws {Failure} where the address is none, or not allowed */
  open(terms: ApiTerms): Api;
  /** Milliseconds since 1970. */
  now(): number;
  /** The daemon's. */
  environment: Readonly<Record<string, string | undefined>>;
  hourly: HourlyTokens;
}

/** A repository before its branches are looked at. */
export interface FoundBefore extends Omit<FoundRepository, "branch" | "sha" | "labels"> {
  labels: readonly string[];
  /** Absent: it is empty. */
  defaultBranch?: string;
  /** Why nobody may see what is in it; said where somebody wants to. */
  hidden?: Failure;
  /** As the provider's API calls it, where that is not `repository`. */
  slug?: string;
}

export interface Branch {
  name: string;
  sha: string;
}

/** What one provider answers about its repositories. */
export interface RepositoryProvider {
  repositories(protocol: CloneProtocol): Promise<readonly FoundBefore[]>;
  /** @returns undefined where the repository is empty */
  defaultBranch(repository: FoundBefore, name: string): Promise<Branch | undefined>;
  branches(repository: FoundBefore): Promise<readonly Branch[]>;
  /** Whether a commit has a file or folder there. */
  hasPath(repository: FoundBefore, branch: Branch, path: string): Promise<boolean>;
}

export type AskPullRequests = (asking: Asking) => Promise<readonly PullRequest[]>;
export type OpenRepositories = (asking: Asking) => Promise<RepositoryProvider>;

/** Whether somebody put all these labels on it. */
export function hasAll(wanted: readonly string[] | undefined, labels: readonly string[]): boolean {
  return (wanted ?? []).every((each) => labels.includes(each));
}

/** The names in a list of labels. */
export function namesIn(labels: readonly Fields[]): string[] {
  return labels.map((label) => label.text("name"));
}

/** By `bearerToken`, by `basicAuth`, or by nothing. */
export async function basicAuth(asking: Asking): Promise<string | undefined> {
  const { fields } = asking;
  const bearer = fields.maybeIn("bearerToken");
  if (bearer !== undefined) return `Bearer ${await asking.token("tokenRef", bearer)}`;
  const basic = fields.maybeIn("basicAuth");
  if (basic === undefined) return undefined;
  const password = await asking.password("passwordRef", basic);
  return `Basic ${Buffer.from(`${basic.text("username")}:${password ?? ""}`).toString("base64")}`;
}
