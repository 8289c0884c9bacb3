/** Whether a text was meant as a Kubernetes manifest: it names all three, in YAML's or JSON's spelling. Source: Argo CD. */
export function looksLikeManifest(text: string): boolean {
  return ["apiVersion", "kind", "metadata"].every(
    (field) => text.includes(`${field}:`) || text.includes(`"${field}"`),
  );
}
