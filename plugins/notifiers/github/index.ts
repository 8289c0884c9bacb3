import { createPrivateKey } from "node:crypto";
import type { NotificationMessage } from "../../../src/core/model/notification.ts";
import { defined } from "../../../src/lib/defined.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import { below, jsonTo, oneLine, safeUrl, wrongAddress } from "../words.ts";

const APP = ["appID", "installationID", "privateKey"] as const;
const PUBLIC_API = "https://api.github.com";

/** A status at the commit that is delivered: https://docs.github.com/en/rest/commits/statuses */
export default defineNotifier({
  name: "github",
  keys: {
    token: {
      is: "secret",
      need: "optional",
      doc: "With the permission commit statuses: write. Or a GitHub App, by the three keys below.",
    },
    appID: { is: "text", need: "optional", doc: "Of an app that may write commit statuses." },
    installationID: { is: "text", need: "optional", doc: "Of that app, where the repositories are." },
    privateKey: { is: "secret", need: "optional", doc: "Of that app, as GitHub gives it: RSA, in PEM." },
    apiURL: {
      is: "text",
      need: "optional",
      doc: "https://github.example.com/api/v3 of a server of one's own.",
    },
    host: { is: "text", need: "optional", doc: "Of the repositories that are meant. Default: github.com." },
  },
  recipient: { is: "optional", says: "owner/name, where it is not the application's own repository" },
  storms: "each",
  check: ({ apiURL, token, appID, installationID, privateKey }) => [
    ...wrongAddress("apiURL", apiURL),
    ...wrongLogin({ token, appID, installationID, privateKey }),
  ],
  requests(message, { settings, recipient }) {
    const { token, appID, installationID, privateKey, apiURL = PUBLIC_API, host = "github.com" } = settings;
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
    const request = jsonTo(
      below(apiURL, `repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/statuses/${sha}`),
      {
        state,
        context: oneLine(written?.github?.label ?? `holdfast/${app ?? ""}`, 100),
        description: oneLine(written?.message ?? title, 140),
        ...defined({ target_url: url }),
      },
      {
        Accept: "application/vnd.github+json",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        "X-GitHub-Api-Version": "2022-11-28",
      },
    );
    if (token !== undefined || request.by !== "http") return [request];
    const login = {
      ...{ appId: appID ?? "", installationId: installationID ?? "", privateKey: privateKey ?? "" },
      ...({ by: "github-app", baseUrl: apiURL } as const),
    };
    return [{ ...request, login }];
  },
});

type Login = Readonly<Record<"token" | (typeof APP)[number], string | undefined>>;

/** What is wrong with who it is, a sentence each; never with a word of the key. */
function wrongLogin({ token, ...app }: Login): string[] {
  const written = APP.filter((key) => app[key]);
  if (token)
    return written.length === 0
      ? []
      : [`settings.token and settings.${written[0]} are two logins: write one`];
  if (written.length === 0)
    return ["settings.token is required, or an app: settings.appID, installationID and privateKey"];
  const missing = APP.filter((key) => !app[key]);
  if (missing.length > 0)
    return missing.map((key) => `settings.${key} is required beside settings.${written[0]}`);
  return [
    ...(/^[\w.-]+$/.test(app.appID ?? "") ? [] : ["settings.appID is no id of an app"]),
    ...(/^\d+$/.test(app.installationID ?? "") ? [] : ["settings.installationID must be a number"]),
    ...(isRsaKey(app.privateKey ?? "") ? [] : ["settings.privateKey is no private key of RSA in PEM"]),
  ];
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

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
