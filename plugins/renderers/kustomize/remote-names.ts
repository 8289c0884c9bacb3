const SCHEME = /^(?:https?:|(?:ssh|file):\/\/|git::|gh:)/;
/** `git@host:path`, `anybody@host/path`. */
const USER = /^[a-z][a-z0-9-]*@/;
const GITHUB = /^github\.com[/:]/;
const QUERY = /[?&](?:ref|version|timeout|submodules)=/;
const OTHER_URL = /^[a-z][a-z0-9+.-]*:\/\//;

/**
 * Whether kustomize takes a name for a repository or a URL. It asks that before it looks for a folder, so that a folder
 * of that very name in the repository changes nothing. Covers the parsers of kustomize 3 to 5.8 (`_git/` counted
 * anywhere in older ones) and a little more: what nobody names a folder.
 */
export function readsAsRemote(name: string): boolean {
  const lower = lowerCase(name);
  return beginsAsRemote(name) || QUERY.test(lower) || lower.includes("_git/");
}

/** The same by its beginning alone, for texts that may be more than a name. */
export function beginsAsRemote(text: string): boolean {
  const lower = lowerCase(text);
  return [SCHEME, OTHER_URL, USER, GITHUB].some((form) => form.test(lower));
}

/** As Go does it: two letters outside ASCII have a lower case inside it. */
function lowerCase(text: string): string {
  return text.replaceAll("\u0130", "i").replaceAll("\u212a", "k").toLowerCase();
}

/** Whether a name that leads nowhere was meant for somewhere else, for the words of the refusal. */
export function looksRemote(name: string): boolean {
  return readsAsRemote(name) || /^(?:www\.)?github\.com[/:]|^[^/\s]+@[^/\s]+:|\.git(?:\/|$|\?)/i.test(name);
}
