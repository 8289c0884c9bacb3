import { comparableGitUrl } from "../../lib/git-url.ts";
import { BY_SEGMENT } from "../../lib/glob.ts";
import { isInnerHost } from "../../lib/inner-host.ts";
import { WRITE_PLAINLY, whyNotPlain } from "../../lib/plain-address.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { isDeny, matchesPattern } from "./pattern.ts";

/** Why an address is not asked, and what to do; `project`: its project must permit it too. */
export interface BaseRefusal {
  why: string;
  fix: string;
}

/**
 * Why the config does not permit an address that a repository's content names; undefined where it does. Whoever may push
 * to some repository must not send the daemon to whatever its network alone can reach: without a word of the operator's
 * it goes to hosts out in the world, over TLS, alone.
 * @param url as it is written: who is taken away from it first takes the trick away too
 * @param patterns of the config; one deny that applies is enough
 * @param known whether an entry of the config's repositories speaks for it
 */
export function refuseBase(
  url: string,
  patterns: readonly string[],
  known: "known" | "unknown",
): BaseRefusal | undefined {
  const unclear = whyNotPlain(url);
  if (unclear !== undefined) return { why: unclear, fix: WRITE_PLAINLY };
  const text = comparableGitUrl(withoutUserinfo(url));
  const denies = patterns.filter(isDeny).map((pattern) => `!${comparableGitUrl(pattern.slice(1))}`);
  if (denies.some((pattern) => !matchesPattern(pattern, text, BY_SEGMENT)))
    return { why: "remoteBases in the config forbids it", fix: "Copy it into the repository" };
  if (known === "known") return undefined;
  const near = whyNear(url);
  const permitted = permitting(text, patterns);
  if (permitted.length === 0)
    return {
      why: "neither remoteBases nor repositories in the config names it",
      fix: "Add it to remoteBases in the config, or copy it into the repository",
    };
  if (near === undefined || permitted.some(namesItsHost)) return undefined;
  return {
    why: `${near}, and neither remoteBases nor repositories in the config names its host`,
    fix: "Add it to remoteBases or repositories in the config, or copy it into the repository",
  };
}

/** Whether a pattern that permits the address says its host, so that it may be wherever it is. */
export function namesBaseHost(url: string, patterns: readonly string[]): boolean {
  return permitting(comparableGitUrl(withoutUserinfo(url)), patterns).some(namesItsHost);
}

/** @param text as `comparableGitUrl` writes it */
function permitting(text: string, patterns: readonly string[]): string[] {
  return patterns.filter(
    (pattern) => !isDeny(pattern) && matchesPattern(comparableGitUrl(pattern), text, BY_SEGMENT),
  );
}

function whyNear(url: string): string | undefined {
  const at = URL.parse(url);
  if (at === null || at.protocol !== "https:") return "it is not asked over HTTPS";
  return isInnerHost(at.hostname) ? "its host is in a network of its own" : undefined;
}

/** Whether a pattern says which host it means: one that begins with any host means none of those near. */
function namesItsHost(pattern: string): boolean {
  const [, host = ""] = /^(?:[a-z]+:\/\/)?(?:[^/@]*@)?([^/]*)/i.exec(pattern) ?? [];
  return host !== "" && !/[*?[{]/.test(host);
}
