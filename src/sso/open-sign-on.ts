/** Providers by what an operator says of them. */
import type { SignOnSettings } from "../core/model/sign-on.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { LookUp } from "../remote/reach.ts";
import { Github } from "./github/github.ts";
import { Ldap } from "./ldap/ldap.ts";
import { Oidc } from "./oidc/oidc.ts";
import type { BrowserSignOn, PasswordSignOn } from "./sign-on.ts";

/** Nobody is asked anything before somebody logs in. */
export function openSignOn(
  settings: SignOnSettings,
  ports: { clock: Clock; lookUp?: LookUp },
): BrowserSignOn | PasswordSignOn {
  switch (settings.by) {
    case "oidc":
      return new Oidc(settings, ports);
    case "github":
      return new Github(settings, ports);
    case "ldap":
      return new Ldap(settings);
  }
}
