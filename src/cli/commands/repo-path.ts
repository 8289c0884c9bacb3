/** Of a repository by its address. */
export function repoPath(url: string): string {
  return `/api/v1/repositories/${encodeURIComponent(url)}`;
}
