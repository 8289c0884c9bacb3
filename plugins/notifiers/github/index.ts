import type { NotificationMessage } from "../../../src/core/model/notification.ts";
import { defined } from "../../../src/lib/defined.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import { below, jsonTo, oneLine, safeUrl, wrongAddress } from "../words.ts";

/** A status at the commit that is delivered: https://docs.github.com/en/rest/commits/statuses */
export default defineNotifier({
  name: "github",
  keys: {
    token: { is: "secret", need: "required", doc: "With the permission commit statuses: write." },
    apiURL: {
      is: "text",
      need: "optional",
      doc: "https://github.example.com/api/v3 of a server of one's own.",
    },
    host: { is: "text", need: "optional", doc: "Of the repositories that are meant. Default: github.com." },
  },
  recipient: { is: "optional", says: "owner/name, where it is not the application's own repository" },
  storms: "each",
  check: ({ apiURL }) => wrongAddress("apiURL", apiURL),
  requests(message, { settings: { token = "", apiURL, host = "github.com" }, recipient }) {
    const { written, app, title, link } = message;
    const state = written?.github?.state ?? stateOf(message);
    const sha = written?.github?.revision ?? message.revision ?? "";
    const repository =
      recipient === "" ? nameIn(written?.github?.repoURL ?? message.repository ?? "", host) : recipient;
    // Of other kinds, and of what is no commit there, it has nothing to say.
    if (state === undefined || repository === undefined || !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(sha))
      return [];
    const url = safeUrl(written?.github?.targetURL ?? link?.href);
    const [owner = "", name = ""] = repository.split("/");
    return [
      jsonTo(
        below(
          apiURL ?? "https://api.github.com",
          `repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/statuses/${sha}`,
        ),
        {
          state,
          context: oneLine(written?.github?.label ?? `holdfast/${app ?? ""}`, 100),
          description: oneLine(written?.message ?? title, 140),
          ...defined({ target_url: url }),
        },
        {
          Accept: "application/vnd.github+json",
          Authorization: `Bearer ${token}`,
          "X-GitHub-Api-Version": "2022-11-28",
        },
      ),
    ];
  },
});

function stateOf({ kind }: NotificationMessage): string | undefined {
  switch (kind) {
    case "sync-running":
      return "pending";
    case "deployed":
    case "health-recovered":
      return "success";
    case "sync-failed":
    case "health-degraded":
      return "failure";
    default:
      return undefined;
  }
}

/** `owner/name` of an address of that host, by https or ssh. */
function nameIn(url: string, host: string): string | undefined {
  const found =
    /^(?:https?:\/\/|ssh:\/\/)?(?:[^@/]*@)?([^/:]+)(?::\d+)?[/:]([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url);
  return found?.[1]?.toLowerCase() === host.toLowerCase() ? `${found[2]}/${found[3]}` : undefined;
}
