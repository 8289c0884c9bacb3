import { createHmac, timingSafeEqual } from "node:crypto";
import {
  type AccountTokens,
  type ArgoTokens,
  type ArgoVerdict,
  judgeArgoToken,
  type ListedToken,
} from "../core/accounts/argo-tokens.ts";
import type { CredentialOwner } from "../core/model/credential-owner.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { Accounts } from "./accounts.ts";
import type { AuthPorts } from "./auth-ports.ts";

export interface ArgoTokenParts {
  clock: Pick<AuthPorts["clock"], "now">;
  accounts: Pick<Accounts, "stands">;
  /** As `argocd-secret` of the home says it now; undefined: there is none, or it was not seen yet. */
  held(): ArgoTokens | undefined;
  /** Of a role, as its AppProject lists them now. */
  ofRole(project: string, role: string): readonly ListedToken[];
}

export type ArgoTokenAnswer =
  | Extract<ArgoVerdict, { is: "good" }>
  /** Without a `why` it was not signed here. */
  | { is: "refused"; why?: string };

/** Argo CD's are below 500. */
const LONGEST = 4096;
const SHAPE = /^([\w-]+)\.([\w-]+)\.([\w-]{43})$/;

/** Tokens that an Argo CD of this home issued, as they are: nothing of them is kept, and each is looked at anew each time. */
export class ArgoTokenCheck {
  constructor(private readonly parts: ArgoTokenParts) {}

  /** Those that are listed, whether they open anything or not. */
  list(owner: CredentialOwner): readonly ListedToken[] {
    return this.#listed(owner).tokens;
  }

  /** @param text whatever was shown */
  check(text: string): ArgoTokenAnswer {
    const [, head = "", body = "", signature] = text.length > LONGEST ? [] : (SHAPE.exec(text) ?? []);
    const { clock, accounts, held } = this.parts;
    const key = held()?.key?.reveal() ?? "";
    if (signature === undefined || key === "" || !isSigned(`${head}.${body}`, signature, key))
      return { is: "refused" };
    // Who has the key wrote it; still it says by which rules it is to be read.
    const header = decoded(head);
    if (!isMapping(header) || header["alg"] !== "HS256" || header["crit"] !== undefined)
      return { is: "refused" };
    const verdict = judgeArgoToken(decoded(body), clock.now(), (owner) => this.#listed(owner));
    if (verdict.is === "refused" || accounts.stands(verdict.owner, "token")) return verdict;
    const why =
      verdict.owner.kind === "account"
        ? `the account ${verdict.owner.name} is disabled or may not have tokens; it needs apiKey`
        : `the project ${verdict.owner.project} has no role ${verdict.owner.role}`;
    return { is: "refused", why };
  }

  #listed(owner: CredentialOwner): Omit<AccountTokens, "account"> {
    const { held, ofRole } = this.parts;
    if (owner.kind === "project-role") return { tokens: ofRole(owner.project, owner.role) };
    return held()?.accounts.find(({ account }) => account === owner.name) ?? { tokens: [] };
  }
}

/** By HS256, whatever its header says. */
function isSigned(signed: string, signature: string, key: string): boolean {
  const right = createHmac("sha256", key).update(signed).digest();
  const shown = Buffer.from(signature, "base64url");
  return shown.length === right.length && timingSafeEqual(shown, right);
}

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return undefined;
  }
}
