/** Whether an address may be that of an issuer, whose word makes people administrators. Source: OpenID Connect Discovery 1.0, 3. */

/** What is wrong with it, as it follows the key's name; undefined where nothing is. */
export function whyNoIssuer(
  issuer: string,
): { severity: "error" | "warning"; text: string; fix: string } | undefined {
  const url = URL.parse(issuer);
  const error = (text: string, fix: string) => ({ severity: "error" as const, text, fix });
  if (url === null || !["https:", "http:"].includes(url.protocol) || /[?#]/.test(issuer))
    return error("is no https address without a query", "Write it as the provider's discovery does");
  if (url.username !== "" || url.password !== "")
    return error("holds a user name", "Write it without, as the provider's discovery does");
  if (url.protocol === "http:")
    return {
      severity: "warning",
      text: "is asked without TLS: whoever is in between can log in as anybody",
      fix: "Use https",
    };
  return /^login\.microsoftonline\./.test(url.host) &&
    /^\/(?:common|organizations|consumers)(?:\/|$)/.test(url.pathname)
    ? error(
        "is that of all tenants: anybody with an account of Microsoft's could log in",
        "Write the id of your own tenant in its place",
      )
    : undefined;
}
