import { whyNoIssuer } from "../core/model/issuer.ts";
import { Secret } from "../core/model/secret.ts";
import type { GithubSignOn, LdapSignOn, OidcSignOn, SignOnSettings } from "../core/model/sign-on.ts";
import { whyNoCertificates } from "../lib/check-pem.ts";
import { defined } from "../lib/defined.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { whyNoFilter } from "../lib/ldap-filter.ts";
import { isLoopback } from "./listen-address.ts";
import type { Values } from "./read-settings.ts";

type Say = (path: FieldPath, text: string, fix?: string) => void;

interface Saying {
  report: Say;
  warn: Say;
}

/** What the table of settings cannot say of one key alone. An entry with an error in it may be anything: nobody asks it. */
export function readSignOn(
  written: Values,
  server: { url?: string },
  { report, warn }: Saying,
): SignOnSettings[] {
  const entries = (kind: string): [Values, FieldPath][] =>
    (written[kind] as Values[]).map((entry, index) => [entry, ["signOn", kind, index]]);
  const under =
    (at: FieldPath, say: Say): Say =>
    (path, text, fix) =>
      say([...at, ...path], text, fix);
  const each = <T>(kind: string, read: (entry: Values, saying: Saying) => T): [T, FieldPath][] =>
    entries(kind).map(([entry, at]) => {
      const settings = read(entry, { report: under(at, report), warn: under(at, warn) });
      const said = entry["policyNames"];
      return [said === "plain" || said === "prefixed" ? { ...settings, policyNames: said } : settings, at];
    });
  const all: [SignOnSettings, FieldPath][] = [
    ...each("oidc", toOidc),
    ...each("github", toGithub),
    ...each("ldap", toLdap),
  ];
  const names = all.map(([{ name }]) => name.toLowerCase());
  for (const [index, [{ name }, at]] of all.entries())
    if (names.indexOf(name.toLowerCase()) < index)
      report([...at, "name"], `two providers are named ${name}`, "Rename one of them");
  const plain = all.filter(([{ policyNames }]) => policyNames === "plain");
  for (const [{ name }, at] of plain.slice(1))
    report(
      [...at, "policyNames"],
      `the names of ${name} and of ${plain[0]?.[0].name} would be the same people`,
      "Leave plain to one of them",
    );
  const unsaid = all.filter(([{ policyNames }]) => policyNames === undefined);
  if (all.length > 1 && plain.length === 0 && unsaid.length > 0)
    warn(
      ["signOn"],
      `there are several providers, so that a policy names people and groups as sso:${all[0]?.[0].name}:…, and plain names are nobody's`,
      "Write policyNames: plain at the one whose names the policy has as they are, or policyNames: prefixed at each",
    );
  const why = whyNoReturn(server.url);
  if (why !== undefined && all.some(([{ by }]) => by !== "ldap"))
    report(
      ["server", "url"],
      why,
      "Write the address at which browsers reach Holdfast, such as https://cd.example.org",
    );
  return all.map(([settings]) => settings);
}

/** A code that comes back without TLS, and the cookie of who it is for, are anybody's on the way. */
export function whyNoReturn(address = ""): string | undefined {
  const url = URL.parse(address);
  if (url === null) return "is missing: providers of signOn send browsers back to it";
  const isHere = isLoopback(url.hostname.replace(/^\[|\]$/g, "")) || url.hostname === "localhost";
  return url.protocol === "https:" || isHere
    ? undefined
    : "is no https address, and providers of signOn send browsers back to it";
}

function toOidc(entry: Values, saying: Saying): OidcSignOn {
  const text = (key: string) => entry[key] as string;
  const issuer = text("issuer");
  const wrong = issuer === "" ? undefined : whyNoIssuer(issuer);
  if (wrong !== undefined)
    (wrong.severity === "error" ? saying.report : saying.warn)(["issuer"], wrong.text, wrong.fix);
  const scopes = entry["scopes"] as string[];
  // RFC 6749, 3.3.
  for (const [index, scope] of scopes.entries())
    if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
      saying.report(["scopes", index], "is no scope", "Write each as an item of its own");
  const essential = (entry["essentialClaims"] as string[]).map((claim) => [claim, { essential: true }]);
  const [path, logoutUrl, domainHint] = [text("userInfoPath"), text("logoutUrl"), text("domainHint")];
  return {
    by: "oidc",
    name: text("name"),
    issuer,
    clientId: text("clientId"),
    scopes: [...new Set(["openid", ...scopes])],
    idTokenClaims: Object.fromEntries(essential),
    groupClaims: entry["groupClaims"] as string[],
    tls: tlsOf(entry, saying),
    ...defined({
      clientSecret: entry["clientSecret"] as Secret | undefined,
      userInfo: path === "" ? undefined : { path },
      logoutUrl: logoutUrl === "" ? undefined : logoutUrl,
      domainHint: domainHint === "" ? undefined : domainHint,
    }),
  };
}

function toGithub(entry: Values, saying: Saying): GithubSignOn {
  const url = (entry["url"] as string).replace(/\/+$/, "");
  const read = URL.parse(url);
  if (
    read === null ||
    !/^https?:$/.test(read.protocol) ||
    /[?#]/.test(url) ||
    read.username + read.password !== ""
  )
    saying.report(["url"], "is no https address", "Write it like https://github.example.org");
  else if (read.protocol === "http:")
    saying.warn(["url"], "is asked without TLS: whoever is in between can log in as anybody", "Use https");
  const secret = entry["clientSecret"] as Secret | undefined;
  if (secret === undefined)
    saying.report(["clientSecret"], "this setting is required", "Write clientSecret, or clientSecretFile");
  return {
    by: "github",
    name: entry["name"] as string,
    url,
    clientId: entry["clientId"] as string,
    clientSecret: secret ?? new Secret(""),
    organizations: organizationsOf(entry["organizations"] as string[], saying),
    tls: tlsOf(entry, saying),
  };
}

/** `acme`, or `acme:platform` for one of its teams. */
function organizationsOf(texts: readonly string[], { report }: Saying): GithubSignOn["organizations"] {
  const teamsOf = new Map<string, { name: string; teams: string[]; isWhole: boolean }>();
  if (texts.length === 0) report(["organizations"], "names none: nobody could come in", "Name one");
  for (const [index, text] of texts.entries()) {
    const [, name, team] =
      /^([A-Za-z0-9](?:[A-Za-z0-9-_]{0,38}))(?::([A-Za-z0-9._-]{1,100}))?$/.exec(text) ?? [];
    if (name === undefined) {
      report(["organizations", index], "is no organization", "Write acme, or acme:platform for one team");
      continue;
    }
    const known = teamsOf.get(name.toLowerCase()) ?? { name, teams: [], isWhole: false };
    if (team === undefined) known.isWhole = true;
    else known.teams.push(team);
    if (known.isWhole && known.teams.length > 0)
      report(["organizations", index], `${name} stands here whole and by a team`, "Remove one of them");
    teamsOf.set(name.toLowerCase(), known);
  }
  return [...teamsOf.values()].map(({ name, teams, isWhole }) => ({ name, ...(isWhole ? {} : { teams }) }));
}

function toLdap(entry: Values, saying: Saying): LdapSignOn {
  const { report, warn } = saying;
  const url = (entry["url"] as string).replace(/\/+$/, "");
  if (!/^ldaps?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(url) && url !== "")
    report(["url"], "is no address of a directory", "Write it like ldaps://ldap.example.org");
  const isCovered = url.startsWith("ldaps:");
  if (isCovered && entry["startTls"] === "off")
    report(["startTls"], "is for ldap:// alone: ldaps:// is TLS from its first byte", "Remove it");
  const wire = isCovered ? "ldaps" : entry["startTls"] === "off" ? "nothing" : "starttls";
  if (wire === "nothing")
    warn(["startTls"], "passwords are readable on the network", "Use ldaps or StartTLS");
  const dn = entry["accountDn"] as string;
  const password = entry["accountPassword"] as Secret | undefined;
  if ((dn === "") !== (password === undefined))
    report(
      [dn === "" ? "accountDn" : "accountPassword"],
      "is missing beside the other one",
      "Write both, or none",
    );
  const users = entry["users"] as unknown as LdapSignOn["users"];
  if (users.base === "") report(["users", "base"], "this setting is required");
  const groups = toGroups(entry["groups"] as Values);
  for (const [key, filter] of [
    ["users", users.filter],
    ["groups", groups?.filter],
  ] as const) {
    const why = filter === undefined ? undefined : whyNoFilter(filter);
    if (why !== undefined)
      report([key, "filter"], `is no filter: ${why}`, "Write it like (objectClass=person)");
  }
  return {
    by: "ldap",
    name: entry["name"] as string,
    url,
    wire,
    users,
    tls: tlsOf(entry, saying),
    ...defined({ groups, account: dn === "" || password === undefined ? undefined : { dn, password } }),
  };
}

function toGroups({ nested, depth, ...names }: Values): LdapSignOn["groups"] {
  const groups = names as unknown as Omit<NonNullable<LdapSignOn["groups"]>, "nested">;
  if (groups.base === "") return undefined;
  return {
    ...groups,
    nested:
      nested === "rule"
        ? { is: "by rule" }
        : nested === "search"
          ? { is: "by search", depth: depth as number }
          : { is: "not followed" },
  };
}

function tlsOf(entry: Values, { report }: Saying): { ca?: string } {
  const ca = entry["ca"] as string | undefined;
  const why = ca === undefined ? undefined : whyNoCertificates(ca);
  if (why !== undefined) report(["ca"], why, "Write the authority's certificate in PEM");
  return defined({ ca });
}
