/** `$$`, `$NAME` or `${NAME}`; the name is in the first or the second group. */
const REFERENCE = /\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g;

/** Replaces `$NAME` and `${NAME}`; `$$` is a dollar sign, an unknown name is nothing. Source: Argo CD's build environment. */
export function substituteEnv(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(REFERENCE, (whole: string, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    return Object.hasOwn(env, name) ? (env[name] ?? "") : "";
  });
}

/** The names that `substituteEnv` would look up. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap((match) => match[1] ?? match[2] ?? []);
}
