/**
 * What Go's `os.Expand` takes for a reference: `${…}` with anything in it, one of the shell's special signs, or a name.
 * A `${` that nobody closes is taken away, and so is `${}`; a `$` before anything else is a dollar sign.
 */
const REFERENCE = /\$(?:\{([^}]*)\}|\{|([*#$@!?0-9-])|([A-Za-z_][A-Za-z0-9_]*))/g;

/** Replaces `$NAME` and `${NAME}`; `$$` is a dollar sign, an unknown name is nothing. Source: Argo CD's build environment. */
export function substituteEnv(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(REFERENCE, (_, braced?: string, sign?: string, bare?: string) => {
    const name = braced ?? sign ?? bare ?? "";
    if (name === "$") return "$";
    return Object.hasOwn(env, name) ? (env[name] ?? "") : "";
  });
}

/** The names that `substituteEnv` would look up. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)]
    .map(([, braced, sign, bare]) => braced ?? sign ?? bare ?? "")
    .filter((name) => name !== "" && name !== "$");
}
