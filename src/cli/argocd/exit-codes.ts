/** What scripts around argocd rely on. Source: argo-cd-behaviour 7.1, and what the program does in practice. */
export const ARGO_EXIT = {
  done: 0,
  /** `app diff`: there are differences. Elsewhere: the command line cannot be read. */
  differs: 1,
  usage: 1,
  /** Everything else that went wrong, of whichever kind. */
  failed: 20,
  interrupted: 130,
} as const;
