import type { ComponentChildren } from "preact";

export interface Column<T> {
  head: string;
  /** `word`: in one line. `short`: no word of it is parted. `mono`: as it is typed. `act`: at the end of the line. */
  as?: "word" | "short" | "mono" | "mono short" | "act";
  cell(item: T): ComponentChildren;
}

/** A table of few rows: all of them are drawn. */
export function Table<T>({
  items,
  columns,
  keyOf,
  none,
  groupOf,
}: {
  items: readonly T[];
  columns: readonly Column<T>[];
  keyOf(item: T): string | number;
  /** What is said where there are none. */
  none: ComponentChildren;
  /** The heading that an item stands under, with those next to it of the same one. Absent: there are none. */
  groupOf?(item: T): string;
}) {
  if (items.length === 0) return <div class="dim">{none}</div>;
  return (
    <div class="table cards">
      <table>
        <thead>
          <tr>
            {columns.map(({ head, as }) => (
              <th key={head} scope="col" class={as === "word" || as === "act" ? as : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        {grouped(items, groupOf).map(({ head: group, members }) => (
          <tbody key={group}>
            {group !== "" && (
              <tr class="group">
                <th scope="rowgroup" colSpan={columns.length}>
                  {group}
                </th>
              </tr>
            )}
            {members.map((item) => (
              <tr key={keyOf(item)}>
                {columns.map(({ head, as, cell }) => (
                  <td key={head} class={as} data-head={head}>
                    {cell(item)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

/** Items that follow each other under one heading; without one all of them are a group of no name. */
function grouped<T>(
  items: readonly T[],
  groupOf: (item: T) => string = () => "",
): { head: string; members: T[] }[] {
  const groups: { head: string; members: T[] }[] = [];
  for (const item of items) {
    const head = groupOf(item);
    const last = groups.at(-1);
    if (last?.head === head) last.members.push(item);
    else groups.push({ head, members: [item] });
  }
  return groups;
}
