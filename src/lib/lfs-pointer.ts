/** What Git has of a file that lies in Git LFS, at most this many bytes. Source: the specification of Git LFS. */
const MOST_BYTES = 1_024;
const POINTER = /^version https?:\/\/\S+\/spec\/v\d+\noid sha256:/;

export function isLfsPointer(content: Uint8Array): boolean {
  return content.length < MOST_BYTES && POINTER.test(new TextDecoder("latin1").decode(content));
}
