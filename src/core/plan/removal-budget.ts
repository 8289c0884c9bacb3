export interface RemovalBudget {
  /** Of the applications that live in files. */
  percent: number;
  count: number;
}

export interface RemovalQuestion {
  /** Applications that are missing for long enough: these would go now. */
  due: readonly string[];
  /** Everything that is missing or on its way out because its file is, `due` included: many that vanish one by one are many. */
  missing: ReadonlySet<string>;
  /** A person said of these that they may go. */
  approved: ReadonlySet<string>;
  /** Applications that live in files, the missing ones included, and those that would go along with them. */
  total: number;
  /** Applications that would go along with one that goes; absent: none. */
  along?(key: string): readonly string[];
  budget: RemovalBudget;
}

export interface RemovalAnswer {
  /** Of `due`. */
  go: string[];
  /** Missing ones that wait for a person, and what would go along with them; empty where the budget allows all. */
  blocked: string[];
}

/**
 * Many applications that lose their files at once are an accident until a person says otherwise: more than `count` and more
 * than `percent`. One of them counts with all that would go along with it.
 */
export function askBudget({
  due,
  missing,
  approved,
  total,
  along = () => [],
  budget,
}: RemovalQuestion): RemovalAnswer {
  const lost = [...missing].filter((key) => !approved.has(key));
  const open = [...new Set(lost.flatMap((key) => [key, ...along(key)]))];
  const isOver = open.length > budget.count && open.length > (total * budget.percent) / 100;
  return isOver
    ? { go: due.filter((key) => approved.has(key)), blocked: open.sort() }
    : { go: [...due], blocked: [] };
}
