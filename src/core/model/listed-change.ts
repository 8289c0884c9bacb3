/** `revision` is the tip of a branch, which may be a commit of others: this one changed the application last. */
export interface ListedChange {
  /** Seven digits of its id. */
  commit: string;
  /** First line of its message, cut. */
  subject: string;
  /** Who wrote it, without the address. */
  author: string;
}
