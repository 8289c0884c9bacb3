import type { Setting, SettingTable } from "./setting.ts";

const NAME = {
  is: "text",
  doc: "As people see it where they sign in. Each provider has another one.",
  default: "",
  pattern: /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u,
  wrong: "has 1 to 64 letters, digits, spaces, dots, _ and -",
} as const satisfies Setting;
const POLICY_NAMES = {
  is: "choice",
  doc: "How a policy names its people and groups: as they are (plain), or as sso:NAME:… (prefixed), so that they are nobody else's.",
  default: "plain-when-alone",
  of: ["plain-when-alone", "plain", "prefixed"],
} as const satisfies Setting;
const CA = { is: "content", doc: "PEM, in place of the system's certificate authorities." } as const;

/** Attributes of a directory, as RFC 4512 (2.5) writes them. */
const ATTRIBUTE = {
  pattern: /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/,
  wrong: "is no name of an attribute",
} as const;

const OIDC = {
  name: NAME,
  policyNames: POLICY_NAMES,
  issuer: {
    is: "text",
    doc: "As its discovery writes it, to the letter.",
    default: "",
  },
  clientId: { is: "text", doc: "Of the application that was made for Holdfast there.", default: "" },
  clientSecret: { is: "secret", doc: "Its secret. Absent: a public client, which PKCE alone protects." },
  scopes: {
    is: "texts",
    doc: "What is asked for, beside openid. offline_access where the provider needs it for refresh tokens.",
    default: ["openid", "profile", "email", "groups"],
  },
  groupClaims: { is: "texts", doc: "Claims whose values are groups.", default: ["groups"] },
  essentialClaims: {
    is: "texts",
    doc: "Claims that the token of identity must hold, for providers that leave them out otherwise.",
    default: [],
  },
  userInfoPath: {
    is: "text",
    doc: "Path of the issuer at which groups are asked for beside the token, such as /userinfo.",
    default: "",
  },
  logoutUrl: {
    is: "text",
    doc: "Where a browser is sent to sign out there too, with {{token}} and {{logoutRedirectURL}}. Empty: as the discovery says.",
    default: "",
    pattern: /^https?:\/\/[^\s/]+\S*$/,
    wrong: "must be a URL",
  },
  domainHint: { is: "text", doc: "Sent as domain_hint: which account is offered first.", default: "" },
  ca: CA,
} as const satisfies SettingTable;

const GITHUB = {
  name: NAME,
  policyNames: POLICY_NAMES,
  url: {
    is: "text",
    doc: "https://github.com, or the address of an Enterprise server.",
    default: "https://github.com",
  },
  clientId: { is: "text", doc: "Of the OAuth application.", default: "" },
  clientSecret: { is: "secret", doc: "Its secret, which GitHub always wants." },
  organizations: {
    is: "texts",
    doc: "Whose members may come in: acme, or acme:platform for one team of it, by its slug. At least one.",
    default: [],
  },
  ca: CA,
} as const satisfies SettingTable;

const LDAP = {
  name: NAME,
  policyNames: POLICY_NAMES,
  url: { is: "text", doc: "ldaps://ldap.example.org, or ldap:// with StartTLS.", default: "" },
  startTls: {
    is: "choice",
    doc: "Of ldap://. off: passwords are readable on the network.",
    default: "required",
    of: ["required", "off"],
  },
  accountDn: {
    is: "text",
    doc: "Who searches. Empty: nobody in particular, where the directory lets them.",
    default: "",
  },
  accountPassword: { is: "secret", doc: "Of accountDn." },
  users: {
    is: "section",
    doc: "Who may come in: base (required), filter, and which attribute is what.",
    keys: {
      base: { is: "text", doc: "Below which entry they are.", default: "" },
      filter: { is: "text", doc: "That all of them match.", default: "(objectClass=person)" },
      loginAttribute: { is: "text", doc: "What a person types.", default: "uid", ...ATTRIBUTE },
      idAttribute: {
        is: "text",
        doc: "What policies name: never given to somebody else. objectGUID with Active Directory; dn is the entry's name.",
        default: "entryUUID",
        ...ATTRIBUTE,
      },
      nameAttribute: { is: "text", doc: "For people to read.", default: "cn", ...ATTRIBUTE },
      mailAttribute: { is: "text", doc: "The address of mail.", default: "mail", ...ATTRIBUTE },
    },
  },
  groups: {
    is: "section",
    doc: "Their groups, where base is written: filter, nameAttribute, memberAttribute and userAttribute (member and dn, or memberUid and uid), nested (no, search, or rule: Active Directory follows them itself) and depth.",
    keys: {
      base: { is: "text", doc: "Below which entry they are. Empty: nobody has groups.", default: "" },
      filter: { is: "text", doc: "That all of them match.", default: "(objectClass=groupOfNames)" },
      nameAttribute: { is: "text", doc: "What policies call it.", default: "cn", ...ATTRIBUTE },
      memberAttribute: { is: "text", doc: "Of a group.", default: "member", ...ATTRIBUTE },
      userAttribute: { is: "text", doc: "Of a user: what stands there.", default: "dn", ...ATTRIBUTE },
      nested: {
        is: "choice",
        doc: "Groups in groups.",
        default: "no",
        of: ["no", "search", "rule"],
      },
      depth: {
        is: "integer",
        doc: "Of search: groups in groups in groups.",
        default: 5,
        least: 1,
        most: 20,
      },
    },
  },
  ca: CA,
} as const satisfies SettingTable;

/** Who vouches for people. */
export const SIGN_ON = {
  is: "section",
  doc: "Single sign-on: who else may say who somebody is. It needs server.url; each provider sends browsers back to <server.url>/auth/callback. See docs/sign-on.md.",
  keys: {
    oidc: {
      is: "sections",
      doc: "OpenID Connect: Okta, Microsoft Entra, Google, Keycloak, Dex and others.",
      required: ["name", "issuer", "clientId"],
      example: [
        '- { name: Okta, issuer: "https://acme.okta.com", clientId: 0oa1b2c3d4, clientSecret: "${OIDC_SECRET}" }',
      ],
      keys: OIDC,
    },
    github: {
      is: "sections",
      doc: "GitHub, by organizations and teams.",
      required: ["name", "clientId", "organizations"],
      example: [
        '- { name: GitHub, clientId: Ov23li, clientSecret: "${GITHUB_SECRET}", organizations: ["acme:platform"] }',
      ],
      keys: GITHUB,
    },
    ldap: {
      is: "sections",
      doc: "A directory: OpenLDAP, Active Directory, FreeIPA.",
      required: ["name", "url", "users"],
      example: [
        '- { name: Directory, url: "ldaps://ldap.example.org", accountDn: "cn=holdfast,dc=example,dc=org", accountPassword: "${LDAP_PASSWORD}", users: { base: "ou=people,dc=example,dc=org" }, groups: { base: "ou=groups,dc=example,dc=org" } }',
      ],
      keys: LDAP,
    },
  },
} as const satisfies Setting;
