/** The contract suite of Git on the roads that npm test leaves out for their time. */
import { gitConformance } from "../conformance/git.ts";
import { basic, makeGit, onDisk, overHttp, withoutGit } from "../lib/git-remotes.ts";

const NOT_TOLD = /only the git program reads histories/;
gitConformance(
  "Git without the git program, over HTTPS with a private CA and basic auth",
  withoutGit,
  overHttp("isomorphic", { tls: "private-ca", auth: basic }),
  NOT_TOLD,
);
gitConformance(
  "Git without the git program, from a server of the older protocol",
  withoutGit,
  overHttp("isomorphic", { protocol: "older" }),
  NOT_TOLD,
);
gitConformance(
  "Git with the git program, over HTTPS with a private CA and a token",
  makeGit,
  overHttp("system", { tls: "private-ca", auth: { bearer: "t0ken" } }),
);
gitConformance(
  "Git with the git program, from a server of the older protocol",
  makeGit,
  overHttp("auto", { protocol: "older" }),
);
gitConformance(
  "Git with the git program asked for everything, from a server of the older protocol",
  makeGit,
  overHttp("system", { protocol: "older" }),
);
gitConformance(
  "Git with the git program asked for everything, from a local folder",
  makeGit,
  onDisk((path) => ({ url: `file://${path}`, implementation: "system" })),
);
