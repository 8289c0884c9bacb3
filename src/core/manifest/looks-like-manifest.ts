/**
 * Whether a text that does not parse was meant as a Kubernetes manifest, so that the error counts.
 * Source: Argo CD (directory sources ignore other broken YAML).
 */
export function looksLikeManifest(text: string): boolean {
  return text.includes("apiVersion:") && text.includes("kind:") && text.includes("metadata:");
}
