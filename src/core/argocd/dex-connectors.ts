/**
 * One connector of Dex as a provider of ours, by the same names of people and groups: a policy that was written for Dex
 * says the same of them. What would have it say something else is an error. https://dexidp.io/docs/connectors/
 */
import { whyNoCertificates } from "../../lib/check-pem.ts";
import { defined } from "../../lib/defined.ts";
import { whyNoFilter } from "../../lib/ldap-filter.ts";
import { whyNoIssuer } from "../model/issuer.ts";
import { Secret } from "../model/secret.ts";
import type { GithubSignOn, LdapSignOn, OidcSignOn, SignOnSettings } from "../model/sign-on.ts";
import type { DexFields, DexKey } from "./dex-fields.ts";

/** A reader of `config`. @param claims `scopes` of `argocd-rbac-cm` */
type ReadConnector = (config: DexFields, name: string, claims: readonly string[]) => SignOnSettings;

const FILE: DexKey = { why: "it names a file of Dex's own container" };
/** Where Argo CD had Dex's providers send browsers back to, as it is registered at each of them. */
export const DEX_CALLBACK = "/api/dex/callback";
const ANY_ENTRY = "(objectClass=*)";

const OIDC: Record<string, DexKey> = {
  ...{ issuer: "read", clientID: "read", clientSecret: "read", scopes: "read", hostedDomains: "read" },
  ...{ insecureEnableGroups: "read", overrideClaimMapping: "read", claimMapping: "read" },
  ...{ insecureSkipVerify: "read", userIDKey: "read", redirectURI: "not needed" },
  // How the client shows its secret, the discovery says; what a person is called is for eyes alone.
  ...{ basicAuthUnsupported: "not needed", userNameKey: "not needed", promptType: "not needed" },
  ...{ insecureSkipEmailVerified: "read", discoveryPollInterval: "not needed" },
  getUserInfo: {
    why: "groups are read of the token; oidc.config can ask beside it (enableUserInfoGroups, userInfoPath)",
  },
  acrValues: { why: "how somebody must have signed in there is not asked for" },
  claimModifications: { why: "groups are taken as the provider writes them" },
  providerDiscoveryOverrides: { why: "addresses are those of the provider's discovery" },
  rootCAs: FILE,
};

const readOidc: ReadConnector = (config, name, claims) => {
  const issuer = config.needed("issuer");
  const wrong = issuer === "" ? undefined : whyNoIssuer(issuer);
  if (wrong?.severity === "error") config.report("issuer", wrong.text, wrong.fix);
  else if (wrong !== undefined) config.warn("issuer", wrong.text, wrong.fix);
  const id = config.text("userIDKey");
  if (id !== undefined && id !== "sub")
    config.report(
      "userIDKey",
      "is not honoured: policies name a person by sub",
      "Remove it, or write oidc.config",
    );
  const read = oidcOf(config, { name, issuer, groupClaims: claimsOf(config, claims) });
  // Who may write any address is nobody, unless the provider says of it whether it is theirs.
  const isSaid = read.scopes.includes("email") && !config.isOn("insecureSkipEmailVerified");
  return isSaid
    ? { ...read, neededClaims: { ...read.neededClaims, email_verified: ["true", "false"] } }
    : read;
};

/** Of the claims that a policy takes for groups, those of the provider that Dex would make them of. */
function claimsOf(config: DexFields, claims: readonly string[]): string[] {
  const mapping = config.below("claimMapping", { groups: "read", preferred_username: "read", email: "read" });
  const email = mapping.text("email") ?? "email";
  if (email !== "email")
    mapping.report("email", "is not honoured: whether an address is vouched for is said of email alone");
  const user = mapping.text("preferred_username") ?? "preferred_username";
  const groups = mapping.text("groups");
  const isOver = config.isOn("overrideClaimMapping");
  if (groups !== undefined && groups !== "groups" && !isOver && config.isOn("insecureEnableGroups"))
    mapping.warn(
      "groups",
      "counts beside the claim groups, where Dex takes it only if that one is missing",
      "Write overrideClaimMapping: true, to have it alone",
    );
  const asGroups = groups === undefined ? ["groups"] : isOver ? [groups] : ["groups", groups];
  return [
    ...new Set(
      claims.flatMap((claim) => {
        if (claim === "groups") return config.isOn("insecureEnableGroups") ? asGroups : [];
        return claim === "email" ? [email] : claim === "preferred_username" ? [user] : [];
      }),
    ),
  ];
}

const DIRECTORY: DexKey = { why: "groups of Google's directory are not read" };
const GOOGLE: Record<string, DexKey> = {
  ...{ clientID: "read", clientSecret: "read", scopes: "read", hostedDomains: "read" },
  ...{ redirectURI: "not needed", promptType: "not needed" },
  ...{ groups: DIRECTORY, groupsFilter: DIRECTORY, adminEmail: DIRECTORY, domainToAdminEmail: DIRECTORY },
  ...{ serviceAccountFilePath: DIRECTORY, fetchTransitiveGroupMembership: DIRECTORY },
};

const readGoogle: ReadConnector = (config, name, claims) => {
  const groupClaims = claims.filter((claim) => claim === "email");
  if (config.texts("hostedDomains").length === 0)
    config.warn(
      "hostedDomains",
      "is missing: anybody with an account of Google's can log in, unless the consent screen is Internal",
      "Name your domains",
    );
  return oidcOf(config, { name, issuer: "https://accounts.google.com", groupClaims });
};

function oidcOf(config: DexFields, known: Pick<OidcSignOn, "name" | "issuer" | "groupClaims">): OidcSignOn {
  const domains = config.texts("hostedDomains");
  const [scopes, secret] = [config.texts("scopes"), config.needed("clientSecret")];
  const skips = config.isOn("insecureSkipVerify");
  if (skips)
    config.warn(
      "insecureSkipVerify",
      "the provider's certificate is not looked at: whoever is in between can log in as anybody",
      "Write this provider as oidc.config, with its authority as rootCA",
    );
  return {
    by: "oidc",
    ...known,
    clientId: config.needed("clientID"),
    clientSecret: new Secret(secret),
    scopes: [...new Set(["openid", ...(scopes.length === 0 ? ["profile", "email"] : scopes)])],
    idTokenClaims: {},
    tls: skips ? { check: "nothing" } : {},
    ...(domains.length === 0 ? {} : { neededClaims: { hd: domains } }),
  };
}

const GITHUB: Record<string, DexKey> = {
  ...{ clientID: "read", clientSecret: "read", orgs: "read", hostName: "read", teamNameField: "read" },
  // Beside orgs it changes nothing for Dex either.
  ...{ redirectURI: "not needed", loadAllGroups: "not needed" },
  org: { why: "its teams would have other names; write orgs" },
  useLoginAsID: { why: "a name can be given up there and taken by somebody else" },
  preferredEmailDomain: { why: "the address is a person's first one" },
  rootCA: FILE,
};

const readGithub: ReadConnector = (config, name, claims) => {
  const host = config.text("hostName");
  if (host !== undefined && !/^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(host))
    config.report("hostName", "is no host", "Write it like github.example.org");
  const field = config.text("teamNameField") ?? "name";
  const isField = field === "name" || field === "slug" || field === "both";
  if (!isField) config.report("teamNameField", "must be name, slug or both");
  return {
    by: "github",
    name,
    url: `https://${host ?? "github.com"}`,
    clientId: config.needed("clientID"),
    clientSecret: new Secret(config.needed("clientSecret")),
    organizations: organizationsOf(config),
    dexTeams: isField ? field : "name",
    groupClaims: claims,
    tls: {},
  };
};

function organizationsOf(config: DexFields): GithubSignOn["organizations"] {
  const written = config.value("orgs");
  if (!Array.isArray(written)) {
    config.report("orgs", "must be a list: without one anybody with an account of GitHub's could log in");
    return [];
  }
  return written.map((one, index) => {
    const org = config.item("orgs", index, one, { name: "read", teams: "read" });
    const teams = org.texts("teams");
    return { name: org.needed("name"), ...(teams.length === 0 ? {} : { teams }) };
  });
}

const LDAP: Record<string, DexKey> = {
  ...{
    host: "read",
    insecureNoSSL: "read",
    startTLS: "read",
    insecureSkipVerify: "read",
    rootCAData: "read",
  },
  ...{
    bindDN: "read",
    bindPW: "read",
    userSearch: "read",
    groupSearch: "read",
    usernamePrompt: "not needed",
  },
  ...{ rootCA: FILE, clientCert: FILE, clientKey: FILE },
};
const SCOPE: DexKey = "read";
const USERS: Record<string, DexKey> = {
  ...{ baseDN: "read", filter: "read", username: "read", scope: SCOPE, idAttr: "read", emailAttr: "read" },
  ...{ nameAttr: "read", preferredUsernameAttr: "not needed" },
  emailSuffix: { why: "an address is what the directory says" },
};
const GROUPS: Record<string, DexKey> = {
  ...{ baseDN: "read", filter: "read", scope: SCOPE, userMatchers: "read", nameAttr: "read" },
  ...{ userAttr: "read", groupAttr: "read" },
};
const MATCHER: Record<string, DexKey> = {
  ...{ userAttr: "read", groupAttr: "read" },
  recursionGroupAttr: { why: "groups in groups are followed as signOn.ldap says it" },
};

const readLdap: ReadConnector = (config, name, claims) => {
  const host = config.needed("host");
  if (host !== "" && !/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(host))
    config.report("host", "is no host", "Write it like ldap.example.org:636");
  // In this order, as Dex looks at them.
  const wire = config.isOn("insecureNoSSL") ? "nothing" : config.isOn("startTLS") ? "starttls" : "ldaps";
  if (wire === "nothing")
    config.warn("insecureNoSSL", "passwords are readable on the network", "Use ldaps or startTLS");
  const [dn, password] = [config.text("bindDN"), config.text("bindPW")];
  if ((dn === undefined) !== (password === undefined))
    config.report(dn === undefined ? "bindDN" : "bindPW", "is missing beside the other one");
  const search = config.below("userSearch", USERS);
  const groups = groupsOf(config);
  return {
    by: "ldap",
    name,
    url: `${wire === "ldaps" ? "ldaps" : "ldap"}://${host}`,
    wire,
    users: {
      base: search.needed("baseDN"),
      filter: filterOf(search),
      loginAttribute: attributeOf(search, "username", search.needed("username")),
      idAttribute: attributeOf(search, "idAttr", search.text("idAttr") ?? "uid"),
      nameAttribute: attributeOf(search, "nameAttr", search.text("nameAttr") ?? "cn"),
      mailAttribute: attributeOf(search, "emailAttr", search.text("emailAttr") ?? "mail"),
    },
    groupClaims: claims,
    tls: tlsOf(config),
    ...defined({
      groups,
      account:
        dn === undefined || password === undefined ? undefined : { dn, password: new Secret(password) },
    }),
  };
};

function groupsOf(config: DexFields): LdapSignOn["groups"] {
  const search = config.below("groupSearch", GROUPS);
  const base = search.text("baseDN");
  if (base === undefined) return undefined;
  const written = search.value("userMatchers");
  const list = Array.isArray(written) ? written : [];
  if (list.length > 1) search.report("userMatchers", "has several, of which one alone can be asked for");
  const matcher = list.length === 0 ? search : search.item("userMatchers", 0, list[0], MATCHER);
  return {
    base,
    filter: filterOf(search),
    nameAttribute: attributeOf(search, "nameAttr", search.needed("nameAttr")),
    memberAttribute: attributeOf(matcher, "groupAttr", matcher.needed("groupAttr")),
    userAttribute: attributeOf(matcher, "userAttr", matcher.needed("userAttr")),
    nested: { is: "not followed" },
  };
}

function filterOf(search: DexFields): string {
  const scope = search.text("scope") ?? "sub";
  if (scope !== "sub") search.report("scope", "must be sub: all below the base is searched", "Narrow filter");
  const filter = search.text("filter") ?? ANY_ENTRY;
  const why = whyNoFilter(filter);
  if (why !== undefined)
    search.report("filter", `is no filter: ${why}`, "Write it like (objectClass=person)");
  return filter;
}

/** `DN` is the entry's own name, as Dex has it. */
function attributeOf(search: DexFields, key: string, name: string): string {
  if (name === "DN") return "dn";
  if (name !== "" && !/^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/.test(name))
    search.report(key, "is no name of one attribute");
  return name;
}

function tlsOf(config: DexFields): LdapSignOn["tls"] {
  const encoded = config.text("rootCAData");
  const ca = encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString();
  const why = ca === undefined ? undefined : whyNoCertificates(ca);
  if (why !== undefined)
    config.report("rootCAData", why, "Write the authority's certificate in PEM, as base64");
  if (!config.isOn("insecureSkipVerify")) return defined({ ca });
  config.warn(
    "insecureSkipVerify",
    "the directory's certificate is not looked at: whoever is in between reads passwords",
    "Write its authority as rootCAData, and remove this key",
  );
  return { ...defined({ ca }), check: "nothing" };
}

interface Connector {
  keys: Readonly<Record<string, DexKey>>;
  /** What of `scopes` of `argocd-rbac-cm` can be said of people there. */
  claims: readonly string[];
  read: ReadConnector;
}

/** By type. */
export const DEX_CONNECTORS: Readonly<Record<string, Connector>> = {
  oidc: { keys: OIDC, claims: ["groups", "email", "preferred_username"], read: readOidc },
  google: { keys: GOOGLE, claims: ["groups", "email"], read: readGoogle },
  github: { keys: GITHUB, claims: ["groups", "email", "preferred_username"], read: readGithub },
  ldap: { keys: LDAP, claims: ["groups", "email"], read: readLdap },
};

/** Why the others are none here, and what to write. */
export const NO_CONNECTORS: Readonly<Record<string, string>> = {
  microsoft: "Write oidc.config, docs/sign-on-entra.md: groups have their ids there, not names",
  gitlab: "Write oidc.config, with GitLab as its issuer and groups of its userInfoPath",
  saml: "Write oidc.config where the provider speaks OpenID Connect too, or run a Dex of your own",
};
